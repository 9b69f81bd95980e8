// SPDX-License-Identifier: MIT
/* pools_realloc and pools_reclaim in steps, for callers that release their lock in between. */
#include "pools.h"
#include "resize.h"

/* The same decisions as pools_realloc's, up to where that one moves the block. */
void *pools_resize(struct pools_heap *heap, void *block, size_t request_bytes) {
    struct identity it = identity_of(heap, block);
    if (it.status != POOLS_OK || request_bytes > POOLS_REGION_BYTES_MAX) {
        return NULL;
    }
    uint32_t bytes = request_bytes == 0 ? 1u : (uint32_t)request_bytes;
    if (pools_wastes_little(bytes, it.block_bytes) ||
        (bytes <= it.block_bytes && chunk_bytes_for(bytes) == it.bytes)) {
        return block;
    }
    return moves_rather(heap, it, bytes) ? NULL : resize_in_place(heap, it, block, bytes);
}

void *pools_slide_begin(struct pools_heap *heap, void *block, size_t request_bytes) {
    struct identity it = identity_of(heap, block);
    if (it.status != POOLS_OK || request_bytes > POOLS_REGION_BYTES_MAX) {
        return NULL;
    }
    uint32_t bytes = (((uint32_t)request_bytes + 7u) & ~7u) + POOLS_LARGE_HEADER_BYTES;
    if (!is_large(it) || request_bytes <= it.block_bytes ||
        space_slide_room(heap, it.chunk, it.bytes) < bytes) {
        return NULL;
    }
    uint32_t whole_bytes;
    uint32_t chunk = space_annex_before(heap, it.chunk, it.bytes, bytes, &whole_bytes);
    space_mark(heap, chunk, 0, MAP_SECOND);
    chunk_write_large(chunk, whole_bytes);
    plenty_renew(heap);
    return word_at(chunk + POOLS_LARGE_HEADER_BYTES);
}

void pools_cut(struct pools_heap *heap, void *block, size_t request_bytes) {
    struct identity it = identity_of(heap, block);
    if (it.status == POOLS_OK && request_bytes <= it.block_bytes) {
        (void)resize_in_place(heap, it, block, (uint32_t)request_bytes);
    }
}

bool pools_reclaim_some(struct pools_heap *heap, uint32_t block_count_max) {
    if (!heap_is_open(heap) || !seal_holds_here(heap)) {
        return false;
    }
    unsigned granules = POOLS_CLASS_FIRST;
    while (block_count_max != 0 && granules <= POOLS_CLASS_LAST) {
        uint32_t block = heap->pools[granules];
        uint32_t next = link_behind_first(heap, &heap->pools[granules]);
        if (next == 0) {
            granules++;
            continue;
        }
        heap->pools[granules] = next;
        pools_ready_changed(heap, granules, -1);
        link_recall(heap, block);
        space_give(heap, block, granules * POOLS_ALIGNMENT_BYTES);
        block_count_max--;
    }
    plenty_renew(heap);
    return granules <= POOLS_CLASS_LAST;
}
