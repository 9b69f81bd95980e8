// SPDX-License-Identifier: MIT
/* Allocates in the ways that firmwares do, and says whose each block is. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of obmalloc.h, which the lines of the test do not look for. */
_Bool obmalloc_owns(const void *address);

static char *early;

__attribute__((constructor)) static void before_main(void) {
    early = strdup("before main");
}

static const char *owner(const void *block) {
    return block == NULL ? "nobody" : obmalloc_owns(block) ? "arena" : "libc";
}

/* A list that grows and shrinks, so that blocks are used again. Returns false iff one lost what was
 * written into it. */
static int exercise(void) {
    enum { SLOT_COUNT = 64, STEP_COUNT = 5000 };
    static struct {
        unsigned char *block;
        size_t bytes;
    } slots[SLOT_COUNT];
    uint32_t random = 1;
    for (int step = 0; step < STEP_COUNT; step++) {
        random = random * 1664525u + 1013904223u;
        size_t slot = random >> 26, bytes = 1 + (random >> 8) % 200;
        for (size_t i = 0; i < slots[slot].bytes; i++) {
            if (slots[slot].block[i] != (unsigned char)slot) {
                return 0;
            }
        }
        free(slots[slot].block);
        slots[slot].block = malloc(bytes);
        if (slots[slot].block == NULL) {
            return 0;
        }
        slots[slot].bytes = bytes;
        memset(slots[slot].block, (int)slot, bytes);
    }
    for (size_t slot = 0; slot < SLOT_COUNT; slot++) {
        free(slots[slot].block);
    }
    return 1;
}

int main(void) {
    void *small = malloc(100);
    void *large = malloc(1000);
    printf("strdup before main: %s\n", owner(early));
    printf("malloc(100): %s\n", owner(small));
    printf("malloc(1000): %s\n", owner(large));
    free(small);
    free(large);
    free(early);
    int held = exercise();
    printf("contents: %s\n", held ? "held" : "LOST");
    return !held;
}
