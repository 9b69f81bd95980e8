// SPDX-License-Identifier: MIT
/*
 * What picolibc has beside the entry points of entry.c and mallinfo.c. There is no reentrant layer:
 * the library allocates for itself (strdup, asprintf, fdopen, setenv, regcomp, C++ emergency pools)
 * by the same names as the firmware. valloc, pvalloc, reallocarray, reallocf and malloc_stats stay
 * the library's own, because they are made of these names and share no member with its allocator.
 *
 * The library locks around its own allocator with __retarget_lock_acquire_recursive on its one
 * lock, and the private copy goes on to do so: picolibc_lock.c.
 */
#include "guard/guard.h"
#include "private_libc.h"
#include "state.h"
#include "watch/watch.h"

#define ENTRY_POINT __attribute__((used, externally_visible))

ENTRY_POINT void cfree(void *block) {
    watch_freeing(block, __builtin_return_address(0));
    if (obmalloc_heap.base == OBMALLOC_BASE_LIBC_SERVES) {
        libc_free(block);
    } else {
        ROUTE(free)(block, __builtin_return_address(0));
    }
}
