// SPDX-License-Identifier: MIT
/* What follows from what is settled at boot. */
#include <stddef.h>

#include "state.h"
#include "word.h"

enum { ARENA_END_ALIGNMENT_BYTES = 8 };

char *obmalloc_arena_end_of(const struct obmalloc_region *region) {
    return (char *)((uintptr_t)region->end & ~(uintptr_t)(ARENA_END_ALIGNMENT_BYTES - 1));
}

uint16_t obmalloc_seal_of(const struct obmalloc_state *state) {
    const pools_word *words = (const pools_word *)state;
    uint32_t mixed = (uint32_t)state->mode ^ (uint32_t)state->seal << 16;
#ifndef __OPTIMIZE_SIZE__
#pragma GCC unroll 16
#endif
    for (unsigned i = 0; i <= offsetof(struct obmalloc_state, heap_break) / sizeof *words; i++) {
        mixed ^= words[i];
    }
    return obmalloc_seal_part(mixed);
}

_Static_assert(offsetof(struct obmalloc_state, mode) % 4u == 0 &&
                   offsetof(struct obmalloc_state, seal) % 4u == 2u,
               "obmalloc_seal_of takes them out of their words");
