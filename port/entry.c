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
#include "guard/guard.h"
#include "lock.h"
#include "private_libc.h"
#include "route.h"
#include "serve.h"
#include "state.h"
#include "watch/watch.h"

#define ENTRY_POINT __attribute__((used, externally_visible))

#include <stddef.h>
_Static_assert(offsetof(struct pools_heap, base) == ENTRY_HEAP_BASE &&
                   offsetof(struct pools_heap, fast_free_granules) == ENTRY_HEAP_BASE + 4,
               "entry_thumb2.S loads both at once");
_Static_assert(offsetof(struct pools_heap, pools[POOLS_CLASS_FIRST]) == ENTRY_HEAP_CLASS_FIRST &&
                   POOLS_POOLED_BYTES_MAX == ENTRY_POOLED_BYTES_MAX &&
                   POOLS_CLASS_FIRST * POOLS_ALIGNMENT_BYTES == ENTRY_CLASS_FIRST_BYTES,
               "the assembly indexes the pools");

_Static_assert(offsetof(struct obmalloc_state, whole_region_is_arena) == ENTRY_STATE_WHOLE_REGION &&
                   POOLS_SMALL_BYTES_MAX == ENTRY_SMALL_BYTES_MAX,
               "entry_thumb2.S sorts requests by them");

/* The C library's archive comes after ours on a link line, and its members refer to the rest of the
 * family and to sbrk: ask for them from here, or the linker would look for them in that archive
 * only. */
#if ENTRY_LIBC_IS_REENTRANT
__asm__(".global _malloc_r\n"
        ".global _mallinfo_r\n");
#else
__asm__(".global cfree\n"
        ".global mallinfo\n");
#endif
__asm__(".global obmalloc_brings_sbrk\n"
        ".global obmalloc_brings_layout\n");
#ifdef ENTRY_ASSEMBLY_RESIZES
__asm__(".global calloc\n"
        ".global realloc\n"
        ".global memalign\n");
#endif

/* The first look of every entry point. On the way to the C library it takes the place of the
 * library's own wrapper, so that flag 0 costs three instructions and no jump. */
static inline bool libc_serves(void) {
#ifdef OBMALLOC_LOCK_HOOKS
    /* Another thread may be latching: the heap is all 0 for a moment while it is opened. A block may be of
     * another heap, if there is one. */
    return obmalloc_state.mode == OBMALLOC_LIBC_SERVES && !obmalloc_state.heaps_exist &&
           guard_state_holds(&obmalloc_state);
#else
    return obmalloc_heap.base == OBMALLOC_BASE_LIBC_SERVES;
#endif
}

/* Requests that the arena is asked for first. */
static inline bool arena_comes_first(size_t request_bytes) {
    return request_bytes <= POOLS_SMALL_BYTES_MAX || obmalloc_state.whole_region_is_arena;
}

#ifndef ENTRY_IS_SMALL
__attribute__((noinline)) void *entry_malloc_slow(size_t request_bytes, const void *caller) {
    if (arena_comes_first(request_bytes)) {
        obmalloc_lock_state before = obmalloc_lock();
        void *block = pools_malloc(&obmalloc_heap, request_bytes);
        obmalloc_unlock(before);
        return block ? block : route_malloc_failed(request_bytes, caller);
    }
    return route_malloc(request_bytes, caller);
}
#endif

__attribute__((noinline)) void entry_free_slow(void *block, const void *caller) {
    if (!block) {
        return;
    }
    obmalloc_lock_state before = obmalloc_lock();
    pools_note_caller(&obmalloc_heap, caller);
    enum pools_status status = pools_free(&obmalloc_heap, block);
    obmalloc_unlock(before);
    if (status != POOLS_OK) {
        route_free(block, caller);
    }
}

#if !defined(ENTRY_ASSEMBLY) && !defined(ENTRY_ASSEMBLY_THUMB1)
static inline void *malloc_for(size_t request_bytes, const void *caller) {
    if (libc_serves()) {
        return private_malloc(request_bytes);
    }
#ifdef OBMALLOC_GUARDED
    return guard_malloc(request_bytes, caller);
#else
    obmalloc_lock_state before = obmalloc_lock();
    void *block = pools_malloc_fast(&obmalloc_heap, request_bytes);
    obmalloc_unlock(before);
    return __builtin_expect(block != NULL, 1) ? block : ENTRY_MALLOC_SLOW(request_bytes, caller);
#endif
}

ENTRY_POINT void *malloc(size_t request_bytes) {
    const void *caller = __builtin_return_address(0);
    void *block = malloc_for(request_bytes, caller);
    guard_tell_damage(&obmalloc_heap, "malloc", caller);
    return watch_allocated(WATCH_MALLOC, block, request_bytes, caller);
}

#ifdef __arm__
__asm__(".global entry_malloc\n"
        ".hidden entry_malloc\n"
        ".thumb_set entry_malloc, malloc\n");
#else
#define entry_malloc malloc /* the PC's tests link no wrapper */
#endif

ENTRY_POINT void free(void *block) {
    watch_freeing(block, __builtin_return_address(0));
    if (libc_serves()) {
        private_free(block);
        return;
    }
#ifdef OBMALLOC_GUARDED
    guard_free(block, __builtin_return_address(0));
#else
    obmalloc_lock_state before = obmalloc_lock();
    pools_note_caller(&obmalloc_heap, __builtin_return_address(0));
    bool freed = pools_free_fast(&obmalloc_heap, block);
    obmalloc_unlock(before);
    if (__builtin_expect(!freed, 0)) {
        entry_free_slow(block, __builtin_return_address(0));
    }
    guard_tell_damage(&obmalloc_heap, "free", __builtin_return_address(0));
#endif
}
#endif

/* calloc's own call of malloc: one that no watcher sees, because it sees calloc. */
#ifdef OBMALLOC_WATCHED
#define malloc_for_calloc(request_bytes) malloc_for(request_bytes, __builtin_return_address(0))
#else
#define malloc_for_calloc(request_bytes) entry_malloc(request_bytes)
#endif

/* The assembly has tried its fast path. */
#ifdef ENTRY_ASSEMBLY_RESIZES
#define calloc_after_fast   entry_calloc_slow
#define realloc_after_fast  entry_realloc_slow
#define memalign_after_fast entry_memalign_slow
#else
#define calloc_after_fast   calloc
#define realloc_after_fast  realloc
#define memalign_after_fast memalign
#endif

static inline void *calloc_for(size_t element_count, size_t element_bytes, const void *caller) {
    if (libc_serves()) {
        return private_calloc(element_count, element_bytes);
    }
#ifdef OBMALLOC_GUARDED
    return guard_calloc(element_count, element_bytes, caller);
#elif defined(ENTRY_IS_SMALL)
    return route_calloc(element_count, element_bytes, caller);
#else
    size_t request_bytes;
    if (!heap_is_open(&obmalloc_heap) ||
        __builtin_mul_overflow(element_count, element_bytes, &request_bytes)) {
        return route_calloc(element_count, element_bytes, caller);
    }
    void *block = malloc_for_calloc(request_bytes);
    if (!block) {
        return NULL;
    }
    /* To the last word, which lies in the block whoever serves it. */
    return bulk_clear(block, (uint32_t)request_bytes + 3u);
#endif
}

ENTRY_POINT void *calloc_after_fast(size_t element_count, size_t element_bytes) {
    const void *caller = __builtin_return_address(0);
    void *block = calloc_for(element_count, element_bytes, caller);
#ifdef OBMALLOC_WATCHED
    guard_tell_damage(&obmalloc_heap, "calloc", caller); /* else malloc has told it */
#endif
    return watch_allocated(WATCH_CALLOC, block, watch_product(element_count, element_bytes),
                           caller);
}

static inline void *realloc_for(void *block, size_t request_bytes, const void *caller) {
    if (libc_serves()) {
        return private_realloc(block, request_bytes);
    }
#ifdef OBMALLOC_GUARDED
    return guard_realloc(block, request_bytes, caller);
#elif defined(ENTRY_IS_SMALL)
    return route_realloc(block, request_bytes, caller);
#else
    void *result = NULL;
#ifndef ENTRY_ASSEMBLY_RESIZES
    /* Copies 248 bytes at most, which takes less than other steps that hold the lock. */
    obmalloc_lock_state before = obmalloc_lock();
    pools_note_caller(&obmalloc_heap, caller);
    result = pools_realloc_fast(&obmalloc_heap, block, request_bytes);
    obmalloc_unlock(before);
#endif
    if (!result && arena_comes_first(request_bytes) && pools_owns(&obmalloc_heap, block)) {
        result = serve_realloc(&obmalloc_heap, block, request_bytes);
    }
    return result ? result : route_realloc(block, request_bytes, caller);
#endif
}

ENTRY_POINT void *realloc_after_fast(void *block, size_t request_bytes) {
    const void *caller = __builtin_return_address(0);
    watch_resizing(block, request_bytes, caller);
    void *result = realloc_for(block, request_bytes, caller);
    guard_tell_damage(&obmalloc_heap, "realloc", caller);
    return watch_resized(block, result, request_bytes, caller);
}

ENTRY_POINT size_t malloc_usable_size(void *block) {
    return libc_serves() ? private_malloc_usable_size(block)
                         : ROUTE(usable_bytes)(block, __builtin_return_address(0));
}

static inline void *memalign_for(size_t alignment_bytes, size_t request_bytes, const void *caller) {
    if (libc_serves()) {
        return private_memalign(alignment_bytes, request_bytes);
    }
#if !defined(OBMALLOC_GUARDED) && !defined(ENTRY_IS_SMALL)
    if (arena_comes_first(request_bytes)) {
        obmalloc_lock_state before = obmalloc_lock();
        void *block = pools_memalign(&obmalloc_heap, alignment_bytes, request_bytes);
        obmalloc_unlock(before);
        if (block) {
            return block;
        }
    }
#endif
    return ROUTE(memalign)(alignment_bytes, request_bytes, caller);
}

ENTRY_POINT void *memalign_after_fast(size_t alignment_bytes, size_t request_bytes) {
    const void *caller = __builtin_return_address(0);
    void *block = memalign_for(alignment_bytes, request_bytes, caller);
    guard_tell_damage(&obmalloc_heap, "memalign", caller);
    return watch_aligned(block, alignment_bytes, request_bytes, caller);
}

/* newlib cannot link these two of its own: there, no behaviour is to be preserved under flag 0. */
static inline void *aligned_alloc_for(size_t alignment_bytes, size_t request_bytes,
                                      const void *caller) {
#if !ENTRY_LIBC_IS_REENTRANT
    if (libc_serves()) {
        return libc_aligned_alloc(alignment_bytes, request_bytes);
    }
#endif
    return ROUTE(aligned_alloc)(alignment_bytes, request_bytes, caller);
}

ENTRY_POINT void *aligned_alloc(size_t alignment_bytes, size_t request_bytes) {
    const void *caller = __builtin_return_address(0);
    void *block = aligned_alloc_for(alignment_bytes, request_bytes, caller);
    guard_tell_damage(&obmalloc_heap, "aligned_alloc", caller);
    return watch_aligned(block, alignment_bytes, request_bytes, caller);
}

static inline int posix_memalign_for(void **out, size_t alignment_bytes, size_t request_bytes,
                                     const void *caller) {
#if !ENTRY_LIBC_IS_REENTRANT
    if (libc_serves()) {
        return libc_posix_memalign(out, alignment_bytes, request_bytes);
    }
#endif
    if (alignment_bytes % sizeof(void *) != 0 || !route_is_power_of_two(alignment_bytes)) {
        return EINVAL;
    }
    int errno_before = errno;
    void *block = ROUTE(aligned_alloc)(alignment_bytes, request_bytes, caller);
    if (!block) {
        errno = errno_before;
        return ENOMEM;
    }
    *out = block;
    return 0;
}

ENTRY_POINT int posix_memalign(void **out, size_t alignment_bytes, size_t request_bytes) {
    const void *caller = __builtin_return_address(0);
    int error = posix_memalign_for(out, alignment_bytes, request_bytes, caller);
    guard_tell_damage(&obmalloc_heap, "posix_memalign", caller);
    if (error != EINVAL) {
        (void)watch_aligned(error == 0 ? *out : NULL, alignment_bytes, request_bytes, caller);
    }
    return error;
}
