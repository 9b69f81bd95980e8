// SPDX-License-Identifier: MIT
/*
 * Whose blocks are live, as seen from outside the allocator: what the program took by the public names, and
 * what the C library took for itself. A block of the library's that the program frees, as strdup's, is nobody's
 * then; one that the program took and the library frees, as setvbuf's, neither.
 */
#ifndef TESTS_OOM_LIVE_H
#define TESTS_OOM_LIVE_H

#include <stdbool.h>
#include <stdint.h>

/* Blocks that the program took, less those of them that came back. */
extern int32_t live_firmware_blocks;
/* Blocks of the library's that are live; more than LIVE_LIBC_MAX are not told from the program's. */
enum { LIVE_LIBC_MAX = 128 };
extern uint32_t live_libc_blocks;

/* A block was handed out, or given back. NULL is no block. */
void live_taken_by_firmware(const void *block);
void live_taken_by_libc(const void *block);
void live_given(const void *block);

/* Returns false iff it is known that no live block is there. */
bool live_may_be(const void *block);

#endif
