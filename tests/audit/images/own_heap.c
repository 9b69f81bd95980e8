// SPDX-License-Identifier: MIT
#include "own_heap.h"

static _Alignas(8) char own_blocks[OWN_BLOCK_COUNT][OWN_BLOCK_BYTES];
static bool own_taken[OWN_BLOCK_COUNT];

void *own_take(size_t bytes) {
    for (size_t i = 0; bytes <= OWN_BLOCK_BYTES && i < OWN_BLOCK_COUNT; i++) {
        if (!own_taken[i]) {
            own_taken[i] = true;
            return own_blocks[i];
        }
    }
    return NULL;
}

bool own_has(const void *block) {
    return (const char *)block >= own_blocks[0] &&
           (const char *)block < own_blocks[OWN_BLOCK_COUNT];
}

void own_give(void *block) {
    if (own_has(block)) {
        own_taken[((char *)block - own_blocks[0]) / OWN_BLOCK_BYTES] = false;
    }
}
