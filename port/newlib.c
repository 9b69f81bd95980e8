// SPDX-License-Identifier: MIT
/*
 * newlib's reentrant layer, through which the library allocates for itself: stdio buffers, printf
 * of floating point, strdup, C++ emergency pools. With every name of it defined here, nothing can
 * draw the library's own allocator into the image a second time.
 *
 * errno goes to the caller's own struct, which need not be the one that the macro errno names.
 */
#include <errno.h>

#include "guard/guard.h"
#include "libc_lock.h"
#include "private_libc.h"
#include "state.h"
#include "watch/watch.h"

#define ENTRY_POINT __attribute__((used, externally_visible))

static bool libc_serves(void) {
    return obmalloc_heap.base == OBMALLOC_BASE_LIBC_SERVES;
}

static void *with_errno_of(struct _reent *reent, void *block) {
    if (!block) {
        reent->_errno = errno;
    }
    return block;
}

ENTRY_POINT void *_malloc_r(struct _reent *reent, size_t request_bytes) {
    const void *caller = __builtin_return_address(0);
    void *block = libc_serves() ? libc__malloc_r(reent, request_bytes)
                                : with_errno_of(reent, ROUTE(malloc)(request_bytes, caller));
    guard_tell_damage(&obmalloc_heap, "malloc", caller);
    return watch_allocated(WATCH_MALLOC, block, request_bytes, caller);
}

ENTRY_POINT void _free_r(struct _reent *reent, void *block) {
    const void *caller = __builtin_return_address(0);
    watch_freeing(block, caller);
    if (libc_serves()) {
        libc__free_r(reent, block);
    } else {
        ROUTE(free)(block, caller);
    }
    guard_tell_damage(&obmalloc_heap, "free", caller);
}

ENTRY_POINT void *_calloc_r(struct _reent *reent, size_t element_count, size_t element_bytes) {
    const void *caller = __builtin_return_address(0);
    void *block = libc_serves()
                      ? libc__calloc_r(reent, element_count, element_bytes)
                      : with_errno_of(reent, ROUTE(calloc)(element_count, element_bytes, caller));
    guard_tell_damage(&obmalloc_heap, "calloc", caller);
    return watch_allocated(WATCH_CALLOC, block, watch_product(element_count, element_bytes),
                           caller);
}

ENTRY_POINT void *_realloc_r(struct _reent *reent, void *block, size_t request_bytes) {
    const void *caller = __builtin_return_address(0);
    watch_resizing(block, request_bytes, caller);
    void *result = libc_serves()
                       ? libc__realloc_r(reent, block, request_bytes)
                       : with_errno_of(reent, ROUTE(realloc)(block, request_bytes, caller));
    guard_tell_damage(&obmalloc_heap, "realloc", caller);
    return watch_resized(block, result, request_bytes, caller);
}

ENTRY_POINT void *_memalign_r(struct _reent *reent, size_t alignment_bytes, size_t request_bytes) {
    const void *caller = __builtin_return_address(0);
    void *block =
        libc_serves()
            ? libc__memalign_r(reent, alignment_bytes, request_bytes)
            : with_errno_of(reent, ROUTE(memalign)(alignment_bytes, request_bytes, caller));
    guard_tell_damage(&obmalloc_heap, "memalign", caller);
    return watch_aligned(block, alignment_bytes, request_bytes, caller);
}

ENTRY_POINT void *_valloc_r(struct _reent *reent, size_t request_bytes) {
    const void *caller = __builtin_return_address(0);
    void *block = libc_serves() ? libc__valloc_r(reent, request_bytes)
                                : with_errno_of(reent, ROUTE(valloc)(request_bytes, caller));
    guard_tell_damage(&obmalloc_heap, "valloc", caller);
    return watch_aligned(block, ROUTE_PAGE_BYTES, request_bytes, caller);
}

ENTRY_POINT void *_pvalloc_r(struct _reent *reent, size_t request_bytes) {
    const void *caller = __builtin_return_address(0);
    void *block = libc_serves() ? libc__pvalloc_r(reent, request_bytes)
                                : with_errno_of(reent, ROUTE(pvalloc)(request_bytes, caller));
    guard_tell_damage(&obmalloc_heap, "pvalloc", caller);
    return watch_aligned(block, ROUTE_PAGE_BYTES, request_bytes, caller);
}

ENTRY_POINT size_t _malloc_usable_size_r(struct _reent *reent, void *block) {
    return libc_serves() ? libc__malloc_usable_size_r(reent, block)
                         : ROUTE(usable_bytes)(block, __builtin_return_address(0));
}

ENTRY_POINT int _mallopt_r(struct _reent *reent, int parameter, int value) {
    return libc__mallopt_r(reent, parameter, value);
}

/* nano's allocator never gives memory back. */
#ifndef _NANO_FORMATTED_IO
/* Acts on the library's heap under either flag: the arena has nothing to give back to sbrk. */
ENTRY_POINT int _malloc_trim_r(struct _reent *reent, size_t keep_bytes) {
    return libc__malloc_trim_r(reent, keep_bytes);
}
#endif

/* The lock that the library takes around its own allocator. */
ENTRY_POINT void __malloc_lock(struct _reent *reent) {
    (void)reent;
    obmalloc_libc_lock();
}

ENTRY_POINT void __malloc_unlock(struct _reent *reent) {
    (void)reent;
    obmalloc_libc_unlock();
}
