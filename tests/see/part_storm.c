// SPDX-License-Identifier: MIT
#include <malloc.h>
#include <stdlib.h>

#include "see/storm.h"

static uint32_t next_random(struct storm *storm) {
    storm->random = storm->random * UINT32_C(1664525) + UINT32_C(1013904223);
    return storm->random >> 8;
}

void storm_step(struct storm *storm, uint32_t size_max) {
    void **block = &storm->blocks[next_random(storm) % STORM_SLOTS];
    uint32_t bytes =
        next_random(storm) % (next_random(storm) % 16u == 0 ? 4u * size_max : size_max);
    uint32_t kind = next_random(storm) % 8u;
    if (*block && kind < 3u) {
        void *moved = realloc(*block, bytes + 1u);
        *block = moved ? moved : *block;
        return;
    }
    if (*block) {
        free(*block);
        *block = NULL;
        return;
    }
    *block = kind < 5u   ? malloc(bytes)
             : kind < 7u ? calloc(bytes, 1)
                         : memalign(16u << kind % 2u, bytes);
}

void storm_end(struct storm *storm) {
    for (unsigned i = 0; i < STORM_SLOTS; i++) {
        free(storm->blocks[i]);
        storm->blocks[i] = NULL;
    }
}
