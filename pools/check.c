// SPDX-License-Identifier: MIT
#include "chunk.h"
#include "pool.h"
#include "pools.h"
#include "space.h"

/* What the walk over the chunks counted, to be found again on the lists. */
struct census {
    uint32_t free_count;
    uint32_t kept_count;
    uint32_t kept_bytes;
    uint32_t used_bytes;
    uint32_t listed_pool_count;
    uint32_t byte_count;
};

static enum pools_status found(struct pools_finding *finding, uint32_t address,
                               const char *sentence) {
    finding->status = POOLS_CORRUPT;
    finding->address = address;
    finding->sentence = sentence;
    return POOLS_CORRUPT;
}

static bool is_header_address(const struct pools_heap *heap, uint32_t address) {
    return address >= heap->first && address < heap->untouched && address % 8u == 4u;
}

static enum pools_status check_pool(const struct pools_heap *heap, uint32_t chunk, uint32_t bytes,
                                    struct census *census, struct pools_finding *finding) {
    uint32_t pool = chunk + CHUNK_HEADER_BYTES;
    uint32_t index = pool_index(heap, pool);
    if (bytes < POOLS_POOL_BYTES || bytes >= POOLS_POOL_BYTES + CHUNK_BYTES_MIN) {
        return found(finding, chunk, "a pool's chunk is not a pool long");
    }
    if (pool != pool_of_index(heap, index)) {
        return found(finding, chunk, "a pool does not lie at a pool's place");
    }
    uint32_t map = *pool_map(heap, index);
    uint32_t granules = map & POOL_MAP_CLASS_MASK;
    if (granules == 0 || granules > POOL_CLASS_GRANULES_MAX) {
        return found(finding, pool, "the pool map names no class for a pool");
    }
    uint32_t live = *pool_live(pool);
    if (*pool_starts(pool) != pool_starts_of_class(granules)) {
        return found(finding, pool + 4u, "a pool's starts are not those of its class");
    }
    if ((live & ~*pool_starts(pool)) != 0) {
        return found(finding, pool, "a live bit stands where no block starts");
    }
    if ((map & POOL_MAP_FULL) != 0) {
        if (live != *pool_starts(pool)) {
            return found(finding, pool, "a pool that is marked full has a free block");
        }
    } else {
        census->listed_pool_count++;
    }
    return POOLS_OK;
}

static enum pools_status check_free(const struct pools_heap *heap, uint32_t chunk, uint32_t bytes,
                                    struct census *census, struct pools_finding *finding) {
    if (*chunk_last_word(chunk, bytes) != bytes) {
        return found(finding, chunk, "a free chunk's two sizes differ");
    }
    if (chunk + bytes == heap->untouched) {
        return found(finding, chunk, "a free chunk beside the untouched part is not merged");
    }
    uint32_t bin = space_bin_of(bytes);
    if ((heap->bins_filled[bin / 32u] & 1u << bin % 32u) == 0) {
        return found(finding, chunk, "a free chunk's bin is said to be empty");
    }
    census->free_count++;
    return POOLS_OK;
}

/* The chunks, from the first to the untouched part. */
static enum pools_status check_chunks(const struct pools_heap *heap, struct census *census,
                                      struct pools_finding *finding) {
    uint32_t chunk = heap->first;
    bool before_is_free = false;
    while (chunk != heap->untouched) {
        uint32_t header = chunk_read(chunk);
        uint32_t bytes = chunk_bytes(header);
        uint32_t kind = chunk_kind(header);
        if (header > CHUNK_UNTAGGED_MAX) {
            return found(finding, chunk, "a chunk header's tag is wrong");
        }
        if (bytes < CHUNK_BYTES_MIN || bytes > heap->untouched - chunk) {
            return found(finding, chunk, "a chunk's size is impossible");
        }
        if (((header & CHUNK_PREVIOUS_FREE) != 0) != before_is_free) {
            return found(finding, chunk, "a chunk is wrong about the one before it being free");
        }
        if (kind == CHUNK_FREE && before_is_free) {
            return found(finding, chunk, "two free chunks side by side are not merged");
        }
        enum pools_status status = POOLS_OK;
        if (kind == CHUNK_POOL) {
            status = check_pool(heap, chunk, bytes, census, finding);
        } else if (kind == CHUNK_FREE) {
            status = check_free(heap, chunk, bytes, census, finding);
        } else if (kind == CHUNK_KEPT) {
            census->kept_count++;
            census->kept_bytes += bytes;
        }
        if (status != POOLS_OK) {
            return status;
        }
        if (kind != CHUNK_FREE) {
            census->used_bytes += bytes;
        }
        before_is_free = kind == CHUNK_FREE;
        census->byte_count += bytes;
        chunk += bytes;
    }
    return POOLS_OK;
}

static enum pools_status check_bins(const struct pools_heap *heap, const struct census *census,
                                    struct pools_finding *finding) {
    uint32_t count = 0;
    for (unsigned bin = 0; bin < POOLS_BIN_COUNT; bin++) {
        bool filled = (heap->bins_filled[bin / 32u] & 1u << bin % 32u) != 0;
        if (filled != (heap->bins[bin] != 0)) {
            return found(finding, heap->bins[bin], "a bin's bit and its list disagree");
        }
        uint32_t previous = 0;
        for (uint32_t chunk = heap->bins[bin]; chunk != 0; chunk = *chunk_next(chunk)) {
            if (!is_header_address(heap, chunk) || count == census->free_count) {
                return found(finding, chunk, "a bin's list leads out of the free chunks");
            }
            uint32_t header = chunk_read(chunk);
            if (header > CHUNK_UNTAGGED_MAX || chunk_kind(header) != CHUNK_FREE ||
                space_bin_of(chunk_bytes(header)) != bin) {
                return found(finding, chunk, "a bin holds a chunk that is not its own");
            }
            if (*chunk_previous(chunk) != previous) {
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

static enum pools_status check_kept(const struct pools_heap *heap, const struct census *census,
                                    struct pools_finding *finding) {
    uint32_t count = 0;
    for (unsigned bin = 0; bin < POOLS_KEPT_BIN_COUNT; bin++) {
        for (uint32_t chunk = heap->kept[bin]; chunk != 0; chunk = *chunk_next(chunk)) {
            if (!is_header_address(heap, chunk) || count == census->kept_count) {
                return found(finding, chunk, "a kept list leads out of the kept chunks");
            }
            uint32_t header = chunk_read(chunk);
            if (header > CHUNK_UNTAGGED_MAX || chunk_kind(header) != CHUNK_KEPT ||
                space_bin_of(chunk_bytes(header)) != bin) {
                return found(finding, chunk, "a kept list holds a chunk that is not its own");
            }
            count++;
        }
    }
    if (count != census->kept_count || heap->kept_bytes != census->kept_bytes) {
        return found(finding, 0, "the kept chunks and their count or bytes differ");
    }
    return POOLS_OK;
}

static enum pools_status check_pool_lists(const struct pools_heap *heap,
                                          const struct census *census,
                                          struct pools_finding *finding) {
    uint32_t count = 0;
    for (unsigned entry = 0; entry < POOLS_CLASS_TABLE_COUNT; entry++) {
        uint32_t pool = heap->pool_heads[entry];
        uint32_t previous = 0;
        bool pooled = entry != 0 && entry <= POOL_CLASS_GRANULES_MAX;
        if (pool % 8u != 0 || pool < heap->base || pool >= heap->untouched ||
            (!pooled && pool != heap->base)) {
            return found(finding, pool, "the class table points to no pool");
        }
        while (pool != heap->base) {
            uint32_t index = pool_index(heap, pool);
            if (count == census->listed_pool_count || index * 32u >= heap->reached_granules ||
                *pool_map(heap, index) != entry || pool != pool_of_index(heap, index)) {
                return found(finding, pool, "a class's list holds a pool that is not its own");
            }
            if (*pool_previous(pool) != previous) {
                return found(finding, pool, "a class's list does not lead back");
            }
            if (previous != 0 && *pool_live(pool) == *pool_starts(pool)) {
                return found(finding, pool, "a full pool stands behind the head of its list");
            }
            previous = index;
            pool = pool_of_index(heap, *pool_next(pool));
            count++;
        }
    }
    return count == census->listed_pool_count
               ? POOLS_OK
               : found(finding, 0, "a pool is missing from its class's list");
}

/* Every byte of the pool map that is not 0 belongs to a pool's chunk. */
static enum pools_status check_pool_map(const struct pools_heap *heap,
                                        struct pools_finding *finding) {
    for (uint32_t index = 0; index * 32u < heap->reached_granules; index++) {
        if (*pool_map(heap, index) == 0) {
            continue;
        }
        uint32_t chunk = pool_of_index(heap, index) - CHUNK_HEADER_BYTES;
        if (!is_header_address(heap, chunk) || chunk_read(chunk) > CHUNK_UNTAGGED_MAX ||
            chunk_kind(chunk_read(chunk)) != CHUNK_POOL) {
            return found(finding, heap->base + 8u + index,
                         "the pool map names a pool that is none");
        }
    }
    return POOLS_OK;
}

static enum pools_status check_bounds(const struct pools_heap *heap,
                                      struct pools_finding *finding) {
    if (heap->untouched % 8u != 4u || heap->untouched < heap->first ||
        heap->untouched > heap->end || heap->high_water < heap->untouched ||
        heap->high_water > heap->end) {
        return found(finding, heap->untouched, "the untouched part lies outside the region");
    }
    if (heap->reached_granules * POOLS_ALIGNMENT_BYTES < heap->high_water - heap->base) {
        return found(finding, heap->base, "the pool map does not reach as far as the chunks");
    }
    if (*pool_live(heap->base) != 0 || *pool_starts(heap->base) != 0) {
        return found(finding, heap->base, "the nil pool is not empty");
    }
    return POOLS_OK;
}

enum pools_status pools_check(const struct pools_heap *heap, struct pools_finding *finding) {
    struct census census = {0};
    finding->status = POOLS_OK;
    finding->address = 0;
    finding->sentence = "";
    if (heap->base == 0) {
        return POOLS_OK;
    }
    if (check_bounds(heap, finding) != POOLS_OK ||
        check_chunks(heap, &census, finding) != POOLS_OK ||
        check_bins(heap, &census, finding) != POOLS_OK ||
        check_kept(heap, &census, finding) != POOLS_OK ||
        check_pool_map(heap, finding) != POOLS_OK ||
        check_pool_lists(heap, &census, finding) != POOLS_OK) {
        return finding->status;
    }
    if (census.used_bytes != heap->used_bytes) {
        return found(finding, 0, "the used bytes and their count differ");
    }
    if (heap->first + census.byte_count != heap->untouched) {
        return found(finding, 0, "the chunks do not add up to the region");
    }
    return POOLS_OK;
}
