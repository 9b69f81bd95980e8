// SPDX-License-Identifier: MIT
#include "supply.h"

#include "pool.h"

static bool memory_is_scarce(const struct pools_heap *heap) {
    return space_untouched_bytes(heap) < heap->used_bytes;
}

/* Called whenever used or untouched bytes have changed much. */
static void renew_kept_bytes_max(struct pools_heap *heap) {
    uint32_t most = heap->used_bytes >> POOLS_KEPT_USED_SHIFT;
    uint32_t by_untouched = space_untouched_bytes(heap) >> POOLS_KEPT_UNTOUCHED_SHIFT;
    most = by_untouched > most ? by_untouched : most;
    heap->kept_bytes_max = most > POOLS_KEPT_BYTES_MIN ? most : POOLS_KEPT_BYTES_MIN;
}

static void flush_empty_pools(struct pools_heap *heap) {
    for (uint32_t granules = 1; granules <= POOL_CLASS_GRANULES_MAX; granules++) {
        uint32_t pool = heap->pool_heads[granules];
        if (pool != heap->base && *pool_live(pool) == 0) {
            pool_close(heap, pool);
        }
    }
}

/* Gives back a few kept chunks, a bin after the other. Returns how many. */
static unsigned flush_kept(struct pools_heap *heap) {
    unsigned done = 0;
    for (unsigned looked = 0; heap->kept_bytes != 0 && looked < POOLS_KEPT_BIN_COUNT; looked++) {
        uint32_t *kept = &heap->kept[heap->flush_bin];
        while (*kept != 0) {
            if (done == POOLS_FLUSH_COUNT) {
                return done;
            }
            uint32_t chunk = *kept;
            *kept = *chunk_next(chunk);
            heap->kept_bytes -= chunk_bytes(chunk_read(chunk));
            space_give(heap, chunk);
            done++;
        }
        heap->flush_bin = heap->flush_bin == 0 ? POOLS_KEPT_BIN_COUNT - 1u : heap->flush_bin - 1u;
    }
    return done;
}

void supply_give(struct pools_heap *heap, uint32_t chunk) {
    space_give(heap, chunk);
    renew_kept_bytes_max(heap);
}

uint32_t supply_cut(struct pools_heap *heap, uint32_t bytes) {
    uint32_t chunk = space_find(heap, bytes);
    if (chunk == 0 || (memory_is_scarce(heap) && space_is_largest(heap, chunk))) {
        flush_empty_pools(heap);
        unsigned flushed = flush_kept(heap);
        chunk = space_find(heap, bytes);
        while (chunk == 0 && flushed != 0) {
            flushed = flush_kept(heap);
            chunk = space_find(heap, bytes);
        }
        if (chunk == 0) {
            return 0;
        }
    }
    space_cut(heap, chunk, bytes);
    renew_kept_bytes_max(heap);
    return chunk;
}

/* origin: what payloads are aligned from. */
static uint32_t cut_aligned(struct pools_heap *heap, uint32_t bytes, uint32_t alignment,
                            uint32_t origin) {
    struct space_place place = space_find_aligned(heap, bytes, alignment, origin);
    if (place.chunk == 0 || (memory_is_scarce(heap) && space_is_largest(heap, place.chunk))) {
        flush_empty_pools(heap);
        unsigned flushed = flush_kept(heap);
        place = space_find_aligned(heap, bytes, alignment, origin);
        while (place.chunk == 0 && flushed != 0) {
            flushed = flush_kept(heap);
            place = space_find_aligned(heap, bytes, alignment, origin);
        }
        if (place.chunk == 0) {
            return 0;
        }
    }
    uint32_t chunk = space_cut_aligned(heap, place, bytes);
    renew_kept_bytes_max(heap);
    return chunk;
}

uint32_t supply_cut_aligned(struct pools_heap *heap, uint32_t bytes, uint32_t alignment) {
    return cut_aligned(heap, bytes, alignment, 0);
}

uint32_t supply_pool(struct pools_heap *heap, uint32_t class_granules) {
    uint8_t *misses = &heap->misses[class_granules];
    unsigned enough = memory_is_scarce(heap) ? POOLS_OPEN_MISSES_SCARCE : POOLS_OPEN_MISSES_PLENTY;
    if (*misses < enough) {
        (*misses)++;
        return 0;
    }
    uint32_t chunk = cut_aligned(heap, POOLS_POOL_BYTES, POOLS_POOL_BYTES, heap->base);
    return chunk == 0 ? 0 : pool_open(heap, chunk, class_granules);
}

void supply_take_back_pool(struct pools_heap *heap, uint32_t pool) {
    bool alone = *pool_next(pool) == 0 && *pool_previous(pool) == 0;
    if (alone && !memory_is_scarce(heap)) {
        return;
    }
    heap->misses[*pool_map(heap, pool_index(heap, pool)) & POOL_MAP_CLASS_MASK] = 0;
    pool_close(heap, pool);
    renew_kept_bytes_max(heap);
}
