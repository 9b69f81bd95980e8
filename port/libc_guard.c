// SPDX-License-Identifier: MIT
/*
 * Refuses what the C library's own allocator cannot refuse, in front of its private copy: sizes that wrap with its header or
 * with an alignment, products that are no size_t, alignments that are no power of two. Any other request reaches
 * it as it came, so that the pointers are those of the library alone.
 *
 * Built with OBMALLOC_GUARD_LIBC only: the private copy's functions then have other names, and those that the port calls
 * are here.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "private_libc.h"
#include "route.h"
#include "serve.h"

#ifdef OBMALLOC_GUARD_LIBC

/* Of sizes that are possible; beyond lie those that wrap with a header, and serve_is_impossible() has the same. */
enum { PAGE_BYTES = 4096, REQUEST_BYTES_MAX = PTRDIFF_MAX - 64 - POOLS_ALIGNMENT_BYTES };

/* The error that a request is refused with; 0 = none. A single compare: malloc takes this way each time. */
static inline int size_error(size_t request_bytes) {
    return request_bytes > REQUEST_BYTES_MAX ? ENOMEM : 0;
}

static inline int product_error(size_t element_count, size_t element_bytes) {
    size_t request_bytes;
    return __builtin_mul_overflow(element_count, element_bytes, &request_bytes)
               ? ENOMEM
               : size_error(request_bytes);
}

static inline int aligned_error(size_t alignment_bytes, size_t request_bytes) {
    if (!route_is_power_of_two(alignment_bytes)) {
        return EINVAL;
    }
    return serve_is_impossible(alignment_bytes, request_bytes) ? ENOMEM : 0;
}

#if ENTRY_LIBC_IS_REENTRANT

void *unguarded_libc__malloc_r(struct _reent *reent, size_t request_bytes);
void *unguarded_libc__calloc_r(struct _reent *reent, size_t element_count, size_t element_bytes);
void *unguarded_libc__realloc_r(struct _reent *reent, void *block, size_t request_bytes);
void *unguarded_libc__memalign_r(struct _reent *reent, size_t alignment_bytes,
                                 size_t request_bytes);
void *unguarded_libc__valloc_r(struct _reent *reent, size_t request_bytes);
void *unguarded_libc__pvalloc_r(struct _reent *reent, size_t request_bytes);

static void *refused(struct _reent *reent, int error) {
    reent->_errno = error;
    return NULL;
}

void *libc__malloc_r(struct _reent *reent, size_t request_bytes) {
    int error = size_error(request_bytes);
    return error ? refused(reent, error) : unguarded_libc__malloc_r(reent, request_bytes);
}

void *libc__calloc_r(struct _reent *reent, size_t element_count, size_t element_bytes) {
    int error = product_error(element_count, element_bytes);
    return error ? refused(reent, error)
                 : unguarded_libc__calloc_r(reent, element_count, element_bytes);
}

void *libc__realloc_r(struct _reent *reent, void *block, size_t request_bytes) {
    int error = size_error(request_bytes);
    return error ? refused(reent, error) : unguarded_libc__realloc_r(reent, block, request_bytes);
}

void *libc__memalign_r(struct _reent *reent, size_t alignment_bytes, size_t request_bytes) {
    int error = aligned_error(alignment_bytes, request_bytes);
    return error ? refused(reent, error)
                 : unguarded_libc__memalign_r(reent, alignment_bytes, request_bytes);
}

void *libc__valloc_r(struct _reent *reent, size_t request_bytes) {
    int error = aligned_error(PAGE_BYTES, request_bytes);
    return error ? refused(reent, error) : unguarded_libc__valloc_r(reent, request_bytes);
}

void *libc__pvalloc_r(struct _reent *reent, size_t request_bytes) {
    int error = aligned_error(PAGE_BYTES, request_bytes);
    return error ? refused(reent, error) : unguarded_libc__pvalloc_r(reent, request_bytes);
}

void *libc_malloc(size_t request_bytes) {
    return libc__malloc_r(_REENT, request_bytes);
}

void *libc_calloc(size_t element_count, size_t element_bytes) {
    return libc__calloc_r(_REENT, element_count, element_bytes);
}

void *libc_realloc(void *block, size_t request_bytes) {
    return libc__realloc_r(_REENT, block, request_bytes);
}

void *libc_memalign(size_t alignment_bytes, size_t request_bytes) {
    return libc__memalign_r(_REENT, alignment_bytes, request_bytes);
}

#else

void *unguarded_libc_malloc(size_t request_bytes);
void *unguarded_libc_calloc(size_t element_count, size_t element_bytes);
void *unguarded_libc_realloc(void *block, size_t request_bytes);
void *unguarded_libc_memalign(size_t alignment_bytes, size_t request_bytes);
void *unguarded_libc_aligned_alloc(size_t alignment_bytes, size_t request_bytes);
int unguarded_libc_posix_memalign(void **out, size_t alignment_bytes, size_t request_bytes);

static void *refused(int error) {
    errno = error;
    return NULL;
}

void *libc_malloc(size_t request_bytes) {
    int error = size_error(request_bytes);
    return error ? refused(error) : unguarded_libc_malloc(request_bytes);
}

void *libc_calloc(size_t element_count, size_t element_bytes) {
    int error = product_error(element_count, element_bytes);
    return error ? refused(error) : unguarded_libc_calloc(element_count, element_bytes);
}

void *libc_realloc(void *block, size_t request_bytes) {
    int error = size_error(request_bytes);
    return error ? refused(error) : unguarded_libc_realloc(block, request_bytes);
}

void *libc_memalign(size_t alignment_bytes, size_t request_bytes) {
    int error = aligned_error(alignment_bytes, request_bytes);
    return error ? refused(error) : unguarded_libc_memalign(alignment_bytes, request_bytes);
}

void *libc_aligned_alloc(size_t alignment_bytes, size_t request_bytes) {
    int error = aligned_error(alignment_bytes, request_bytes);
    return error ? refused(error) : unguarded_libc_aligned_alloc(alignment_bytes, request_bytes);
}

int libc_posix_memalign(void **out, size_t alignment_bytes, size_t request_bytes) {
    int error = alignment_bytes % sizeof(void *) != 0
                    ? EINVAL
                    : aligned_error(alignment_bytes, request_bytes);
    return error ? error : unguarded_libc_posix_memalign(out, alignment_bytes, request_bytes);
}

#endif

#endif
