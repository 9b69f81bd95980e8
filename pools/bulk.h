// SPDX-License-Identifier: MIT
/*
 * Clearing and copying whole granules, for calloc and realloc: a C library's own functions may be
 * made for size, a byte at a time.
 */
#ifndef POOLS_BULK_H
#define POOLS_BULK_H

#include <stdint.h>

/* Both: block, to, from are multiples of 8, bytes too; 0 is allowed; to and from do not overlap.
 * Cost on ARMv7-M and above: 3 instructions for 32 bytes cleared, 4 for 32 bytes copied. */
void bulk_clear(void *block, uint32_t bytes);
void bulk_copy(void *to, const void *from, uint32_t bytes);

#endif
