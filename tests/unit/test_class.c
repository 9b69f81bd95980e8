// SPDX-License-Identifier: MIT
/* Which size goes to which class: heap_inline.h's table index and the blocks that come of it. */
#include "fixture.h"

TEST(table_index_steps_by_eight_bytes) {
    for (uint32_t bytes = 1; bytes <= 112; bytes++) {
        CHECK_EQUAL(pools_table_index(bytes), (bytes + 7) / 8);
    }
    for (uint32_t bytes = 113; bytes <= 4096; bytes++) {
        CHECK_EQUAL(pools_table_index(bytes), 15);
    }
}

TEST(table_index_of_zero_and_of_impossible_sizes_is_an_entry_without_pools) {
    static const uint32_t impossible[] = {0,           0x7FFFFFF8u, 0x7FFFFFFFu,
                                          0x80000000u, 0x80000001u, 0xFFFFFFF0u,
                                          0xFFFFFFF8u, 0xFFFFFFF9u, 0xFFFFFFFFu};
    open_heap(2048);
    for (unsigned i = 0; i < sizeof impossible / sizeof impossible[0]; i++) {
        uint32_t entry = pools_table_index(impossible[i]);
        CHECK(entry == 0 || entry == 15);
        CHECK(pools_malloc_fast(&heap, impossible[i]) == NULL);
    }
}

/* Blocks at hand: enough of one size that the class has a pool. */
static void *pooled_block(size_t bytes) {
    void *block = NULL;
    for (unsigned i = 0; i < POOLS_OPEN_MISSES_SCARCE + 1; i++) {
        block = take(bytes);
        CHECK(block != NULL);
    }
    return block;
}

TEST(blocks_of_a_pool_lie_a_class_size_apart) {
    for (size_t bytes = 1; bytes <= POOLS_POOLED_BYTES_MAX; bytes += 5) {
        size_t class_bytes = (bytes + 7) / 8 * 8;
        open_heap(2048);
        char *first = pooled_block(bytes);
        while (statistics().pool_available_blocks == 0) {
            first = take(bytes);
        }
        char *second = take(bytes);
        CHECK_EQUAL(second - first, class_bytes);
        size_t usable = 0;
        CHECK_EQUAL(pools_block_bytes(&heap, second, &usable), POOLS_OK);
        CHECK_EQUAL(usable, class_bytes);
    }
}

TEST(every_block_holds_what_was_asked_for) {
    open_heap(2048);
    for (size_t bytes = 0; bytes <= 600; bytes += 3) {
        char *block = take(bytes);
        CHECK(block != NULL);
        CHECK_EQUAL((uintptr_t)block % 8, 0);
        size_t usable = 0;
        CHECK_EQUAL(pools_block_bytes(&heap, block, &usable), POOLS_OK);
        CHECK(usable >= bytes);
        memset(block, 0xFF, usable);
        check_sound();
        CHECK_EQUAL(give(block), POOLS_OK);
    }
}

TEST(requests_of_zero_bytes_give_distinct_blocks) {
    void *blocks[20];
    open_heap(2048);
    for (unsigned i = 0; i < 20; i++) {
        blocks[i] = take(0);
        CHECK(blocks[i] != NULL);
        for (unsigned j = 0; j < i; j++) {
            CHECK(blocks[i] != blocks[j]);
        }
    }
    for (unsigned i = 0; i < 20; i++) {
        CHECK_EQUAL(give(blocks[i]), POOLS_OK);
    }
}

TEST_LIST = {
    TEST_ENTRY(table_index_steps_by_eight_bytes),
    TEST_ENTRY(table_index_of_zero_and_of_impossible_sizes_is_an_entry_without_pools),
    TEST_ENTRY(blocks_of_a_pool_lie_a_class_size_apart),
    TEST_ENTRY(every_block_holds_what_was_asked_for),
    TEST_ENTRY(requests_of_zero_bytes_give_distinct_blocks),
};
