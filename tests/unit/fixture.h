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
    CHECK_EQUAL(pools_check(&heap, &finding), POOLS_OK);
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

static inline void *take(size_t request_bytes) {
    void *block = pools_malloc_fast(&heap, request_bytes);
    if (block == NULL) {
        block = pools_malloc(&heap, request_bytes);
    }
    check_sound();
    return block;
}

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
