// SPDX-License-Identifier: MIT
#include "supply.h"

#include "chunk.h"
#include "pool.h"
#include "space.h"

static bool memory_is_scarce(const struct pools_heap *heap) {
    return space_untouched_bytes(heap) < heap->used_bytes;
}

static uint32_t kept_bytes_max(const struct pools_heap *heap) {
    uint32_t most = heap->used_bytes >> POOLS_KEPT_USED_SHIFT;
    uint32_t by_untouched = space_untouched_bytes(heap) >> POOLS_KEPT_UNTOUCHED_SHIFT;
    most = by_untouched > most ? by_untouched : most;
    return most > POOLS_KEPT_BYTES_MIN ? most : POOLS_KEPT_BYTES_MIN;
}

static uint32_t pop_kept(struct pools_heap *heap, unsigned bin) {
    uint32_t chunk = heap->kept[bin];
    uint32_t header = chunk_read(chunk);
    heap->kept[bin] = *chunk_next(chunk);
    heap->kept_bytes -= chunk_bytes(header);
    chunk_write(chunk, (header & ~CHUNK_KIND_MASK) | CHUNK_USED);
    return chunk;
}

/* Gives back up to `count` kept chunks and empty pools, a bin after the other. Returns how many. */
static unsigned flush(struct pools_heap *heap, unsigned count) {
    unsigned done = 0;
    for (uint32_t granules = 1; granules <= POOL_CLASS_GRANULES_MAX && done < count; granules++) {
        uint32_t pool = heap->pool_heads[granules];
        if (pool != heap->base && *pool_live(pool) == 0) {
            pool_close(heap, pool);
            done++;
        }
    }
    for (unsigned looked = 0; looked < POOLS_KEPT_BIN_COUNT && done < count; looked++) {
        while (heap->kept[heap->flush_bin] != 0 && done < count) {
            space_give(heap, pop_kept(heap, heap->flush_bin));
            done++;
        }
        if (done < count) {
            heap->flush_bin = (heap->flush_bin + 1u) % POOLS_KEPT_BIN_COUNT;
        }
    }
    return done;
}

/* alignment 0: any; origin: what payloads are aligned from. */
static struct space_place find(const struct pools_heap *heap, uint32_t bytes, uint32_t alignment,
                               uint32_t origin) {
    return alignment == 0 ? space_find(heap, bytes)
                          : space_find_aligned(heap, bytes, alignment, origin);
}

static uint32_t supply(struct pools_heap *heap, uint32_t bytes, uint32_t alignment, uint32_t origin,
                       uint32_t kind) {
    struct space_place place = find(heap, bytes, alignment, origin);
    if (place.chunk == 0 || (memory_is_scarce(heap) && space_is_largest(heap, place))) {
        if (flush(heap, POOLS_FLUSH_COUNT) != 0) {
            place = find(heap, bytes, alignment, origin);
        }
        while (place.chunk == 0 && flush(heap, POOLS_FLUSH_COUNT) != 0) {
            place = find(heap, bytes, alignment, origin);
        }
    }
    return place.chunk == 0 ? 0 : space_cut(heap, place, bytes, kind);
}

uint32_t supply_chunk(struct pools_heap *heap, uint32_t bytes) {
    unsigned bin = space_bin_of(bytes);
    if (bin < POOLS_KEPT_BIN_COUNT) {
        uint32_t chunk = heap->kept[bin];
        if (chunk != 0 && chunk_bytes(chunk_read(chunk)) >= bytes) {
            return pop_kept(heap, bin);
        }
    }
    return supply(heap, bytes, 0, 0, CHUNK_USED);
}

uint32_t supply_chunk_aligned(struct pools_heap *heap, uint32_t bytes, uint32_t alignment) {
    return supply(heap, bytes, alignment, 0, CHUNK_USED);
}

uint32_t supply_pool(struct pools_heap *heap, uint32_t class_granules) {
    uint8_t *misses = &heap->misses[class_granules];
    unsigned enough = memory_is_scarce(heap) ? POOLS_OPEN_MISSES_SCARCE : POOLS_OPEN_MISSES_PLENTY;
    if (*misses < enough) {
        (*misses)++;
        return 0;
    }
    uint32_t chunk = supply(heap, POOLS_POOL_BYTES, POOLS_POOL_BYTES, heap->base, CHUNK_POOL);
    return chunk == 0 ? 0 : pool_open(heap, chunk, class_granules);
}

void supply_take_back(struct pools_heap *heap, uint32_t chunk) {
    uint32_t header = chunk_read(chunk);
    uint32_t bytes = chunk_bytes(header);
    unsigned bin = space_bin_of(bytes);
    if (bin < POOLS_KEPT_BIN_COUNT && heap->kept_bytes + bytes <= kept_bytes_max(heap)) {
        chunk_write(chunk, (header & ~CHUNK_KIND_MASK) | CHUNK_KEPT);
        *chunk_next(chunk) = heap->kept[bin];
        heap->kept[bin] = chunk;
        heap->kept_bytes += bytes;
        return;
    }
    space_give(heap, chunk);
}

void supply_take_back_pool(struct pools_heap *heap, uint32_t pool) {
    uint32_t class_granules = *pool_map(heap, pool_index(heap, pool)) & POOL_MAP_CLASS_MASK;
    bool alone = *pool_next(pool) == 0 && *pool_previous(pool) == 0;
    if (alone && !memory_is_scarce(heap)) {
        return;
    }
    heap->misses[class_granules] = 0;
    pool_close(heap, pool);
}
