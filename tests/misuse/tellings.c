// SPDX-License-Identifier: MIT
/* Misuses of which it matters who tells them, and how often: tests/host/test_misuse.py knows. */
#include <reent.h>
#include <stdlib.h>

#include "misuse/misuse.h"

enum { ALIGNMENT_BYTES = 16, UNPOOLED_BYTES = 400, WANTED_BYTES = 300, RESIZED_BYTES = 400 };

/* Debian's newlib does not declare them. */
void *aligned_alloc(size_t alignment_bytes, size_t request_bytes);
int posix_memalign(void **out, size_t alignment_bytes, size_t request_bytes);

/* A free chunk that the next request of its bin meets. */
static void damage_a_free_chunk(void) {
    char *chunk = take(UNPOOLED_BYTES);
    char *wall = take(BLOCK_BYTES);
    keep(wall, BLOCK_BYTES);
    give(chunk);
    *(volatile uint32_t *)(void *)chunk = 0x41414141;
}

static void damage_met_by_aligned_alloc(void) {
    damage_a_free_chunk();
    keep(aligned_alloc(ALIGNMENT_BYTES, WANTED_BYTES), WANTED_BYTES);
}

static void damage_met_by_posix_memalign(void) {
    damage_a_free_chunk();
    void *block = NULL;
    if (posix_memalign(&block, ALIGNMENT_BYTES, WANTED_BYTES) == 0) {
        keep(block, WANTED_BYTES);
    }
}

static void damage_met_by_the_library(void) {
    damage_a_free_chunk();
    keep(_malloc_r(_REENT, WANTED_BYTES), WANTED_BYTES);
}

static void overrun_met_by_realloc(void) {
    blocks[3][BLOCK_BYTES] = 0x41;
    forget(blocks[3]);
    keep(resize(blocks[3], RESIZED_BYTES), RESIZED_BYTES);
}

const struct misuse tellings[] = {
    MISUSE(damage_met_by_aligned_alloc),
    MISUSE(damage_met_by_posix_memalign),
    MISUSE(damage_met_by_the_library),
    MISUSE(overrun_met_by_realloc),
};
const unsigned telling_count = sizeof tellings / sizeof tellings[0];
