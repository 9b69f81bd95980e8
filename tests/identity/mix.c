// SPDX-License-Identifier: MIT
/*
 * 100,000 operations of a fixed pseudo-random mix; prints every pointer that comes back. Linked
 * once with this port and once without it: under flag 0 both must print the same, byte for byte.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"

#ifdef _NANO_FORMATTED_IO
__asm__(".global _printf_float");
#endif

enum { OPERATION_COUNT = 100000, SLOT_COUNT = 200, PRINTF_EVERY = 500, HASH_EVERY = 100 };

static unsigned char *slots[SLOT_COUNT];

static uint32_t next_random(void) {
    static uint32_t state = 2463534242u;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

/* Mostly small, some up to 2 KiB, now and then enough for newlib to ask sbrk and to give back. */
static size_t next_size(void) {
    uint32_t kind = next_random() % 64;
    return next_random() % (kind == 0 ? 20000u : kind < 8 ? 2048u : kind < 24 ? 512u : 96u);
}

/* FNV-1a, a word at a time: the order counts as well as the values. */
static uint64_t pointer_hash = 14695981039346656037u;

static void note_pointer(const void *pointer) {
    pointer_hash = (pointer_hash ^ (uintptr_t)pointer) * 1099511628211u;
}

static void touch(unsigned char *block, size_t bytes) {
    if (block != NULL && bytes != 0) {
        block[0] = block[bytes - 1] = (unsigned char)bytes;
    }
}

static void replace(unsigned char **slot) {
    size_t bytes = next_size();
    switch (next_random() % 8) {
    case 0:
        *slot = calloc(1 + bytes / 16, 16);
        break;
    case 1:
        *slot = memalign((size_t)8 << next_random() % 6, bytes);
        touch(*slot, bytes);
        break;
    case 2: {
        char text[64];
        size_t length = next_random() % sizeof text;
        memset(text, 'x', sizeof text);
        text[length] = '\0';
        *slot = (unsigned char *)strdup(text);
        break;
    }
    default:
        *slot = malloc(bytes);
        touch(*slot, bytes);
    }
}

static void operate(void) {
    unsigned char **slot = &slots[next_random() % SLOT_COUNT];
    if (*slot == NULL) {
        replace(slot);
    } else if (next_random() % 4 == 0) {
        size_t bytes = 1 + next_size();
        unsigned char *moved = realloc(*slot, bytes);
        if (moved != NULL) {
            *slot = moved;
            touch(moved, bytes);
        }
        note_pointer(moved);
    } else {
        free(*slot);
        *slot = NULL;
    }
    note_pointer(*slot);
}

static void print_floats(uint32_t operation) {
    char text[48];
    double value = (double)operation * 1.0e20 / 7.0;
    put_hex((uint32_t)snprintf(text, sizeof text, "%f %g", value, value));
    put_text("\n");
    flush_text();
    printf("%f\n", value / 1.0e18);
}

void report_scan(void);

int main(void) {
    for (uint32_t operation = 0; operation < OPERATION_COUNT; operation++) {
        operate();
        if (operation % HASH_EVERY == HASH_EVERY - 1) {
            put_hex((uint32_t)(pointer_hash >> 32));
            put_hex((uint32_t)pointer_hash);
            put_text("\n");
        }
        if (operation % PRINTF_EVERY == 0) {
            print_floats(operation);
        }
    }
    report_scan();
    flush_text();
    return 0;
}
