// SPDX-License-Identifier: MIT
/*
 * The C library's own allocator on this computer: first fit over sbrk, with chunks laid out as the library lays
 * them out, because libc_block_*.c reads them. list.c is nano's and picolibc's, tags.c full newlib's, kin.c
 * makes the family of private_libc.h of either.
 */
#ifndef TESTS_COVERAGE_STAND_IN_H
#define TESTS_COVERAGE_STAND_IN_H

#include <stddef.h>

enum { STAND_IN_ALIGNMENT_BYTES = 8 };

/* Takes memory at a multiple of alignment_bytes, a power of two of 8 or more. NULL iff there is none. */
void *stand_in_take(size_t alignment_bytes, size_t request_bytes);
void stand_in_give(void *block);
size_t stand_in_usable_bytes(const void *block);

/* All that it has from sbrk, and what of that is free. */
void stand_in_sums(size_t *heap_bytes, size_t *free_bytes);

/* Returns the start of bytes more, NULL iff sbrk refuses. */
char *stand_in_more(size_t bytes);

#endif
