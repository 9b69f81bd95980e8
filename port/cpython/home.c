// SPDX-License-Identifier: MIT
#include "py_home.h"

#include "guard/guard.h"
#include "heaps.h"
#include "libc_block.h"
#include "lock.h"
#include "private_libc.h"

static enum pools_status libc_status(const struct obmalloc_state *state, const void *block,
                                     size_t *usable_bytes) {
    const char *address = block;
    if (address < (const char *)state->region.start || address >= state->heap_break) {
        return POOLS_NOT_OWNED;
    }
    if ((uintptr_t)address % POOLS_ALIGNMENT_BYTES != 0) {
        return POOLS_MISALIGNED;
    }
    enum pools_status status = libc_block_status(block, state->region.start, state->heap_break);
    if (status == POOLS_OK) {
        *usable_bytes = libc_malloc_usable_size((void *)(uintptr_t)block);
    }
    return status;
}

struct py_home py_home_of(const void *block) {
    const struct obmalloc_state *state = &obmalloc_state;
    struct py_home home = {.heap = NULL};
    obmalloc_lock_state before = obmalloc_lock();
#ifdef OBMALLOC_GUARDED
    if (guard_knows(block, &home.status, &home.usable_bytes)) {
        obmalloc_unlock(before);
        return home;
    }
#endif
    if (pools_owns(&obmalloc_heap, block)) {
        home.status = pools_block_bytes(&obmalloc_heap, block, &home.usable_bytes);
    } else {
        home.status = libc_status(state, block, &home.usable_bytes);
        home.heap = home.status == POOLS_NOT_OWNED ? heaps_holding(state, block) : NULL;
    }
    if (home.heap) {
        home.status = pools_block_bytes(&home.heap->pools, block, &home.usable_bytes);
        home.is_orphan = home.heap->orphaned;
    }
    obmalloc_unlock(before);
    return home;
}
