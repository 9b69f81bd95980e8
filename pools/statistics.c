// SPDX-License-Identifier: MIT
#include <string.h>

#include "bounds.h"
#include "space.h"
#include "walk.h"

static void note_shortest(uint32_t bytes, struct pools_statistics *out) {
    if (out->smallest_free_bytes == 0 || bytes < out->smallest_free_bytes) {
        out->smallest_free_bytes = bytes;
    }
}

static void add_free(uint32_t bytes, struct pools_statistics *out) {
    if (bytes == 0) {
        return;
    }
    note_shortest(bytes, out);
    uint32_t usable = bytes;
    if (bytes > POOLS_SMALL_BYTES_MAX) {
        usable = bytes - POOLS_LARGE_HEADER_BYTES;
        usable = usable < POOLS_SMALL_BYTES_MAX ? POOLS_SMALL_BYTES_MAX : usable;
    }
    out->free_chunks++;
    out->free_bytes += bytes;
    if (usable > out->largest_free_bytes && bytes >= POOLS_CHUNK_BYTES_MIN) {
        out->largest_free_bytes = usable;
    }
}

/* The blocks that wait look like live ones in the map: counted there first, moved from here. */
static void count_ready(const struct pools_heap *heap, struct pools_statistics *out) {
    for (uint32_t granules = POOLS_CLASS_FIRST; granules <= POOLS_CLASS_LAST; granules++) {
        uint32_t bytes = granules * POOLS_ALIGNMENT_BYTES;
        uint32_t block = heap->pools[granules];
        /* Ends at nil, which is no chunk; and in a damaged pool, too. */
        while (identity_is_marked(heap, block) && out->small_used_bytes >= bytes &&
               out->small_used_blocks != 0) {
            note_shortest(bytes, out);
            out->pool_ready_blocks++;
            out->pool_ready_bytes += bytes;
            out->small_used_blocks--;
            out->small_used_bytes -= bytes;
            block = link_peek(heap, block);
        }
    }
}

void pools_statistics(const struct pools_heap *heap, struct pools_statistics *out) {
    memset(out, 0, sizeof *out);
    uint32_t address;
    if (!heap_is_open(heap) || bounds_fault(heap, &address) != NULL) {
        return;
    }
    uint32_t chunk = walk_first(heap);
    out->map_bytes = chunk - heap->start;
    out->region_bytes = heap->end - heap->start;
    out->high_water_bytes = space_high_water(heap) - heap->start;
    while (chunk != heap->untouched) {
        struct walk_step step = walk_at(heap, chunk);
        if (step.bytes == 0) {
            return; /* damaged: pools_check says where */
        }
        if (step.kind == WALK_FREE) {
            add_free(step.bytes, out);
        } else if (step.kind == WALK_LARGE) {
            out->large_used_blocks++;
            out->large_used_bytes += step.bytes - POOLS_LARGE_HEADER_BYTES;
            out->large_header_bytes += POOLS_LARGE_HEADER_BYTES;
        } else {
            out->small_used_blocks++;
            out->small_used_bytes += step.bytes;
        }
        chunk += step.bytes;
    }
    out->untouched_bytes = space_untouched_bytes(heap);
    add_free(space_untouched_bytes(heap), out);
    count_ready(heap, out);
}
