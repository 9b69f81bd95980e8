// SPDX-License-Identifier: MIT
#include "bounds.h"
#include "chunk.h"
#include "identity.h"
#include "map.h"
#include "plenty.h"
#include "pools.h"
#include "space.h"
#include "walk.h"

/* What the walk over the chunks counted, to be found again on the lists and in the heap. */
struct census {
    uint32_t free_count;
    uint32_t used_count;
};

static enum pools_status found(struct pools_finding *finding, uint32_t address,
                               const char *sentence) {
    finding->status = POOLS_CORRUPT;
    finding->address = address;
    finding->sentence = sentence;
    return POOLS_CORRUPT;
}

/* Returns true iff the map has no bit for the granules from `first` up to `end`. */
static bool map_is_clear(const struct pools_heap *heap, uint32_t first, uint32_t end) {
    while (first < end) {
        uint32_t window = map_window(heap->base, first);
        uint32_t left = end - first;
        if (left < MAP_WINDOW_GRANULES) {
            window &= ~(0xFFFFFFFFu >> left);
        }
        if (window >> (32u - MAP_WINDOW_GRANULES) != 0) {
            return false;
        }
        first += MAP_WINDOW_GRANULES;
    }
    return true;
}

static enum pools_status check_large(const struct pools_heap *heap, uint32_t chunk, uint32_t bytes,
                                     struct pools_finding *finding) {
    uint32_t granule = map_granule(heap->base, chunk);
    if (*word_at(chunk) != ~(bytes | CHUNK_LARGE)) {
        return found(finding, chunk, "the two words of a large block's header disagree");
    }
    if (!map_is_clear(heap, granule + 2u, granule + bytes / POOLS_ALIGNMENT_BYTES)) {
        return found(finding, chunk, "the map has a chunk start inside a large block");
    }
    return POOLS_OK;
}

static enum pools_status check_free(const struct pools_heap *heap, uint32_t chunk, uint32_t bytes,
                                    struct pools_finding *finding) {
    uint32_t granule = map_granule(heap->base, chunk);
    uint32_t last = granule + bytes / POOLS_ALIGNMENT_BYTES - 1u;
    if (*chunk_last_word(chunk, bytes) != bytes) {
        return found(finding, chunk, "a free chunk's two sizes differ");
    }
    if ((map_window(heap->base, last) & MAP_FIRST) == 0) {
        return found(finding, chunk, "the map does not mark a free chunk's end");
    }
    if (!map_is_clear(heap, granule + 2u, last)) {
        return found(finding, chunk, "the map has a chunk start inside a free chunk");
    }
    if (space_is_free(heap, chunk + bytes)) {
        return found(finding, chunk, "free memory behind a free chunk is not merged");
    }
    if ((heap->bins_filled & space_bin_bit(space_bin_of(bytes))) == 0) {
        return found(finding, chunk, "a free chunk's bin is said to be empty");
    }
    return POOLS_OK;
}

/* The chunks, from the first to the untouched part. */
static enum pools_status check_chunks(const struct pools_heap *heap, struct census *census,
                                      struct pools_finding *finding) {
    uint32_t chunk = walk_first(heap);
    while (chunk != heap->untouched) {
        struct walk_step step = walk_at(heap, chunk);
        enum pools_status status = POOLS_OK;
        if (step.bytes == 0) {
            return found(finding, chunk, "a chunk's size is impossible");
        }
        if (step.kind == WALK_FREE) {
            census->free_count++;
            status = check_free(heap, chunk, step.bytes, finding);
        } else {
            census->used_count++;
            if (step.kind == WALK_LARGE) {
                status = check_large(heap, chunk, step.bytes, finding);
            } else if (step.bytes > POOLS_SMALL_BYTES_MAX + POOLS_ALIGNMENT_BYTES) {
                return found(finding, chunk, "a block without header is longer than such are");
            }
        }
        if (status != POOLS_OK) {
            return status;
        }
        chunk += step.bytes;
    }
    return POOLS_OK;
}

static enum pools_status check_bins(const struct pools_heap *heap, const struct census *census,
                                    struct pools_finding *finding) {
    uint32_t count = 0;
    for (unsigned bin = 0; bin < POOLS_BIN_COUNT; bin++) {
        if (((heap->bins_filled & space_bin_bit(bin)) != 0) != (heap->bins[bin] != 0)) {
            return found(finding, heap->bins[bin], "a bin's bit and its list disagree");
        }
        uint32_t previous = chunk_first_in(bin);
        for (uint32_t chunk = heap->bins[bin]; chunk != 0; chunk = link_peek_next(heap, chunk)) {
            if (!identity_is_marked(heap, chunk) || count == census->free_count) {
                return found(finding, chunk, "a bin's list leads out of the free chunks");
            }
            if (!space_is_free(heap, chunk) || *chunk_free_bytes(chunk) < POOLS_CHUNK_BYTES_MIN ||
                space_bin_of(*chunk_free_bytes(chunk)) != bin) {
                return found(finding, chunk, "a bin holds a chunk that is not its own");
            }
            if (link_peek_previous(heap, chunk) != previous) {
                return found(finding, chunk, "a bin's list does not lead back");
            }
            previous = chunk;
            count++;
        }
    }
    return count == census->free_count
               ? POOLS_OK
               : found(finding, 0, "a free chunk is missing from its bin's list");
}

static enum pools_status check_pools(const struct pools_heap *heap, const struct census *census,
                                     struct pools_finding *finding) {
    uint32_t count = 0;
    for (uint32_t granules = POOLS_CLASS_FIRST; granules <= POOLS_CLASS_LAST; granules++) {
        uint32_t bytes = granules * POOLS_ALIGNMENT_BYTES;
        uint32_t block = heap->pools[granules];
        while (block != heap->base) {
            if (!identity_is_marked(heap, block) || count == census->used_count) {
                return found(finding, block, "a pool's list leads out of the ready blocks");
            }
            struct walk_step step = walk_at(heap, block);
            if (step.kind != WALK_SMALL || step.bytes != bytes) {
                return found(finding, block, "a pool holds a block of another size");
            }
            if (!link_is_keyed(heap, block)) {
                return found(finding, block, "a block in a pool has been written to");
            }
            block = link_peek(heap, block);
            count++;
        }
    }
    return POOLS_OK;
}

/* What lies before the first chunk and behind the last one. */
static enum pools_status check_ends(const struct pools_heap *heap, struct pools_finding *finding) {
    uint32_t base = heap->base;
    uint32_t untouched_granule = map_granule(base, heap->untouched);
    if ((map_window(base, 0) & MAP_FIRST) != 0 ||
        !map_is_clear(heap, untouched_granule + 1u, heap->cleared_granules)) {
        return found(finding, heap->untouched, "the map is wrong beyond the chunks");
    }
    if (word_at(base)[0] != 0 || word_at(base)[1] != 0 || heap->pools[0] != 0 ||
        heap->pools[1] != 0 || heap->pools[POOLS_CLASS_LAST + 1u] != 0) {
        return found(finding, base, "nil has been written to");
    }
    return POOLS_OK;
}

/* Whether memory is plenty, and so the limit of free's fast path, follows from the rest. */
static enum pools_status check_plenty(const struct pools_heap *heap,
                                      struct pools_finding *finding) {
    bool plenty = space_untouched_bytes(heap) >= heap->plenty_chunk_bytes ||
                  (heap->bins_filled & heap->plenty_bins) != 0;
    if (heap->fast_free_granules != (plenty ? map_granule(heap->base, heap->untouched) : 0)) {
        return found(finding, 0, "the fast path of free has a wrong limit");
    }
    if (heap->drain_class < POOLS_CLASS_FIRST || heap->drain_class > POOLS_CLASS_LAST) {
        return found(finding, 0, "the pool to be drained next is none");
    }
    return POOLS_OK;
}

enum pools_status pools_check(const struct pools_heap *heap, struct pools_finding *finding) {
    struct census census = {0};
    finding->status = POOLS_OK;
    finding->address = 0;
    finding->sentence = "";
    if (!heap_is_open(heap)) {
        return heap->start == 0 ? POOLS_OK
                                : found(finding, heap->base, "an open heap seems to be closed");
    }
    uint32_t address;
    const char *sentence = bounds_fault(heap, &address);
    if (sentence != NULL) {
        return found(finding, address, sentence);
    }
    if (check_ends(heap, finding) != POOLS_OK || check_plenty(heap, finding) != POOLS_OK ||
        check_chunks(heap, &census, finding) != POOLS_OK ||
        check_bins(heap, &census, finding) != POOLS_OK ||
        check_pools(heap, &census, finding) != POOLS_OK) {
        return finding->status;
    }
    if (census.used_count != heap->used_chunks) {
        return found(finding, 0, "the used chunks and their count differ");
    }
    return POOLS_OK;
}
