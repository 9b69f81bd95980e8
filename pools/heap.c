// SPDX-License-Identifier: MIT
#include <string.h>

#include "chunk.h"
#include "identity.h"
#include "plenty.h"
#include "pools.h"
#include "space.h"

/* The largest request for which chunk arithmetic cannot wrap; the region is far smaller anyway. */
#define REQUEST_BYTES_MAX POOLS_REGION_BYTES_MAX

/* Bytes of a window's read beyond the map's last bit. */
#define MAP_SLACK_BYTES 4u

enum pools_status pools_open(struct pools_heap *heap, void *start, void *end) {
    memset(heap, 0, sizeof *heap);
    uintptr_t low = (uintptr_t)start;
    uintptr_t high = (uintptr_t)end;
    if (low == 0 || high <= low) {
        return POOLS_REGION_INVALID;
    }
#if UINTPTR_MAX > 0xFFFFFFFFu
    if (high > 0xFFFFFFFFu) {
        return POOLS_REGION_INVALID;
    }
#endif
    low = (low + 7u) & ~(uintptr_t)7u;
    high &= ~(uintptr_t)7u;
    if (high < low + POOLS_REGION_BYTES_MIN) {
        return POOLS_REGION_TOO_SMALL;
    }
    if (high - low > POOLS_REGION_BYTES_MAX) {
        high = low + POOLS_REGION_BYTES_MAX;
    }
    /* A byte of map for 64 bytes: 1/65 of the region, which is 1/64 - 1/64^2 + 1/64^3 ... */
    uint32_t region_bytes = (uint32_t)(high - low);
    uint32_t map_bytes = (region_bytes >> 6) - (region_bytes >> 12) + (region_bytes >> 18);
    map_bytes = (map_bytes + 1u + MAP_SLACK_BYTES + 7u) & ~7u;
    heap->start = (uint32_t)low;
    heap->base = (uint32_t)low + map_bytes;
    heap->end = (uint32_t)high;
    heap->untouched = heap->base + POOLS_ALIGNMENT_BYTES;
    heap->high_water = heap->untouched;
    heap->plenty_used_bytes = plenty_used_bytes_of(region_bytes);
    heap->plenty_chunk_bytes = plenty_chunk_bytes_of(region_bytes);
    heap->drain_class = POOLS_CLASS_COUNT - 2u;
    word_at(heap->base)[0] = 0;
    word_at(heap->base)[1] = 0;
    /* Granule 0 is no chunk, granule 1 is where the untouched part begins. */
    *byte_at(heap->base - 1u) = 0x40u;
    heap->cleared_granules = 8;
    for (unsigned class = 1; class < POOLS_CLASS_COUNT; class ++) {
        heap->pools[class] = heap->base;
    }
    plenty_renew(heap);
    return POOLS_OK;
}

/* Makes a used chunk that was cut for a large block one. Returns the block. */
static void *make_large(struct pools_heap *heap, uint32_t chunk, uint32_t bytes) {
    map_change(heap->base, map_granule(heap->base, chunk), 0, MAP_SECOND);
    chunk_write_large(chunk, bytes);
    return word_at(chunk + POOLS_LARGE_HEADER_BYTES);
}

void *pools_malloc(struct pools_heap *heap, size_t request_bytes) {
    if (heap->base == 0 || request_bytes > REQUEST_BYTES_MAX) {
        return NULL;
    }
    if (plenty_is_scarce(heap)) {
        plenty_drain(heap);
    }
    uint32_t bytes = chunk_bytes_for((uint32_t)request_bytes);
    uint32_t used_before = heap->used_bytes;
    uint32_t chunk = space_take(heap, bytes);
    void *block = NULL;
    if (chunk != 0) {
        block = bytes <= POOLS_SMALL_BYTES_MAX
                    ? word_at(chunk)
                    : make_large(heap, chunk, heap->used_bytes - used_before);
    }
    plenty_renew(heap);
    return block;
}

/* A ready block of the size that happens to be aligned; only the first few are looked at. */
static void *take_aligned_ready(struct pools_heap *heap, uint32_t bytes, uint32_t alignment) {
    uint32_t *link = &heap->pools[bytes / POOLS_ALIGNMENT_BYTES - 1u];
    for (unsigned looks = 0; looks < POOLS_ALIGNED_LOOKS; looks++) {
        uint32_t block = *link;
        pools_word *words = word_at(block);
        uint32_t next = words[0];
        if (next == 0) {
            return NULL;
        }
        if ((block & (alignment - 1u)) == 0) {
            *link = next;
            words[1] = next;
            return words;
        }
        link = (uint32_t *)(void *)words;
    }
    return NULL;
}

void *pools_memalign(struct pools_heap *heap, size_t alignment_bytes, size_t request_bytes) {
    if (alignment_bytes == 0 || (alignment_bytes & (alignment_bytes - 1u)) != 0) {
        return NULL;
    }
    if (alignment_bytes <= POOLS_ALIGNMENT_BYTES) {
        return pools_malloc(heap, request_bytes);
    }
    if (heap->base == 0 || request_bytes > REQUEST_BYTES_MAX ||
        alignment_bytes > POOLS_REGION_BYTES_MAX) {
        return NULL;
    }
    uint32_t bytes = chunk_bytes_for((uint32_t)request_bytes);
    uint32_t alignment = (uint32_t)alignment_bytes;
    bool is_large = bytes > POOLS_SMALL_BYTES_MAX;
    if (bytes <= POOLS_POOLED_BYTES_MAX) {
        void *ready = take_aligned_ready(heap, bytes, alignment);
        if (ready != NULL) {
            return ready;
        }
    }
    if (plenty_is_scarce(heap)) {
        plenty_drain(heap);
    }
    uint32_t used_before = heap->used_bytes;
    uint32_t chunk =
        space_take_aligned(heap, bytes, alignment, is_large ? POOLS_LARGE_HEADER_BYTES : 0);
    void *block = NULL;
    if (chunk != 0) {
        block = is_large ? make_large(heap, chunk, heap->used_bytes - used_before) : word_at(chunk);
    }
    plenty_renew(heap);
    return block;
}

enum pools_status pools_free(struct pools_heap *heap, void *block) {
    struct identity it = identity_of(heap, block);
    if (it.status != POOLS_OK) {
        return it.status;
    }
    if (it.bytes <= POOLS_POOLED_BYTES_MAX && !plenty_is_scarce(heap)) {
        uint32_t *pool = &heap->pools[it.bytes / POOLS_ALIGNMENT_BYTES - 1u];
        word_at(it.chunk)[0] = *pool;
        word_at(it.chunk)[1] = pools_key(heap);
        *pool = it.chunk;
        return POOLS_OK;
    }
    space_give(heap, it.chunk, it.bytes);
    plenty_renew(heap);
    return POOLS_OK;
}

enum pools_status pools_block_bytes(const struct pools_heap *heap, const void *block,
                                    size_t *usable_bytes) {
    struct identity it = identity_of(heap, block);
    if (it.status == POOLS_OK) {
        *usable_bytes = it.block_bytes;
    }
    return it.status;
}

void pools_reclaim(struct pools_heap *heap) {
    for (unsigned class = 1; class < POOLS_CLASS_COUNT; class ++) {
        while (*word_at(heap->pools[class]) != 0) {
            uint32_t block = heap->pools[class];
            heap->pools[class] = *word_at(block);
            space_give(heap, block, (class + 1u) * POOLS_ALIGNMENT_BYTES);
        }
    }
    if (heap->base != 0) {
        plenty_renew(heap);
    }
}
