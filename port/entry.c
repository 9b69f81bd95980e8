// SPDX-License-Identifier: MIT
/*
 * The allocation functions of C and POSIX, as the firmware's linker sees them.
 *
 * Under flag 0 nothing is done before the tail call into the C library's own function: even a
 * harmless shortcut would change the layout of its heap. malloc and free try the pools' fast path
 * first, which under flag 0 declines everything without touching memory of ours or theirs.
 *
 * Compiled -fno-builtin, because GCC knows these names and would fold what it finds in them into
 * calls of themselves, and without LTO, under which references to them are invisible to the linker.
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "bulk.h"
#include "entry.h"
#include "lock.h"
#include "private_libc.h"
#include "route.h"
#include "serve.h"
#include "state.h"

#define ENTRY_POINT __attribute__((used, externally_visible))

#include <stddef.h>
_Static_assert(offsetof(struct pools_heap, base) == ENTRY_HEAP_BASE &&
                   offsetof(struct pools_heap, fast_free_granules) == ENTRY_HEAP_BASE + 4,
               "entry_thumb2.S loads both at once");
_Static_assert(offsetof(struct pools_heap, pools[POOLS_CLASS_FIRST]) == ENTRY_HEAP_CLASS_FIRST &&
                   POOLS_POOLED_BYTES_MAX == ENTRY_POOLED_BYTES_MAX,
               "entry_thumb2.S indexes the pools");

_Static_assert(offsetof(struct obmalloc_state, whole_region_is_arena) == ENTRY_STATE_WHOLE_REGION &&
                   POOLS_SMALL_BYTES_MAX == ENTRY_SMALL_BYTES_MAX,
               "entry_thumb2.S sorts requests by them");

/* The C library's archive comes after ours on a link line, and its members refer to the reentrant
 * layer and to _sbrk: ask for both from here, or the linker would look for them in that archive
 * only. */
__asm__(".global _malloc_r\n"
        ".global _mallinfo_r\n"
        ".global obmalloc_brings_sbrk\n");

/* The first look of every entry point. On the way to the C library it takes the place of the
 * library's own wrapper, so that flag 0 costs three instructions and no jump. */
static inline bool libc_serves(void) {
#ifdef OBMALLOC_LOCK_HOOKS
    /* Another thread may be latching: the heap is all 0 for a moment while it is opened. */
    return obmalloc_state.mode == OBMALLOC_LIBC_SERVES;
#else
    return obmalloc_heap.base == OBMALLOC_BASE_LIBC_SERVES;
#endif
}

/* Requests that the arena is asked for first. */
static inline bool arena_comes_first(size_t request_bytes) {
    return request_bytes <= POOLS_SMALL_BYTES_MAX || obmalloc_state.whole_region_is_arena;
}

__attribute__((noinline)) void *entry_malloc_slow(size_t request_bytes) {
    if (arena_comes_first(request_bytes)) {
        obmalloc_lock_state before = obmalloc_lock();
        void *block = pools_malloc(&obmalloc_heap, request_bytes);
        obmalloc_unlock(before);
        return block ? block : route_malloc_failed(request_bytes);
    }
    return route_malloc(request_bytes);
}

__attribute__((noinline)) void entry_free_slow(void *block, const void *caller) {
    if (!block) {
        return;
    }
    obmalloc_lock_state before = obmalloc_lock();
    enum pools_status status = pools_free(&obmalloc_heap, block);
    obmalloc_unlock(before);
    if (status != POOLS_OK) {
        route_free(block, caller);
    }
}

#ifndef ENTRY_ASSEMBLY
ENTRY_POINT void *malloc(size_t request_bytes) {
    if (libc_serves()) {
        return libc__malloc_r(_REENT, request_bytes);
    }
    obmalloc_lock_state before = obmalloc_lock();
    void *block = pools_malloc_fast(&obmalloc_heap, request_bytes);
    obmalloc_unlock(before);
    return __builtin_expect(block != NULL, 1) ? block : entry_malloc_slow(request_bytes);
}

ENTRY_POINT void free(void *block) {
    if (libc_serves()) {
        libc__free_r(_REENT, block);
        return;
    }
    obmalloc_lock_state before = obmalloc_lock();
    bool freed = pools_free_fast(&obmalloc_heap, block);
    obmalloc_unlock(before);
    if (__builtin_expect(!freed, 0)) {
        entry_free_slow(block, __builtin_return_address(0));
    }
}
#endif

/* entry_thumb2.S has tried its fast path. */
#ifdef ENTRY_ASSEMBLY_RESIZES
#define calloc_after_fast  entry_calloc_slow
#define realloc_after_fast entry_realloc_slow
#else
#define calloc_after_fast  calloc
#define realloc_after_fast realloc
#endif

ENTRY_POINT void *calloc_after_fast(size_t element_count, size_t element_bytes) {
    if (libc_serves()) {
        return libc__calloc_r(_REENT, element_count, element_bytes);
    }
    size_t request_bytes;
    if (!heap_is_open(&obmalloc_heap) ||
        __builtin_mul_overflow(element_count, element_bytes, &request_bytes)) {
        return route_calloc(element_count, element_bytes);
    }
    void *block = malloc(request_bytes);
    if (!block) {
        return NULL;
    }
    if (pools_owns(&obmalloc_heap, block)) {
        bulk_clear(block, ((uint32_t)request_bytes + 7u) & ~7u);
        return block;
    }
    return memset(block, 0, request_bytes);
}

ENTRY_POINT void *realloc_after_fast(void *block, size_t request_bytes) {
    if (libc_serves()) {
        return libc__realloc_r(_REENT, block, request_bytes);
    }
    void *result = NULL;
#ifndef ENTRY_ASSEMBLY_RESIZES
    /* Copies 248 bytes at most, which takes less than other steps that hold the lock. */
    obmalloc_lock_state before = obmalloc_lock();
    result = pools_realloc_fast(&obmalloc_heap, block, request_bytes);
    obmalloc_unlock(before);
#endif
    if (!result && arena_comes_first(request_bytes) && pools_owns(&obmalloc_heap, block)) {
        result = serve_realloc(block, request_bytes);
    }
    return result ? result : route_realloc(block, request_bytes, __builtin_return_address(0));
}

ENTRY_POINT size_t malloc_usable_size(void *block) {
    return libc_serves() ? libc__malloc_usable_size_r(_REENT, block)
                         : route_usable_bytes(block, __builtin_return_address(0));
}

ENTRY_POINT void *memalign(size_t alignment_bytes, size_t request_bytes) {
    if (libc_serves()) {
        return libc__memalign_r(_REENT, alignment_bytes, request_bytes);
    }
    if (arena_comes_first(request_bytes)) {
        obmalloc_lock_state before = obmalloc_lock();
        void *block = pools_memalign(&obmalloc_heap, alignment_bytes, request_bytes);
        obmalloc_unlock(before);
        if (block) {
            return block;
        }
    }
    return route_memalign(alignment_bytes, request_bytes);
}

/* The C library cannot link its own, so there is no behaviour to preserve under flag 0. */
ENTRY_POINT void *aligned_alloc(size_t alignment_bytes, size_t request_bytes) {
    return route_aligned_alloc(alignment_bytes, request_bytes);
}

ENTRY_POINT int posix_memalign(void **out, size_t alignment_bytes, size_t request_bytes) {
    if (alignment_bytes % sizeof(void *) != 0 || !route_is_power_of_two(alignment_bytes)) {
        return EINVAL;
    }
    int errno_before = errno;
    void *block = route_aligned_alloc(alignment_bytes, request_bytes);
    if (!block) {
        errno = errno_before;
        return ENOMEM;
    }
    *out = block;
    return 0;
}
