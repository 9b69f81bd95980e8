// SPDX-License-Identifier: MIT
#include "route.h"

#include <errno.h>
#include <string.h>

#include "private_libc.h"
#include "serve.h"

void *route_malloc(size_t request_bytes) {
    struct obmalloc_state *state = &obmalloc_state;
    if (!serve_by_pools(state)) {
        return libc_malloc(request_bytes);
    }
    return serve_request(state, POOLS_ALIGNMENT_BYTES, request_bytes);
}

void *route_malloc_failed(size_t request_bytes) {
    struct obmalloc_state *state = &obmalloc_state;
    if (state->mode != OBMALLOC_POOLS_SERVE) {
        return route_malloc(request_bytes);
    }
    return serve_after_arena(state, POOLS_ALIGNMENT_BYTES, request_bytes);
}

void *route_calloc(size_t element_count, size_t element_bytes) {
    struct obmalloc_state *state = &obmalloc_state;
    if (!serve_by_pools(state)) {
        return libc_calloc(element_count, element_bytes);
    }
    size_t request_bytes;
    if (__builtin_mul_overflow(element_count, element_bytes, &request_bytes)) {
        return serve_failure(state);
    }
    void *block = serve_request(state, POOLS_ALIGNMENT_BYTES, request_bytes);
    return block ? memset(block, 0, request_bytes) : NULL;
}

static void *checked_memalign(size_t alignment_bytes, size_t request_bytes) {
    if (!route_is_power_of_two(alignment_bytes)) {
        errno = EINVAL;
        return NULL;
    }
    return serve_request(&obmalloc_state, alignment_bytes, request_bytes);
}

void *route_memalign(size_t alignment_bytes, size_t request_bytes) {
    if (!serve_by_pools(&obmalloc_state)) {
        return libc_memalign(alignment_bytes, request_bytes);
    }
    return checked_memalign(alignment_bytes, request_bytes);
}

void *route_aligned_alloc(size_t alignment_bytes, size_t request_bytes) {
    if (serve_by_pools(&obmalloc_state)) {
        return checked_memalign(alignment_bytes, request_bytes);
    }
    if (!route_is_power_of_two(alignment_bytes)) {
        errno = EINVAL;
        return NULL;
    }
    if (serve_is_impossible(alignment_bytes, request_bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return libc_memalign(alignment_bytes, request_bytes);
}
