// SPDX-License-Identifier: MIT
/*
 * Clearing and copying whole granules, for calloc and realloc: a C library's own functions may be
 * made for size, a byte at a time.
 */
#ifndef POOLS_BULK_H
#define POOLS_BULK_H

#include <stdint.h>

#include "word.h"

/* Clears the words that lie within `bytes`: what is no whole word at the end stays. block: a multiple of
 * 8. bytes: 0..2^31. Returns block.
 * Cost on ARMv7-M and above: 6 instructions for 128 bytes, and 30. */
void *bulk_clear(void *block, uint32_t bytes);

/* Copies whole granules: to, from and bytes are multiples of 8; 0 is allowed; from may overlap with a
 * lower to.
 * Cost on ARMv7-M and above: 10 instructions for 128 bytes, and 20 to 30. */
void bulk_copy(void *to, const void *from, uint32_t bytes);

/* For a few granules, at least 2. Overwrites the first two words of `to` in any case. */
static inline void bulk_copy_short(uint32_t to, uint32_t from, uint32_t granules) {
    uint32_t end = to + granules * 8u;
    do {
        uint32_t first = word_at(from)[0];
        uint32_t second = word_at(from)[1];
        from += 8u;
        word_at(to)[0] = first;
        word_at(to)[1] = second;
        to += 8u;
    } while (to != end);
}

#endif
