// SPDX-License-Identifier: MIT
#include <string.h>

#include "chunk.h"
#include "pool.h"
#include "pools.h"
#include "space.h"
#include "supply.h"

/* The largest request for which chunk arithmetic cannot wrap; the region is far smaller anyway. */
#define REQUEST_BYTES_MAX POOLS_REGION_BYTES_MAX

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
    if (high < low + POOLS_REGION_BYTES_MIN) {
        return POOLS_REGION_TOO_SMALL;
    }
    if (high - low > POOLS_REGION_BYTES_MAX) {
        high = low + POOLS_REGION_BYTES_MAX;
    }
    heap->base = (uint32_t)low;
    heap->end = (((uint32_t)high - 4u) & ~7u) + 4u;
    uint32_t map_bytes = (heap->end - heap->base + POOLS_POOL_BYTES - 1u) / POOLS_POOL_BYTES;
    heap->first = ((heap->base + 8u + map_bytes + 3u) & ~7u) + 4u;
    heap->untouched = heap->first;
    heap->high_water = heap->first;
    heap->kept_bytes_max = POOLS_KEPT_BYTES_MIN;
    /* The pool map is defined for the nil pool and the pools that its own bytes lie in. */
    uint32_t pools_reached = (heap->first - heap->base) / POOLS_POOL_BYTES + 1u;
    heap->reached_granules = pools_reached * (POOLS_POOL_BYTES / POOLS_ALIGNMENT_BYTES);
    memset(byte_at(heap->base), 0, 8u + pools_reached);
    for (unsigned entry = 0; entry < POOLS_CLASS_TABLE_COUNT; entry++) {
        heap->pool_heads[entry] = heap->base;
    }
    return POOLS_OK;
}

static void *chunk_block(uint32_t chunk) {
    return chunk == 0 ? NULL : word_at(chunk + CHUNK_HEADER_BYTES);
}

/* A block from a pool of the class; 0 if there is none and none is opened. */
static uint32_t take_pooled(struct pools_heap *heap, uint32_t granules) {
    uint32_t pool = pool_next_with_free(heap, granules);
    if (pool == heap->base) {
        pool = supply_pool(heap, granules);
    }
    return pool == 0 ? 0 : pool_take_block(pool);
}

void *pools_malloc(struct pools_heap *heap, size_t request_bytes) {
    if (heap->base == 0 || request_bytes > REQUEST_BYTES_MAX) {
        return NULL;
    }
    uint32_t bytes = (uint32_t)request_bytes;
    if (bytes <= POOLS_POOLED_BYTES_MAX) {
        uint32_t granules = bytes == 0 ? 1u : (bytes + 7u) / POOLS_ALIGNMENT_BYTES;
        uint32_t block = take_pooled(heap, granules);
        if (block != 0) {
            return word_at(block);
        }
    }
    bytes = chunk_bytes_for(bytes);
    uint32_t chunk = supply_kept(heap, bytes);
    return chunk_block(chunk != 0 ? chunk : supply_cut(heap, bytes));
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
    return chunk_block(supply_cut_aligned(heap, chunk_bytes_for((uint32_t)request_bytes),
                                          (uint32_t)alignment_bytes));
}

/* What a live block is: a pool's (pool != 0) or a chunk's payload (chunk != 0). */
struct identity {
    enum pools_status status;
    uint32_t pool;
    uint32_t chunk;
};

static struct identity identify_in_pool(const struct pools_heap *heap, uint32_t address) {
    struct identity it = {POOLS_OK, pool_of_index(heap, pool_index(heap, address)), 0};
    uint32_t bit = pool_bit(heap, address);
    if ((*pool_starts(it.pool) & bit) == 0) {
        it.status = POOLS_NOT_A_BLOCK;
    } else if ((*pool_live(it.pool) & bit) == 0) {
        it.status = POOLS_DOUBLE_FREE;
    }
    return it;
}

/* Returns the used chunk's bytes, or 0 if there is no used chunk's header at `chunk`. A word of the
 * program's data passes for one with odds of 1 in 65536: two tags must be right. */
static inline uint32_t used_chunk_bytes(const struct pools_heap *heap, uint32_t chunk) {
    if (chunk < heap->first) {
        return 0;
    }
    uint32_t header = chunk_read(chunk);
    uint32_t bytes = chunk_bytes(header);
    uint32_t next = chunk + bytes;
    if ((header & ~(CHUNK_BYTES_MASK | CHUNK_PREVIOUS_FREE)) != CHUNK_USED || bytes == 0 ||
        next > heap->untouched ||
        (next != heap->untouched && chunk_read(next) > CHUNK_UNTAGGED_MAX)) {
        return 0;
    }
    return bytes;
}

static struct identity identify_chunk(const struct pools_heap *heap, uint32_t address) {
    struct identity it = {POOLS_NOT_A_BLOCK, 0, address - CHUNK_HEADER_BYTES};
    if (used_chunk_bytes(heap, it.chunk) != 0) {
        it.status = POOLS_OK;
    } else if (it.chunk >= heap->first && it.chunk < heap->untouched) {
        uint32_t header = chunk_read(it.chunk);
        uint32_t kind = chunk_kind(header);
        /* Of no size: a zero of the program's own, where the tag happens to be zero too. */
        bool is_header = header <= CHUNK_UNTAGGED_MAX && chunk_bytes(header) != 0;
        if (is_header && (kind == CHUNK_KEPT || kind == CHUNK_FREE)) {
            it.status = POOLS_DOUBLE_FREE;
        }
    }
    return it;
}

static struct identity identify(const struct pools_heap *heap, const void *block) {
    struct identity it = {POOLS_NOT_OWNED, 0, 0};
    if (heap->base == 0 || !pools_owns(heap, block)) {
        return it;
    }
    uint32_t address = (uint32_t)(uintptr_t)block;
    if (pools_granule(heap, block) >= heap->reached_granules) {
        it.status = address % POOLS_ALIGNMENT_BYTES != 0 ? POOLS_MISALIGNED : POOLS_NOT_A_BLOCK;
        return it;
    }
    return *pool_map(heap, pool_index(heap, address)) != 0 ? identify_in_pool(heap, address)
                                                           : identify_chunk(heap, address);
}

/* Frees the block of a pool. Returns false, with nothing changed, if none is live there. */
static inline bool free_in_pool(struct pools_heap *heap, uint32_t granule, uint32_t map) {
    uint32_t pool = pool_of_index(heap, granule / 32u);
    uint32_t bit = 0x80000000u >> (granule % 32u);
    uint32_t live = *pool_live(pool);
    if ((live & bit) == 0) {
        return false;
    }
    live ^= bit;
    *pool_live(pool) = live;
    if ((map & POOL_MAP_FULL) != 0) {
        pool_list_again(heap, pool);
    }
    if (live == 0) {
        supply_take_back_pool(heap, pool);
    }
    return true;
}

enum pools_status pools_free(struct pools_heap *heap, void *block) {
    uint32_t granule = pools_granule(heap, block);
    if (granule < heap->reached_granules) {
        uint32_t map = *pool_map(heap, granule / 32u);
        if (map != 0) {
            if (free_in_pool(heap, granule, map)) {
                return POOLS_OK;
            }
        } else {
            uint32_t chunk = (uint32_t)(uintptr_t)block - CHUNK_HEADER_BYTES;
            uint32_t bytes = used_chunk_bytes(heap, chunk);
            if (bytes != 0) {
                supply_take_back(heap, chunk, bytes);
                return POOLS_OK;
            }
        }
    }
    return identify(heap, block).status;
}

static uint32_t usable_bytes(const struct pools_heap *heap, struct identity it) {
    if (it.chunk != 0) {
        return chunk_bytes(chunk_read(it.chunk)) - CHUNK_HEADER_BYTES;
    }
    return (*pool_map(heap, pool_index(heap, it.pool)) & POOL_MAP_CLASS_MASK) *
           POOLS_ALIGNMENT_BYTES;
}

enum pools_status pools_block_bytes(const struct pools_heap *heap, const void *block,
                                    size_t *bytes) {
    struct identity it = identify(heap, block);
    if (it.status == POOLS_OK) {
        *bytes = usable_bytes(heap, it);
    }
    return it.status;
}

/* Tries without moving, or by moving within reach; NULL if that is not possible. */
static void *resize_in_place(struct pools_heap *heap, struct identity it, void *block,
                             uint32_t request_bytes) {
    uint32_t usable = usable_bytes(heap, it);
    if (it.chunk == 0) {
        /* A pool's block is left for a smaller class only if that saves a quarter, as in CPython.
         */
        bool stays = request_bytes <= usable && request_bytes * 4u > usable * 3u;
        return stays ? block : NULL;
    }
    uint32_t bytes = chunk_bytes_for(request_bytes);
    if (request_bytes <= usable) {
        space_shrink(heap, it.chunk, bytes);
        return block;
    }
    if (space_grow(heap, it.chunk, bytes)) {
        return block;
    }
    /* Sliding copies the block, so it is not constant; but so would moving it. */
    if (request_bytes > POOLS_SMALL_BYTES_MAX && space_slide_bytes(heap, it.chunk) >= bytes) {
        return chunk_block(space_slide(heap, it.chunk, bytes));
    }
    return NULL;
}

void *pools_realloc(struct pools_heap *heap, void *block, size_t request_bytes) {
    struct identity it = identify(heap, block);
    if (it.status != POOLS_OK || request_bytes > REQUEST_BYTES_MAX) {
        return NULL;
    }
    uint32_t bytes = request_bytes == 0 ? 1u : (uint32_t)request_bytes;
    void *resized = resize_in_place(heap, it, block, bytes);
    if (resized != NULL) {
        return resized;
    }
    uint32_t usable = usable_bytes(heap, it);
    void *moved = pools_malloc_fast(heap, bytes);
    if (moved == NULL) {
        moved = pools_malloc(heap, bytes);
    }
    if (moved == NULL) {
        /* Shrinking never fails. */
        return bytes <= usable ? block : NULL;
    }
    memcpy(moved, block, bytes < usable ? bytes : usable);
    pools_free(heap, block);
    return moved;
}
