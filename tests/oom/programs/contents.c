// SPDX-License-Identifier: MIT
/* Blocks of all sizes that come, grow, move and go: each keeps what is in it, whatever is refused meanwhile. */
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>

#include "oom/programs/program.h"

enum { LIVE_COUNT = 24, STEP_COUNT = 420, BYTES_MAX = 2500 };

static struct {
    unsigned char *block;
    size_t bytes;
    unsigned seed;
} live[LIVE_COUNT];

static uint32_t next_random(void) {
    static uint32_t state = 2463534242u;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static void set(unsigned slot, unsigned char *block, size_t bytes) {
    live[slot].block = block;
    live[slot].bytes = block != NULL ? bytes : 0;
    live[slot].seed = next_random();
    program_fill(block, live[slot].bytes, live[slot].seed);
}

static void check(unsigned slot) {
    HOLDS(program_is_filled(live[slot].block, live[slot].bytes, live[slot].seed));
}

static void take(unsigned slot, size_t bytes) {
    uint32_t kind = next_random() % 4;
    void *block = kind == 0   ? calloc(bytes, 1)
                  : kind == 1 ? memalign((size_t)8 << next_random() % 6, bytes)
                              : malloc(bytes);
    set(slot, program_served(block), bytes);
}

static void resize(unsigned slot, size_t bytes) {
    size_t kept_bytes = live[slot].bytes < bytes ? live[slot].bytes : bytes;
    unsigned char *moved = program_served(realloc(live[slot].block, bytes));
    if (moved != NULL) {
        HOLDS(program_is_filled(moved, kept_bytes, live[slot].seed));
        set(slot, moved, bytes);
    } else {
        check(slot);
    }
}

int main(void) {
    for (unsigned step = 0; step < STEP_COUNT; step++) {
        unsigned slot = next_random() % LIVE_COUNT;
        size_t bytes = 1 + next_random() % (next_random() % 3 == 0 ? BYTES_MAX : 200);
        check(slot);
        if (live[slot].block == NULL) {
            take(slot, bytes);
        } else if (next_random() % 2 == 0) {
            resize(slot, bytes);
        } else {
            free(live[slot].block);
            set(slot, NULL, 0);
        }
    }
    for (unsigned slot = 0; slot < LIVE_COUNT; slot++) {
        check(slot);
        free(live[slot].block);
    }
    return program_end();
}
