// SPDX-License-Identifier: MIT
#include "watch/watch_look.h"

#include "heaps.h"
#include "ledger.h"
#include "libc_block.h"
#include "link.h"
#include "lock.h"
#include "private_libc.h"
#include "state.h"

/* A live block of up to 248 bytes, as free tells it at once; 0 = look closer. Without the lock: what the map says
 * of a live block stays. */
static uint32_t pooled_bytes(const void *block) {
    const struct pools_heap *heap = &obmalloc_heap;
    uint32_t granule = pools_granule(heap, block);
    if (granule >= map_granule(heap->base, heap->untouched)) {
        return 0;
    }
    uint32_t granules = map_sight(heap->base, granule);
    if (heap->pools[granules] == 0 || link_says_freed(heap, (uint32_t)(uintptr_t)block)) {
        return 0;
    }
    return granules * POOLS_ALIGNMENT_BYTES;
}

static bool is_in_libc_heap(const struct obmalloc_state *state, const void *block) {
    return (uintptr_t)block % POOLS_ALIGNMENT_BYTES == 0 &&
           (uintptr_t)block - (uintptr_t)state->region.start <
               (uintptr_t)state->heap_break - (uintptr_t)state->region.start;
}

/* The lock is held, and the heap is shown. */
static struct watch_look look(const void *block) {
    const struct obmalloc_state *state = &obmalloc_state;
    bool pools_serve = state->mode == OBMALLOC_POOLS_SERVE;
    size_t bytes = 0;
    if (pools_owns(&obmalloc_heap, block)) {
        bool is_live = pools_block_bytes(&obmalloc_heap, block, &bytes) == POOLS_OK;
        return (struct watch_look){is_live ? WATCH_IN_ARENA : WATCH_NOWHERE, (uint32_t)bytes};
    }
    if (is_in_libc_heap(state, block)) {
        /* Under flag 0 the library is handed anything, unlooked at. */
        if (pools_serve &&
            libc_block_status(block, state->region.start, state->heap_break) != POOLS_OK) {
            return (struct watch_look){WATCH_NOWHERE, 0};
        }
        return (struct watch_look){WATCH_IN_LIBC,
                                   (uint32_t)libc_malloc_usable_size((void *)(uintptr_t)block)};
    }
    const struct obmalloc_heap *heap = heaps_holding(state, block);
    if (heap && pools_block_bytes(&heap->pools, block, &bytes) == POOLS_OK) {
        return (struct watch_look){WATCH_IN_HEAP, (uint32_t)bytes};
    }
    return (struct watch_look){WATCH_NOWHERE, 0};
}

struct watch_look watch_look(const void *block) {
    uint32_t bytes = pooled_bytes(block);
    if (bytes != 0) {
        return (struct watch_look){WATCH_IN_ARENA, bytes};
    }
    obmalloc_lock_state before = obmalloc_lock();
    bool was_hidden = ledger_look(&obmalloc_state);
    struct watch_look found = look(block);
    ledger_look_ended(was_hidden);
    obmalloc_unlock(before);
    return found;
}
