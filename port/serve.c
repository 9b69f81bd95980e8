// SPDX-License-Identifier: MIT
#include "serve.h"

#include <errno.h>

#include "private_libc.h"

enum { LIBC_OVERHEAD_MAX_BYTES = 64 };

void *serve_failure(struct obmalloc_state *state) {
    state->failure_count++;
    errno = ENOMEM;
    return NULL;
}

/* The arena once more, when all that waits in its pools has been merged. */
static void *serve_reclaimed(size_t alignment_bytes, size_t request_bytes) {
    pools_reclaim(&obmalloc_heap);
    return pools_memalign(&obmalloc_heap, alignment_bytes, request_bytes);
}

void *serve_from_arena(size_t alignment_bytes, size_t request_bytes) {
    void *block = pools_memalign(&obmalloc_heap, alignment_bytes, request_bytes);
    return block ? block : serve_reclaimed(alignment_bytes, request_bytes);
}

void *serve_from_libc(struct obmalloc_state *state, size_t alignment_bytes, size_t request_bytes) {
    if (state->whole_region_is_arena) {
        return NULL;
    }
    /* The library says ENOMEM, but the arena may yet serve. */
    int errno_before = errno;
    void *block = alignment_bytes <= POOLS_ALIGNMENT_BYTES
                      ? libc_malloc(request_bytes)
                      : libc_memalign(alignment_bytes, request_bytes);
    if (block) {
        state->libc_used_blocks++;
    } else {
        errno = errno_before;
    }
    return block;
}

bool serve_is_impossible(size_t alignment_bytes, size_t request_bytes) {
    size_t overhead_bytes = LIBC_OVERHEAD_MAX_BYTES;
    return alignment_bytes > PTRDIFF_MAX - overhead_bytes ||
           request_bytes > PTRDIFF_MAX - overhead_bytes - alignment_bytes;
}

void *serve_after_arena(struct obmalloc_state *state, size_t alignment_bytes,
                        size_t request_bytes) {
    if (serve_is_impossible(alignment_bytes, request_bytes)) {
        return serve_failure(state);
    }
    void *block = serve_reclaimed(alignment_bytes, request_bytes);
    if (!block) {
        block = serve_from_libc(state, alignment_bytes, request_bytes);
        state->overflow_small_to_libc += block != NULL;
    }
    return block ? block : serve_failure(state);
}

void *serve_request(struct obmalloc_state *state, size_t alignment_bytes, size_t request_bytes) {
    if (serve_is_impossible(alignment_bytes, request_bytes)) {
        return serve_failure(state);
    }
    if (request_bytes <= POOLS_SMALL_BYTES_MAX || state->whole_region_is_arena) {
        void *block = pools_memalign(&obmalloc_heap, alignment_bytes, request_bytes);
        return block ? block : serve_after_arena(state, alignment_bytes, request_bytes);
    }
    void *block = serve_from_libc(state, alignment_bytes, request_bytes);
    if (!block) {
        block = serve_from_arena(alignment_bytes, request_bytes);
        state->overflow_large_to_arena += block != NULL;
    }
    return block ? block : serve_failure(state);
}
