// SPDX-License-Identifier: MIT
#include "check_parts.h"

#include "bounds.h"
#include "plenty.h"
#include "space.h"

enum pools_status check_found(struct pools_finding *finding, uint32_t address,
                              const char *sentence) {
    finding->status = POOLS_CORRUPT;
    finding->address = address;
    finding->sentence = sentence;
    return POOLS_CORRUPT;
}

/* Whether memory is plenty, and so the limit of free's fast path, follows from the rest. */
static enum pools_status check_plenty(const struct pools_heap *heap,
                                      struct pools_finding *finding) {
    bool plenty = space_untouched_bytes(heap) >= heap->plenty_chunk_bytes ||
                  (heap->bins_filled & heap->plenty_bins) != 0;
    if (heap->fast_free_granules != (plenty ? map_granule(heap->base, heap->untouched) : 0)) {
        return check_found(finding, 0, "the fast path of free has a wrong limit");
    }
    if (heap->drain_class < POOLS_CLASS_FIRST || heap->drain_class > POOLS_CLASS_LAST) {
        return check_found(finding, 0, "the pool to be drained next is none");
    }
    return POOLS_OK;
}

enum pools_status check_heap(const struct pools_heap *heap, struct pools_finding *finding) {
    uint32_t base = heap->base;
    uint32_t address;
    const char *sentence = bounds_fault(heap, &address);
    if (sentence != NULL) {
        return check_found(finding, address, sentence);
    }
    if ((map_window(base, 0) & MAP_FIRST) != 0) {
        return check_found(finding, heap->untouched, "the map is wrong beyond the chunks");
    }
    if (word_at(base)[0] != 0 || word_at(base)[1] != 0 || heap->pools[0] != 0 ||
        heap->pools[1] != 0 || heap->pools[POOLS_CLASS_LAST + 1u] != 0) {
        return check_found(finding, base, "nil has been written to");
    }
    return check_plenty(heap, finding);
}

static enum pools_status check_free(const struct pools_heap *heap, uint32_t chunk, uint32_t bytes,
                                    struct pools_finding *finding) {
    uint32_t last = map_granule(heap->base, chunk + bytes) - 1u;
    if (*chunk_last_word(chunk, bytes) != bytes) {
        return check_found(finding, chunk, "a free chunk's two sizes differ");
    }
    if ((map_window(heap->base, last) & MAP_FIRST) == 0) {
        return check_found(finding, chunk, "the map does not mark a free chunk's end");
    }
    if (space_is_free(heap, chunk + bytes)) {
        return check_found(finding, chunk, "free memory behind a free chunk is not merged");
    }
    if ((heap->bins_filled & space_bin_bit(space_bin_of(bytes))) == 0) {
        return check_found(finding, chunk, "a free chunk's bin is said to be empty");
    }
    return POOLS_OK;
}

enum pools_status check_chunk(const struct pools_heap *heap, uint32_t chunk, struct walk_step step,
                              struct pools_finding *finding) {
    if (step.bytes == 0) {
        return check_found(finding, chunk, "a chunk's size is impossible");
    }
    if (step.kind == WALK_FREE) {
        return check_free(heap, chunk, step.bytes, finding);
    }
    if (step.kind == WALK_LARGE) {
        return *word_at(chunk) == ~(step.bytes | CHUNK_LARGE)
                   ? POOLS_OK
                   : check_found(finding, chunk,
                                 "the two words of a large block's header disagree");
    }
    return step.bytes <= POOLS_SMALL_BYTES_MAX + POOLS_ALIGNMENT_BYTES
               ? POOLS_OK
               : check_found(finding, chunk, "a block without header is longer than such are");
}

uint32_t check_clear_range(const struct pools_heap *heap, uint32_t chunk, struct walk_step step,
                           uint32_t *first) {
    uint32_t end = map_granule(heap->base, chunk + step.bytes);
    *first = map_granule(heap->base, chunk) + 2u;
    /* Where a block without header ends is told by the map itself. */
    return step.kind == WALK_SMALL ? *first : step.kind == WALK_FREE ? end - 1u : end;
}

const char *check_clear_sentence(enum walk_kind kind) {
    return kind == WALK_FREE ? "the map has a chunk start inside a free chunk"
                             : "the map has a chunk start inside a large block";
}

enum pools_status check_ready(const struct pools_heap *heap, uint32_t block, uint32_t granules,
                              struct pools_finding *finding) {
    if (!identity_is_marked(heap, block)) {
        return check_found(finding, block, "a pool's list leads out of the ready blocks");
    }
    struct walk_step step = walk_at(heap, block);
    if (step.kind != WALK_SMALL || step.bytes != granules * POOLS_ALIGNMENT_BYTES) {
        return check_found(finding, block, "a pool holds a block of another size");
    }
    return link_is_keyed(heap, block)
               ? POOLS_OK
               : check_found(finding, block, "a block in a pool has been written to");
}

enum pools_status check_bin(const struct pools_heap *heap, unsigned bin,
                            struct pools_finding *finding) {
    return ((heap->bins_filled & space_bin_bit(bin)) != 0) == (heap->bins[bin] != 0)
               ? POOLS_OK
               : check_found(finding, heap->bins[bin], "a bin's bit and its list disagree");
}
