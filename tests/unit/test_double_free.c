// SPDX-License-Identifier: MIT
/* Frees and reallocs of what was a block once, wherever its memory has gone since. */
#include "fixture.h"

enum { BLOCK_COUNT = 24 };
static char *blocks[BLOCK_COUNT];
static const size_t sizes[] = {16, 24, 40, 200, 248, 256, 512, 600};
enum { SIZE_COUNT = sizeof sizes / sizeof sizes[0] };

static void take_blocks(unsigned count, size_t bytes) {
    for (unsigned i = 0; i < count; i++) {
        blocks[i] = take(bytes);
        CHECK(blocks[i] != NULL);
    }
}

/* Refused as one of the two that a freed block can be, and nothing changes. */
static void refused(void *address) {
    struct pools_statistics before = statistics();
    size_t bytes;
    enum pools_status status = give(address);
    CHECK(status == POOLS_DOUBLE_FREE || status == POOLS_NOT_A_BLOCK);
    CHECK_EQUAL(pools_block_bytes(&heap, address, &bytes), status);
    CHECK(resize(address, 40) == NULL);
    CHECK(resize(address, 0) == NULL);
    struct pools_statistics after = statistics();
    CHECK(memcmp(&before, &after, sizeof before) == 0);
}

TEST(a_ready_block) {
    open_heap(4096);
    for (size_t bytes = 16; bytes <= POOLS_POOLED_BYTES_MAX; bytes += 8) {
        take_blocks(3, bytes);
        for (unsigned i = 0; i < 3; i++) {
            CHECK_EQUAL(give(blocks[i]), POOLS_OK);
            CHECK_EQUAL(give(blocks[i]), POOLS_DOUBLE_FREE);
            CHECK_EQUAL(pools_free(&heap, blocks[i]), POOLS_DOUBLE_FREE);
            refused(blocks[i]);
        }
        /* Also the first and the middle one, with others freed since. */
        for (unsigned i = 0; i < 3; i++) {
            CHECK_EQUAL(give(blocks[i]), POOLS_DOUBLE_FREE);
            refused(blocks[i]);
        }
        CHECK_EQUAL(statistics().pool_ready_blocks, 3);
        pools_reclaim(&heap);
    }
    check_nothing_left();
}

TEST(every_address_within_a_ready_block) {
    open_heap(4096);
    take_blocks(2, 200);
    CHECK_EQUAL(give(blocks[0]), POOLS_OK);
    for (unsigned offset = 8; offset < 200; offset += 8) {
        CHECK_EQUAL(give(blocks[0] + offset), POOLS_NOT_A_BLOCK);
        refused(blocks[0] + offset);
    }
}

TEST(a_block_that_was_merged_with_nothing) {
    for (unsigned i = 0; i < SIZE_COUNT; i++) {
        open_heap(4096);
        CHECK(take(16) != NULL);
        char *block = take(sizes[i]);
        CHECK(take(16) != NULL);
        take_ballast(64);
        memset(block, 0, sizes[i]);
        CHECK_EQUAL(give(block), POOLS_OK);
        CHECK_EQUAL(statistics().pool_ready_blocks, 0);
        CHECK_EQUAL(give(block), POOLS_DOUBLE_FREE);
        refused(block);
    }
}

/* Before it, behind it, on both sides, with the untouched part. */
TEST(blocks_that_were_merged_with_others) {
    for (unsigned i = 0; i < SIZE_COUNT; i++) {
        for (unsigned first = 0; first < 3; first++) {
            open_heap(4096);
            CHECK(take(16) != NULL);
            take_blocks(3, sizes[i]);
            void *wall = take(16);
            void *ballast = take_ballast(32);
            for (unsigned k = 0; k < 3; k++) {
                CHECK_EQUAL(give(blocks[(first + k) % 3]), POOLS_OK);
                refused(blocks[(first + k) % 3]);
            }
            for (unsigned k = 0; k < 3; k++) {
                refused(blocks[k]);
            }
            CHECK_EQUAL(give(ballast), POOLS_OK);
            refused(ballast);
            CHECK_EQUAL(give(wall), POOLS_OK);
            pools_reclaim(&heap);
            for (unsigned k = 0; k < 3; k++) {
                refused(blocks[k]);
            }
            refused(wall);
            refused(ballast);
        }
    }
}

/* The memory serves as part of another block, whose contents look like anything. */
TEST(a_block_whose_memory_is_inside_another_one) {
    for (unsigned i = 0; i < SIZE_COUNT; i++) {
        open_heap(4096);
        take_blocks(4, sizes[i]);
        for (unsigned k = 0; k < 4; k++) {
            CHECK_EQUAL(give(blocks[k]), POOLS_OK);
        }
        pools_reclaim(&heap);
        check_sound();
        size_t bytes = statistics().largest_free_bytes;
        char *over = take(bytes);
        CHECK(over != NULL);
        for (unsigned content = 0; content < 3; content++) {
            uint32_t word = content == 0 ? 0 : content == 1 ? 0xFFFFFFFFu : pools_key(&heap);
            for (size_t k = 0; k < bytes; k += 4) {
                memcpy(over + k, &word, 4);
            }
            for (unsigned k = 0; k < 4; k++) {
                if (blocks[k] != over) {
                    refused(blocks[k]);
                }
            }
        }
        CHECK_EQUAL(give(over), POOLS_OK);
    }
}

TEST(a_block_whose_memory_was_reclaimed) {
    open_heap(4096);
    take_blocks(BLOCK_COUNT, 40);
    CHECK(take(16) != NULL);
    for (unsigned i = 0; i < BLOCK_COUNT; i++) {
        CHECK_EQUAL(give(blocks[i]), POOLS_OK);
    }
    pools_reclaim(&heap);
    for (unsigned i = 0; i < BLOCK_COUNT; i++) {
        refused(blocks[i]);
    }
    check_sound();
}

/* It is live again: then the stale pointer is the new one, and the block is freed once. */
TEST(a_block_that_is_handed_out_again) {
    open_heap(4096);
    for (unsigned i = 0; i < SIZE_COUNT; i++) {
        char *block = take(sizes[i]);
        CHECK_EQUAL(give(block), POOLS_OK);
        CHECK(take(sizes[i]) == block);
        CHECK_EQUAL(give(block), POOLS_OK);
        refused(block);
        pools_reclaim(&heap);
    }
    check_nothing_left();
}

TEST(a_block_that_realloc_has_moved) {
    for (unsigned i = 0; i < SIZE_COUNT; i++) {
        open_heap(4096);
        char *block = take(sizes[i]);
        CHECK(take(16) != NULL);
        char *moved = resize(block, 700);
        CHECK(moved != NULL && moved != block);
        refused(block);
        CHECK_EQUAL(give(moved), POOLS_OK);
        refused(moved);
    }
}

/* By chance or on purpose: neither path may take it for a ready block. */
TEST(a_live_block_that_holds_the_key) {
    for (size_t bytes = 16; bytes <= 600; bytes += 8) {
        for (unsigned ready = 0; ready < 3; ready++) {
            open_heap(4096);
            take_blocks(4, bytes);
            for (unsigned i = 0; i < ready; i++) {
                CHECK_EQUAL(give(blocks[2 + i]), POOLS_OK);
            }
            uint32_t words[2] = {heap.base, link_key(&heap, (uint32_t)(uintptr_t)blocks[0])};
            memcpy(blocks[0], words, 8);
            words[0] = (uint32_t)(uintptr_t)blocks[0];
            words[1] = link_key(&heap, (uint32_t)(uintptr_t)blocks[1]);
            memcpy(blocks[1], words, 8);
            check_sound();
            CHECK_EQUAL(usable(blocks[0]), bytes);
            CHECK_EQUAL(give(blocks[0]), POOLS_OK);
            CHECK_EQUAL(give(blocks[1]), POOLS_OK);
            refused(blocks[0]);
            refused(blocks[1]);
            char *resized = take(bytes);
            words[1] = link_key(&heap, (uint32_t)(uintptr_t)resized);
            memcpy(resized + 4, &words[1], 4);
            resized = resize(resized, bytes * 2);
            CHECK(resized != NULL);
            CHECK_EQUAL(give(resized), POOLS_OK);
        }
    }
}

/* The look into the pool is bounded: in doubt the block is refused rather than freed twice. */
TEST(a_live_block_that_holds_the_key_beside_a_long_pool) {
    for (unsigned ready = 0; ready < BLOCK_COUNT - 1; ready++) {
        open_heap(4096);
        take_blocks(BLOCK_COUNT, 24);
        for (unsigned i = 0; i < ready; i++) {
            CHECK_EQUAL(give(blocks[i]), POOLS_OK);
        }
        uint32_t key = link_key(&heap, (uint32_t)(uintptr_t)blocks[BLOCK_COUNT - 1]);
        memcpy(blocks[BLOCK_COUNT - 1] + 4, &key, 4);
        CHECK_EQUAL(give(blocks[BLOCK_COUNT - 1]),
                    ready < POOLS_KEY_LOOKS ? POOLS_OK : POOLS_DOUBLE_FREE);
    }
}

TEST_LIST = {
    TEST_ENTRY(a_ready_block),
    TEST_ENTRY(every_address_within_a_ready_block),
    TEST_ENTRY(a_block_that_was_merged_with_nothing),
    TEST_ENTRY(blocks_that_were_merged_with_others),
    TEST_ENTRY(a_block_whose_memory_is_inside_another_one),
    TEST_ENTRY(a_block_whose_memory_was_reclaimed),
    TEST_ENTRY(a_block_that_is_handed_out_again),
    TEST_ENTRY(a_block_that_realloc_has_moved),
    TEST_ENTRY(a_live_block_that_holds_the_key),
    TEST_ENTRY(a_live_block_that_holds_the_key_beside_a_long_pool),
};
