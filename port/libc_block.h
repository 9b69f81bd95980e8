// SPDX-License-Identifier: MIT
/*
 * Blocks of the C library's heap under flag 1: what the library does not tell of them, and what it does to them that it
 * should not.
 *
 * Is this address a live block? Asked before the library is handed a pointer, because newlib adopts what was
 * never its block, and full newlib hangs on a double free.
 *
 * Reads the headers of the private copy, whose layout is known. An address inside a live block
 * whose contents look like a header passes for a block: the library marks no block starts.
 */
#ifndef OBMALLOC_LIBC_BLOCK_H
#define OBMALLOC_LIBC_BLOCK_H

#include <stddef.h>

#include "pools.h"

/* The library's heap ends at multiples of this. */
extern const uint32_t libc_block_step_bytes;

/* block: 8-aligned, in [heap_start, heap_end), which is what sbrk has given out.
 * Returns POOLS_OK iff the headers agree that a live block starts there; else POOLS_DOUBLE_FREE,
 * POOLS_NOT_A_BLOCK or POOLS_CORRUPT. Cost: constant for newlib; for nano it walks the free list up
 * to the block, as its free does. */
enum pools_status libc_block_status(const void *block, const char *heap_start,
                                    const char *heap_end);

/* The library's realloc of a live block; request_bytes: 1..PTRDIFF_MAX. Reads no more of the block than it has, as
 * newlib-nano's own does when it moves one. Returns what the library's would; locks as that does. */
void *libc_block_realloc(void *block, size_t request_bytes);

#endif
