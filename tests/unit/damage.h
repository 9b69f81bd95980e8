// SPDX-License-Identifier: MIT
/* A heap with everything in it, and the flip of a bit of it. */
#ifndef TESTS_UNIT_DAMAGE_H
#define TESTS_UNIT_DAMAGE_H

#include "chunk.h"
#include "identity.h"

#include "fixture.h"

enum { DAMAGE_REGION_BYTES = 2048 };

/* Live and ready blocks, two free chunks in one bin and others alone in theirs, a large block. */
static inline void prepare_everything(bool scarce) {
    static void *blocks[16];
    static const uint16_t sizes[16] = {24, 40, 16, 40, 16, 112, 16,  24,
                                       24, 24, 40, 40, 16, 16,  600, 56};
    open_heap(DAMAGE_REGION_BYTES);
    for (unsigned i = 0; i < 16; i++) {
        blocks[i] = take(sizes[i]);
        CHECK(blocks[i] != NULL);
        memset(blocks[i], 0x5A, sizes[i]);
    }
    for (unsigned i = 1; i <= 5; i += 2) {
        CHECK_EQUAL(give(blocks[i]), POOLS_OK);
    }
    pools_reclaim(&heap);
    for (unsigned i = 7; i <= 12; i++) {
        CHECK_EQUAL(give(blocks[i]), POOLS_OK);
    }
    if (scarce) {
        void *ballast = take_ballast(128);
        memset(ballast, 0xA5, 16);
    }
    struct pools_statistics now = statistics();
    CHECK(now.free_chunks >= 4 && now.pool_ready_blocks >= 4 && now.large_used_blocks >= 1);
    CHECK_EQUAL(is_plenty(), !scarce);
}

/* The check says so iff it found something; and the statistics come to an end, too. Returns true
 * iff something was found. */
static inline bool damage_is_found(void) {
    struct pools_finding finding;
    enum pools_status status = pools_check(&heap, &finding);
    CHECK_EQUAL(status, finding.status);
    CHECK(status == POOLS_OK || status == POOLS_CORRUPT);
    CHECK((status == POOLS_OK) == (finding.sentence[0] == '\0'));
    struct pools_statistics sum = statistics();
    if (status == POOLS_OK) {
        CHECK_EQUAL(sum.map_bytes + sum.small_used_bytes + sum.large_used_bytes +
                        sum.large_header_bytes + sum.pool_ready_bytes + sum.free_bytes,
                    sum.region_bytes);
    }
    return status != POOLS_OK;
}

static inline bool flip_is_found(pools_word *word, unsigned bit) {
    *word ^= 1u << bit;
    bool found = damage_is_found();
    *word ^= 1u << bit;
    return found;
}

/* Calls `visit` for each chunk. */
static inline void for_each_chunk(void (*visit)(uint32_t chunk, bool is_free, bool is_large,
                                                uint32_t bytes)) {
    uint32_t chunk = heap.base + POOLS_ALIGNMENT_BYTES;
    while (chunk != heap.untouched) {
        uint32_t granule = map_granule(heap.base, chunk);
        bool is_small = (map_window(heap.base, granule) & MAP_SECOND) == 0;
        uint32_t bytes = is_small                ? identity_small_bytes(heap.base, granule)
                         : chunk_is_large(chunk) ? chunk_large_bytes(chunk)
                                                 : *chunk_free_bytes(chunk);
        visit(chunk, !is_small && !chunk_is_large(chunk), !is_small && chunk_is_large(chunk),
              bytes);
        chunk += bytes;
    }
}

#endif
