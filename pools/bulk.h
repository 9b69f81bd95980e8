// SPDX-License-Identifier: MIT
/*
 * Clearing and copying whole granules, for calloc and realloc: a C library's own functions may be
 * made for size, a byte at a time.
 */
#ifndef POOLS_BULK_H
#define POOLS_BULK_H

#include <stdint.h>

#include "word.h"

/* Both: block, to, from are multiples of 8, bytes too; 0 is allowed; from may overlap with a
 * lower to.
 * Cost on ARMv7-M and above: 3 instructions for 32 bytes cleared, 4 for 32 bytes copied. */
void bulk_clear(void *block, uint32_t bytes);
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
