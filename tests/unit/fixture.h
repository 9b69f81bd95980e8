// SPDX-License-Identifier: MIT
/* A heap over a scratch region, and the operations of the unit tests, each followed by the walk. */
#ifndef TESTS_UNIT_FIXTURE_H
#define TESTS_UNIT_FIXTURE_H

#include <string.h>

#include "harness/test.h"
#include "pools.h"

static struct pools_heap heap;

/* The walk finds nothing, and the rows of the statistics add up to the region. */
static inline void check_sound(void) {
    struct pools_finding finding;
    struct pools_statistics sum;
    if (pools_check(&heap, &finding) != POOLS_OK) {
        TEST_NOTE("pools_check: %s, at %x", finding.sentence, (unsigned)finding.address);
    }
    CHECK_EQUAL(finding.status, POOLS_OK);
    pools_statistics(&heap, &sum);
    CHECK_EQUAL(sum.map_bytes + sum.small_used_bytes + sum.large_used_bytes +
                    sum.large_header_bytes + sum.pool_ready_bytes + sum.free_bytes,
                sum.region_bytes);
}

/* Opens the heap over memory that is not zero, as RAM is at a real boot; in place of one that the
 * case opened before. */
static inline void open_heap(size_t region_bytes) {
    test_region_reset();
    char *region = test_region(region_bytes);
    memset(region, 0xA5, region_bytes);
    CHECK_EQUAL(pools_open(&heap, region, region + region_bytes), POOLS_OK);
    check_sound();
}

/* As a firmware's malloc: the fast path, then the full one. And as a program, which writes to what
 * it gets: a block that still holds the key from an earlier life is merged when it is freed. */
static inline void *take(size_t request_bytes) {
    void *block = pools_malloc_fast(&heap, request_bytes);
    if (block == NULL) {
        block = pools_malloc(&heap, request_bytes);
    }
    check_sound();
    return block == NULL ? NULL : memset(block, 0xB1, request_bytes < 8 ? 8 : request_bytes);
}

static inline void *take_aligned(size_t alignment_bytes, size_t request_bytes) {
    void *block = pools_memalign(&heap, alignment_bytes, request_bytes);
    check_sound();
    return block;
}

/* As a firmware's realloc: the fast path, then the full one. */
static inline void *resize(void *block, size_t request_bytes) {
    void *resized = pools_realloc_fast(&heap, block, request_bytes);
    if (resized == NULL) {
        resized = pools_realloc(&heap, block, request_bytes);
    }
    check_sound();
    return resized;
}

/* As a firmware's free; a status that is not POOLS_OK says why it was refused. */
static inline enum pools_status give(void *block) {
    enum pools_status status = pools_free_fast(&heap, block) ? POOLS_OK : pools_free(&heap, block);
    check_sound();
    return status;
}

static inline struct pools_statistics statistics(void) {
    struct pools_statistics now;
    pools_statistics(&heap, &now);
    return now;
}

static inline size_t usable(const void *block) {
    size_t bytes = 0;
    CHECK_EQUAL(pools_block_bytes(&heap, block, &bytes), POOLS_OK);
    return bytes;
}

/* Freed blocks up to 248 bytes wait in their pools now. */
static inline bool is_plenty(void) {
    return heap.fast_free_granules != 0;
}

/* The fast paths see where this block ends: not everywhere in the map does one look show it. */
static inline bool is_in_sight(const void *block, size_t block_bytes) {
    uint32_t granule = map_granule(heap.base, (uint32_t)(uintptr_t)block);
    return map_sight(heap.base, granule) == block_bytes / POOLS_ALIGNMENT_BYTES;
}

/* Makes memory scarce: a block that leaves about so many bytes. What waits in pools stays there but
 * for one block. */
static inline void *take_ballast(size_t bytes_left) {
    size_t largest = statistics().largest_free_bytes;
    CHECK(largest > bytes_left);
    void *ballast = take(largest - bytes_left);
    CHECK(ballast != NULL);
    CHECK(!is_plenty());
    return ballast;
}

/* Nothing is live any more: the region is one piece again once the pools have been emptied. */
static inline void check_nothing_left(void) {
    pools_reclaim(&heap);
    check_sound();
    struct pools_statistics now = statistics();
    CHECK_EQUAL(now.small_used_blocks + now.large_used_blocks + now.pool_ready_blocks, 0);
    CHECK_EQUAL(now.free_chunks, 1);
    CHECK_EQUAL(now.free_bytes, now.region_bytes - now.map_bytes);
    CHECK(is_plenty());
}

static inline void fill(void *block, size_t bytes, unsigned seed) {
    for (size_t i = 0; i < bytes; i++) {
        ((unsigned char *)block)[i] = (unsigned char)(seed + i * 7u);
    }
}

static inline void check_filled(const void *block, size_t bytes, unsigned seed) {
    for (size_t i = 0; i < bytes; i++) {
        CHECK_EQUAL(((const unsigned char *)block)[i], (unsigned char)(seed + i * 7u));
    }
}

/* A repeatable stream of numbers (xorshift). */
static inline uint32_t next_random(uint32_t *state) {
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    *state = x;
    return x;
}

#endif
