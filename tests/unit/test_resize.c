// SPDX-License-Identifier: MIT
/* realloc: in place, grown, slid, moved; contents kept; the old block untouched when it fails. */
#include "fixture.h"

static void fill(char *block, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        block[i] = (char)(i * 7 + 1);
    }
}

static void check_filled(const char *block, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        CHECK_EQUAL((unsigned char)block[i], (unsigned char)(i * 7 + 1));
    }
}

static char *resize(char *block, size_t bytes) {
    char *resized = pools_realloc(&heap, block, bytes);
    check_sound();
    return resized;
}

static char *pooled_block(size_t bytes) {
    char *block = NULL;
    while (statistics().pool_used_blocks == 0) {
        block = take(bytes);
        CHECK(block != NULL);
    }
    return block;
}

TEST(contents_survive_every_change_of_size) {
    static const size_t sizes[] = {1, 8, 9, 40, 41, 56, 57, 64, 100, 200, 512, 513, 700, 900};
    enum { COUNT = sizeof sizes / sizeof sizes[0] };
    for (unsigned from = 0; from < COUNT; from++) {
        for (unsigned to = 0; to < COUNT; to++) {
            open_heap(3072);
            char *block = take(sizes[from]);
            CHECK(block != NULL);
            void *neighbour = take(16);
            fill(block, sizes[from]);
            block = resize(block, sizes[to]);
            CHECK(block != NULL);
            check_filled(block, sizes[from] < sizes[to] ? sizes[from] : sizes[to]);
            CHECK_EQUAL(give(neighbour), POOLS_OK);
            CHECK_EQUAL(give(block), POOLS_OK);
        }
    }
}

TEST(a_pooled_block_stays_while_three_quarters_are_wanted) {
    open_heap(2048);
    char *block = pooled_block(48);
    CHECK(resize(block, 48) == block);
    CHECK(resize(block, 41) == block);
    CHECK(resize(block, 37) == block);
    fill(block, 36);
    char *moved = resize(block, 36);
    CHECK(moved != block);
    check_filled(moved, 36);
}

TEST(a_block_grows_into_what_is_free_behind_it) {
    open_heap(2048);
    char *block = take(100);
    char *behind = take(300);
    void *last = take(100);
    CHECK(last != NULL);
    CHECK_EQUAL(give(behind), POOLS_OK);
    fill(block, 100);
    CHECK(resize(block, 300) == block);
    check_filled(block, 100);
}

TEST(the_last_block_grows_into_untouched_memory) {
    open_heap(2048);
    char *block = take(200);
    CHECK(resize(block, 1200) == block);
    CHECK(resize(block, 60) == block);
    CHECK(take(1000) != NULL);
}

TEST(a_large_block_slides_down_rather_than_needing_a_second_place) {
    open_heap(3072);
    char *before = take(700);
    char *block = take(800);
    void *behind = take(900);
    CHECK(behind != NULL);
    fill(block, 800);
    CHECK_EQUAL(give(before), POOLS_OK);
    char *slid = resize(block, 1400);
    CHECK(slid == before);
    check_filled(slid, 800);
}

TEST(what_cannot_be_had_leaves_the_block_as_it_was) {
    open_heap(2048);
    char *block = take(100);
    void *behind = take(100);
    fill(block, 100);
    CHECK(resize(block, 4000) == NULL);
    CHECK(resize(block, SIZE_MAX) == NULL);
    CHECK(resize(block, SIZE_MAX - 7) == NULL);
    CHECK(resize(block, 0x80000000u) == NULL);
    check_filled(block, 100);
    CHECK_EQUAL(give(block), POOLS_OK);
    CHECK_EQUAL(give(behind), POOLS_OK);
}

TEST(shrinking_never_fails) {
    open_heap(2048);
    char *pooled = pooled_block(56);
    char *single = take(300);
    while (take(8) != NULL) {
    }
    fill(pooled, 8);
    fill(single, 8);
    pooled = resize(pooled, 8);
    single = resize(single, 8);
    CHECK(pooled != NULL && single != NULL);
    check_filled(pooled, 8);
    check_filled(single, 8);
}

TEST_LIST = {
    TEST_ENTRY(contents_survive_every_change_of_size),
    TEST_ENTRY(a_pooled_block_stays_while_three_quarters_are_wanted),
    TEST_ENTRY(a_block_grows_into_what_is_free_behind_it),
    TEST_ENTRY(the_last_block_grows_into_untouched_memory),
    TEST_ENTRY(a_large_block_slides_down_rather_than_needing_a_second_place),
    TEST_ENTRY(what_cannot_be_had_leaves_the_block_as_it_was),
    TEST_ENTRY(shrinking_never_fails),
};
