// SPDX-License-Identifier: MIT
/* The walk itself: a flipped bit in the allocator's own words is found, or changes nothing. */
#include "chunk.h"
#include "fixture.h"

static void prepare(void) {
    void *blocks[24];
    open_heap(2048);
    for (unsigned i = 0; i < 24; i++) {
        blocks[i] = take(i % 3 == 0 ? 100 : 24);
        CHECK(blocks[i] != NULL);
    }
    for (unsigned i = 0; i < 24; i += 5) {
        CHECK_EQUAL(give(blocks[i]), POOLS_OK);
    }
}

static bool walk_finds_something(void) {
    struct pools_finding finding;
    enum pools_status status = pools_check(&heap, &finding);
    CHECK_EQUAL(status, finding.status);
    CHECK((status == POOLS_OK) == (finding.sentence[0] == '\0'));
    return status != POOLS_OK;
}

TEST(a_flipped_bit_in_any_chunk_header_is_found) {
    prepare();
    for (uint32_t chunk = heap.first; chunk != heap.untouched;
         chunk += chunk_bytes(chunk_read(chunk))) {
        for (unsigned bit = 0; bit < 32; bit++) {
            *word_at(chunk) ^= 1u << bit;
            CHECK(walk_finds_something());
            *word_at(chunk) ^= 1u << bit;
        }
    }
    check_sound();
}

TEST(a_flipped_bit_in_a_pools_record_is_found) {
    prepare();
    uint32_t pool = heap.pool_heads[3];
    CHECK(pool != heap.base);
    for (unsigned bit = 0; bit < 32; bit++) {
        *pool_starts(pool) ^= 1u << bit;
        CHECK(walk_finds_something());
        *pool_starts(pool) ^= 1u << bit;
        if ((*pool_starts(pool) & 1u << bit) == 0) {
            *pool_live(pool) ^= 1u << bit;
            CHECK(walk_finds_something());
            *pool_live(pool) ^= 1u << bit;
        }
        *word_at(pool + POOL_LINKS_OFFSET) ^= 1u << bit;
        CHECK(walk_finds_something());
        *word_at(pool + POOL_LINKS_OFFSET) ^= 1u << bit;
    }
    check_sound();
}

TEST(a_flipped_bit_in_the_pool_map_is_found) {
    prepare();
    for (uint32_t index = 0; index * 32 < heap.reached_granules; index++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            *pool_map(&heap, index) ^= (uint8_t)(1u << bit);
            CHECK(walk_finds_something());
            *pool_map(&heap, index) ^= (uint8_t)(1u << bit);
        }
    }
    check_sound();
}

TEST(a_flipped_bit_in_a_list_head_is_found) {
    prepare();
    for (unsigned i = 0; i < POOLS_CLASS_TABLE_COUNT * 32; i++) {
        heap.pool_heads[i / 32] ^= 1u << i % 32;
        CHECK(walk_finds_something());
        heap.pool_heads[i / 32] ^= 1u << i % 32;
    }
    for (unsigned i = 0; i < POOLS_KEPT_BIN_COUNT * 32; i++) {
        heap.kept[i / 32] ^= 1u << i % 32;
        CHECK(walk_finds_something());
        heap.kept[i / 32] ^= 1u << i % 32;
    }
    for (unsigned i = 0; i < POOLS_BIN_COUNT * 32; i++) {
        heap.bins[i / 32] ^= 1u << i % 32;
        CHECK(walk_finds_something());
        heap.bins[i / 32] ^= 1u << i % 32;
    }
    check_sound();
}

TEST_LIST = {
    TEST_ENTRY(a_flipped_bit_in_any_chunk_header_is_found),
    TEST_ENTRY(a_flipped_bit_in_a_pools_record_is_found),
    TEST_ENTRY(a_flipped_bit_in_the_pool_map_is_found),
    TEST_ENTRY(a_flipped_bit_in_a_list_head_is_found),
};
