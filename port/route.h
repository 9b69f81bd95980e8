// SPDX-License-Identifier: MIT
/*
 * Who serves a request and whose a pointer is: the paths behind the entry points that are neither a
 * fast path of the pools nor flag 0.
 *
 * Shared by all: each latches first if nobody has, and serves correctly under either flag; `caller`
 * is the address that the public entry point returns to, for reports of misuse and for the ledger. Errors are as
 * obmalloc.h says; errno is set on failure and untouched otherwise.
 */
#ifndef OBMALLOC_ROUTE_H
#define OBMALLOC_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

void *route_malloc(size_t request_bytes, const void *caller);

/* The same for a request that goes to the arena first, when pools_malloc has just found nothing. */
void *route_malloc_failed(size_t request_bytes, const void *caller);
void route_free(void *block, const void *caller);
void *route_calloc(size_t element_count, size_t element_bytes, const void *caller);
void *route_realloc(void *block, size_t request_bytes, const void *caller);
size_t route_usable_bytes(void *block, const void *caller);

/* Under flag 0 exactly the C library's memalign. */
void *route_memalign(size_t alignment_bytes, size_t request_bytes, const void *caller);

/* As route_memalign, but bad arguments are refused under either flag. */
void *route_aligned_alloc(size_t alignment_bytes, size_t request_bytes, const void *caller);

/* What newlib aligns valloc's blocks to. */
enum { ROUTE_PAGE_BYTES = 4096 };

/* Under flag 0 exactly newlib's functions. picolibc's are made of its memalign, and stay. */
void *route_valloc(size_t request_bytes, const void *caller);
void *route_pvalloc(size_t request_bytes, const void *caller);

static inline bool route_is_power_of_two(size_t value) {
    return value != 0 && (value & (value - 1)) == 0;
}

#endif
