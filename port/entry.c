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

#include "lock.h"
#include "private_libc.h"
#include "route.h"
#include "state.h"

#define ENTRY_POINT __attribute__((used, externally_visible))

/* The C library's archive comes after ours on a link line, and its members refer to the reentrant
 * layer and to _sbrk: ask for both from here, or the linker would look for them in that archive
 * only. */
__asm__(".global _malloc_r\n"
        ".global _mallinfo_r\n"
        ".global obmalloc_brings_sbrk\n");

static bool libc_serves(void) {
    return obmalloc_state.mode == OBMALLOC_LIBC_SERVES;
}

ENTRY_POINT void *malloc(size_t request_bytes) {
    obmalloc_lock_state before = obmalloc_lock();
    void *block = pools_malloc_fast(&obmalloc_heap, request_bytes);
    obmalloc_unlock(before);
    if (__builtin_expect(block != NULL, 1)) {
        return block;
    }
    return libc_serves() ? libc_malloc(request_bytes) : route_malloc(request_bytes);
}

ENTRY_POINT void free(void *block) {
    obmalloc_lock_state before = obmalloc_lock();
    bool freed = pools_free_fast(&obmalloc_heap, block);
    obmalloc_unlock(before);
    if (__builtin_expect(freed, 1)) {
        return;
    }
    if (libc_serves()) {
        libc_free(block);
    } else {
        route_free(block, __builtin_return_address(0));
    }
}

ENTRY_POINT void *calloc(size_t element_count, size_t element_bytes) {
    return libc_serves() ? libc_calloc(element_count, element_bytes)
                         : route_calloc(element_count, element_bytes);
}

ENTRY_POINT void *realloc(void *block, size_t request_bytes) {
    return libc_serves() ? libc_realloc(block, request_bytes)
                         : route_realloc(block, request_bytes, __builtin_return_address(0));
}

ENTRY_POINT size_t malloc_usable_size(void *block) {
    return libc_serves() ? libc_malloc_usable_size(block)
                         : route_usable_bytes(block, __builtin_return_address(0));
}

ENTRY_POINT void *memalign(size_t alignment_bytes, size_t request_bytes) {
    return libc_serves() ? libc_memalign(alignment_bytes, request_bytes)
                         : route_memalign(alignment_bytes, request_bytes);
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
