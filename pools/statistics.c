// SPDX-License-Identifier: MIT
#include <string.h>

#include "chunk.h"
#include "pool.h"
#include "pools.h"
#include "space.h"

static void add_pool(const struct pools_heap *heap, uint32_t chunk, uint32_t bytes,
                     struct pools_statistics *out) {
    uint32_t pool = chunk + CHUNK_HEADER_BYTES;
    uint32_t block_bytes =
        (*pool_map(heap, pool_index(heap, pool)) & POOL_MAP_CLASS_MASK) * POOLS_ALIGNMENT_BYTES;
    uint32_t blocks = (uint32_t)__builtin_popcount(*pool_starts(pool));
    uint32_t live = (uint32_t)__builtin_popcount(*pool_live(pool));
    out->pool_count++;
    out->pool_used_blocks += live;
    out->pool_available_blocks += blocks - live;
    out->pool_used_bytes += live * block_bytes;
    out->pool_available_bytes += (blocks - live) * block_bytes;
    out->pool_record_bytes += bytes - blocks * block_bytes;
}

void pools_statistics(const struct pools_heap *heap, struct pools_statistics *out) {
    memset(out, 0, sizeof *out);
    if (heap->base == 0) {
        return;
    }
    uint32_t chunk = heap->first;
    out->region_bytes = heap->end - heap->base;
    out->map_bytes = chunk - heap->base;
    out->high_water_bytes = heap->high_water - heap->base;
    while (chunk != heap->untouched) {
        uint32_t header = chunk_read(chunk);
        uint32_t bytes = chunk_bytes(header);
        uint32_t usable = bytes - CHUNK_HEADER_BYTES;
        switch (chunk_kind(header)) {
        case CHUNK_POOL:
            add_pool(heap, chunk, bytes, out);
            break;
        case CHUNK_FREE:
            out->free_bytes += bytes;
            if (usable > out->largest_free_bytes) {
                out->largest_free_bytes = usable;
            }
            break;
        case CHUNK_KEPT:
            out->single_kept_bytes += usable;
            out->single_header_bytes += CHUNK_HEADER_BYTES;
            break;
        default:
            out->single_used_bytes += usable;
            out->single_header_bytes += CHUNK_HEADER_BYTES;
            if (bytes <= chunk_bytes_for(POOLS_SMALL_BYTES_MAX)) {
                out->single_used_blocks++;
            } else {
                out->large_used_blocks++;
            }
            break;
        }
        chunk += bytes;
    }
    uint32_t untouched = space_untouched_bytes(heap);
    out->free_bytes += untouched;
    if (untouched >= CHUNK_BYTES_MIN && untouched - CHUNK_HEADER_BYTES > out->largest_free_bytes) {
        out->largest_free_bytes = untouched - CHUNK_HEADER_BYTES;
    }
}
