// SPDX-License-Identifier: MIT
#include "check_parts.h"
#include "space.h"

/* What the walk over the chunks counted, to be found again on the lists and in the heap. */
struct census {
    uint32_t free_count;
    uint32_t used_count;
};

static bool map_is_clear(const struct pools_heap *heap, uint32_t first, uint32_t end) {
    while (first < end) {
        uint32_t to = end - first < MAP_WINDOW_GRANULES ? end : first + MAP_WINDOW_GRANULES;
        if (!check_window_is_clear(heap, first, to)) {
            return false;
        }
        first = to;
    }
    return true;
}

/* The chunks, from the first to the untouched part. */
static enum pools_status check_chunks(const struct pools_heap *heap, struct census *census,
                                      struct pools_finding *finding) {
    uint32_t chunk = walk_first(heap);
    while (chunk != heap->untouched) {
        struct walk_step step = walk_at(heap, chunk);
        if (check_chunk(heap, chunk, step, finding) != POOLS_OK) {
            return POOLS_CORRUPT;
        }
        uint32_t first;
        uint32_t end = check_clear_range(heap, chunk, step, &first);
        if (!map_is_clear(heap, first, end)) {
            return check_found(finding, chunk, check_clear_sentence(step.kind));
        }
        if (step.kind == WALK_FREE) {
            census->free_count++;
        } else {
            census->used_count++;
        }
        chunk += step.bytes;
    }
    uint32_t untouched_granule = map_granule(heap->base, chunk);
    return map_is_clear(heap, untouched_granule + 1u, heap->cleared_granules)
               ? POOLS_OK
               : check_found(finding, chunk, "the map is wrong beyond the chunks");
}

static enum pools_status check_bins(const struct pools_heap *heap, const struct census *census,
                                    struct pools_finding *finding) {
    uint32_t count = 0;
    for (unsigned bin = 0; bin < POOLS_BIN_COUNT; bin++) {
        if (check_bin(heap, bin, finding) != POOLS_OK) {
            return POOLS_CORRUPT;
        }
        uint32_t previous = chunk_first_in(bin);
        for (uint32_t chunk = heap->bins[bin]; chunk != 0; chunk = link_peek_next(heap, chunk)) {
            if (!identity_is_marked(heap, chunk) || count == census->free_count) {
                return check_found(finding, chunk, "a bin's list leads out of the free chunks");
            }
            if (!space_is_free(heap, chunk) || *chunk_free_bytes(chunk) < POOLS_CHUNK_BYTES_MIN ||
                space_bin_of(*chunk_free_bytes(chunk)) != bin) {
                return check_found(finding, chunk, "a bin holds a chunk that is not its own");
            }
            if (link_peek_previous(heap, chunk) != previous) {
                return check_found(finding, chunk, "a bin's list does not lead back");
            }
            previous = chunk;
            count++;
        }
    }
    return count == census->free_count
               ? POOLS_OK
               : check_found(finding, 0, "a free chunk is missing from its bin's list");
}

static enum pools_status check_pools(const struct pools_heap *heap, const struct census *census,
                                     struct pools_finding *finding) {
    uint32_t count = 0;
    for (uint32_t granules = POOLS_CLASS_FIRST; granules <= POOLS_CLASS_LAST; granules++) {
        for (uint32_t block = heap->pools[granules]; block != heap->base;
             block = link_peek(heap, block)) {
            if (check_ready(heap, block, granules, finding) != POOLS_OK) {
                return POOLS_CORRUPT;
            }
            if (count++ == census->used_count) {
                return check_found(finding, block, "a pool's list leads out of the ready blocks");
            }
        }
    }
    return POOLS_OK;
}

enum pools_status pools_check(const struct pools_heap *heap, struct pools_finding *finding) {
    struct census census = {0};
    finding->status = POOLS_OK;
    finding->address = 0;
    finding->sentence = "";
    if (!heap_is_open(heap)) {
        return heap->start == 0
                   ? POOLS_OK
                   : check_found(finding, heap->base, "an open heap seems to be closed");
    }
    if (check_heap(heap, finding) != POOLS_OK || check_chunks(heap, &census, finding) != POOLS_OK ||
        check_bins(heap, &census, finding) != POOLS_OK ||
        check_pools(heap, &census, finding) != POOLS_OK) {
        return finding->status;
    }
    if (census.used_count != heap->used_chunks) {
        return check_found(finding, 0, "the used chunks and their count differ");
    }
    return POOLS_OK;
}
