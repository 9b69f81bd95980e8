// SPDX-License-Identifier: MIT
/*
 * Going from chunk to chunk, for what looks at all of them: the check and the statistics.
 *
 * For a heap whose bounds hold (bounds.h). Whatever else is damaged, a walk stays between base and
 * untouched, and ends.
 */
#ifndef POOLS_WALK_H
#define POOLS_WALK_H

#include "chunk.h"
#include "identity.h"
#include "map.h"

enum walk_kind {
    WALK_SMALL, /* live or ready */
    WALK_LARGE,
    WALK_FREE
};

struct walk_step {
    enum walk_kind kind;
    uint32_t bytes; /* whole chunk; 0 = impossible, there is no next one */
};

static inline uint32_t walk_first(const struct pools_heap *heap) {
    return heap->base + POOLS_ALIGNMENT_BYTES;
}

/* chunk: walk_first, or a chunk plus its bytes; below heap->untouched. */
static inline struct walk_step walk_at(const struct pools_heap *heap, uint32_t chunk) {
    struct walk_step step = {WALK_SMALL, 0};
    uint32_t granule = map_granule(heap->base, chunk);
    uint32_t window = map_window(heap->base, granule);
    if ((window & MAP_FIRST) == 0 || heap->untouched - chunk < POOLS_CHUNK_BYTES_MIN) {
        return step;
    }
    if ((window & MAP_SECOND) == 0) {
        step.bytes = identity_small_bytes(heap->base, granule);
    } else if (chunk_is_large(chunk)) {
        step.kind = WALK_LARGE;
        step.bytes = chunk_large_bytes(chunk);
    } else {
        step.kind = WALK_FREE;
        step.bytes = *chunk_free_bytes(chunk);
    }
    if (step.bytes < POOLS_CHUNK_BYTES_MIN || step.bytes % POOLS_ALIGNMENT_BYTES != 0 ||
        step.bytes > heap->untouched - chunk) {
        step.bytes = 0;
    }
    return step;
}

#endif
