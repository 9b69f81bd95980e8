// SPDX-License-Identifier: MIT
#include "largest.h"

#include "chunk.h"
#include "heap_inline.h"
#include "link.h"
#include "space.h"

/* The longest chunk that space_find can find: one of those that it looks at in the last bin that has any, or
 * the untouched part. */
static uint32_t longest_found_bytes(const struct pools_heap *heap) {
    uint32_t bytes = space_untouched_bytes(heap);
    if (heap->bins_filled == 0) {
        return bytes;
    }
    unsigned bin = POOLS_BIN_COUNT - 1u - (unsigned)__builtin_ctz(heap->bins_filled);
    unsigned tries = bin == POOLS_BIN_COUNT - 1u ? POOLS_LAST_BIN_TRIES : POOLS_BIN_TRIES;
    for (uint32_t chunk = heap->bins[bin]; chunk != 0 && tries != 0 && link_is_sound(heap, chunk);
         tries--) {
        uint32_t found = *chunk_free_bytes(chunk);
        bytes = found > bytes ? found : bytes;
        chunk = link_peek_next(heap, chunk);
    }
    return bytes;
}

/* The longest block that waits. */
static uint32_t longest_ready_bytes(const struct pools_heap *heap) {
    uint32_t granules = POOLS_CLASS_LAST;
    while (granules >= POOLS_CLASS_FIRST && link_next(heap, heap->pools[granules]) == 0) {
        granules--;
    }
    return granules >= POOLS_CLASS_FIRST ? granules * POOLS_ALIGNMENT_BYTES : 0;
}

uint32_t pools_largest_request_bytes(const struct pools_heap *heap) {
    if (!heap_is_open(heap)) {
        return 0;
    }
    uint32_t bytes = longest_found_bytes(heap);
    if (bytes > POOLS_SMALL_BYTES_MAX + POOLS_LARGE_HEADER_BYTES) {
        return bytes - POOLS_LARGE_HEADER_BYTES;
    }
    if (bytes > POOLS_SMALL_BYTES_MAX) {
        return POOLS_SMALL_BYTES_MAX;
    }
    uint32_t ready_bytes = longest_ready_bytes(heap);
    bytes = bytes >= POOLS_CHUNK_BYTES_MIN ? bytes : 0;
    return ready_bytes > bytes ? ready_bytes : bytes;
}
