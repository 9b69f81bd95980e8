// SPDX-License-Identifier: MIT
/* realloc's rules: what stays, what moves, what is kept, and what failure leaves. */
#include "fixture.h"

static const size_t sizes[] = {0,   1,   8,   16,  17,  40,  41,  56,  57,  64,  100, 186,
                               200, 248, 249, 256, 380, 504, 512, 513, 520, 600, 700, 900};
enum { SIZE_COUNT = sizeof sizes / sizeof sizes[0] };

static size_t kept(unsigned from, unsigned to) {
    return sizes[from] < sizes[to] ? sizes[from] : sizes[to];
}

TEST(contents_survive_every_change_of_size) {
    for (unsigned from = 0; from < SIZE_COUNT; from++) {
        for (unsigned to = 0; to < SIZE_COUNT; to++) {
            open_heap(4096);
            char *block = take(sizes[from]);
            void *neighbour = take(16);
            fill(block, sizes[from], from);
            block = resize(block, sizes[to]);
            CHECK(block != NULL);
            CHECK(usable(block) >= sizes[to]);
            check_filled(block, kept(from, to), from);
            memset(block, 0xEE, usable(block));
            check_sound();
            CHECK_EQUAL(give(neighbour), POOLS_OK);
            CHECK_EQUAL(give(block), POOLS_OK);
            check_nothing_left();
        }
    }
}

/* Where a ready block of the new size waits, the fast path moves the contents into it. */
TEST(contents_survive_a_move_into_a_ready_block) {
    for (size_t from = 16; from <= 248; from += 8) {
        for (size_t to = 16; to <= 248; to += 8) {
            open_heap(4096);
            char *ready = take(to);
            char *block = take(from);
            char *neighbour = take(16);
            fill(neighbour, 16, 9);
            CHECK_EQUAL(give(ready), POOLS_OK);
            for (size_t wanted = to - 7; wanted <= to; wanted += 7) {
                size_t old_bytes = usable(block);
                fill(block, old_bytes, 1);
                block = resize(block, wanted);
                check_filled(block, old_bytes < wanted ? old_bytes : wanted, 1);
                CHECK(usable(block) >= wanted);
                memset(block, 0xEE, usable(block));
                check_filled(neighbour, 16, 9);
            }
            struct pools_statistics now = statistics();
            CHECK_EQUAL(now.small_used_blocks, 2);
            CHECK(now.pool_ready_blocks <= 2);
            CHECK_EQUAL(give(block), POOLS_OK);
            CHECK_EQUAL(give(neighbour), POOLS_OK);
            check_nothing_left();
        }
    }
}

/* The same while memory is scarce, with a hole behind the block, or none. */
TEST(contents_survive_every_change_of_size_while_scarce) {
    for (unsigned from = 0; from < SIZE_COUNT; from++) {
        for (unsigned to = 0; to < SIZE_COUNT; to++) {
            for (size_t hole_bytes = 0; hole_bytes <= 48; hole_bytes += 16) {
                open_heap(4096);
                char *block = take(sizes[from]);
                void *hole = hole_bytes == 0 ? NULL : take(hole_bytes);
                void *neighbour = take(16);
                void *ballast = take_ballast(from % 2 == 0 ? 0 : 640);
                fill(block, sizes[from], to);
                if (hole != NULL) {
                    CHECK_EQUAL(give(hole), POOLS_OK);
                }
                char *resized = resize(block, sizes[to]);
                CHECK(resized != NULL || sizes[to] > sizes[from]);
                block = resized != NULL ? resized : block;
                check_filled(block, kept(from, to), to);
                memset(block, 0xEE, usable(block));
                check_sound();
                CHECK_EQUAL(give(neighbour), POOLS_OK);
                CHECK_EQUAL(give(block), POOLS_OK);
                CHECK_EQUAL(give(ballast), POOLS_OK);
                check_nothing_left();
            }
        }
    }
}

/* A block is left only for one of another size that is a quarter shorter at least. */
TEST(a_block_stays_while_more_than_three_quarters_are_wanted) {
    for (size_t bytes = 16; bytes <= POOLS_POOLED_BYTES_MAX; bytes += 8) {
        for (size_t wanted = 0; wanted <= bytes; wanted++) {
            open_heap(2048);
            char *block = take(bytes);
            void *wall = take(16);
            fill(block, bytes, 1);
            char *resized = resize(block, wanted);
            bool class_stays = pools_class_of(wanted) * 8 == bytes;
            CHECK_EQUAL(resized == block, class_stays || wanted * 4 > bytes * 3);
            check_filled(resized, wanted, 1);
            CHECK_EQUAL(give(wall), POOLS_OK);
        }
    }
}

TEST(nothing_is_as_one_byte) {
    for (unsigned from = 0; from < SIZE_COUNT; from++) {
        open_heap(4096);
        unsigned char *block = take(sizes[from]);
        block[0] = 0x5A;
        block = resize(block, 0);
        CHECK(block != NULL);
        CHECK_EQUAL(block[0], 0x5A);
        struct pools_statistics now = statistics();
        CHECK_EQUAL(now.small_used_blocks + now.large_used_blocks, 1);
        CHECK_EQUAL(give(block), POOLS_OK);
        check_nothing_left();
    }
}

TEST(a_small_block_grows_into_what_is_free_behind_it) {
    for (size_t bytes = 24; bytes <= 512; bytes += 8) {
        open_heap(2048);
        char *block = take(16);
        char *behind = take(496);
        CHECK(take(100) != NULL);
        CHECK_EQUAL(give(behind), POOLS_OK);
        fill(block, 16, 2);
        CHECK(resize(block, bytes) == block);
        CHECK_EQUAL(usable(block), bytes == 504 ? 512 : bytes);
        check_filled(block, 16, 2);
        /* What the hole has left serves. */
        size_t rest = 512 - usable(block);
        if (rest != 0) {
            pools_reclaim(&heap);
            CHECK(take(rest) == block + usable(block));
        }
    }
}

TEST(the_last_block_grows_into_untouched_memory) {
    open_heap(2048);
    char *block = take(200);
    fill(block, 200, 3);
    CHECK(resize(block, 512) == block);
    CHECK_EQUAL(usable(block), 512);
    check_filled(block, 200, 3);
    CHECK_EQUAL(give(block), POOLS_OK);
    check_nothing_left();
}

/* Above 512 bytes it needs a header, for which there is no room before it. */
TEST(a_small_block_moves_to_become_a_large_one) {
    open_heap(4096);
    char *block = take(500);
    fill(block, 500, 4);
    char *moved = resize(block, 513);
    CHECK(moved != NULL && moved != block);
    check_filled(moved, 500, 4);
    CHECK_EQUAL(statistics().large_used_blocks, 1);
    CHECK_EQUAL(statistics().small_used_blocks, 0);
    CHECK_EQUAL(give(moved), POOLS_OK);
    check_nothing_left();
}

/* For its pool wants it whole; the ready block of the smaller size is preferred to cutting. */
TEST(a_pooled_block_is_not_cut_while_memory_is_plenty) {
    open_heap(4096);
    char *small = take(40);
    char *block = take(200);
    CHECK(take(16) != NULL);
    CHECK_EQUAL(give(small), POOLS_OK);
    fill(block, 200, 5);
    CHECK(resize(block, 40) == small);
    check_filled(small, 40, 5);
    CHECK_EQUAL(statistics().pool_ready_bytes, 200);
    CHECK(take(200) == block);
}

TEST(a_pooled_block_is_cut_while_memory_is_scarce) {
    open_heap(4096);
    char *block = take(200);
    CHECK(take(16) != NULL);
    take_ballast(64);
    size_t free_before = statistics().free_bytes;
    fill(block, 200, 5);
    CHECK(resize(block, 40) == block);
    check_filled(block, 40, 5);
    CHECK_EQUAL(statistics().free_bytes, free_before + 160);
    CHECK_EQUAL(statistics().pool_ready_bytes, 0);
}

TEST(what_cannot_be_had_leaves_the_block_as_it_was) {
    static const size_t too_large[] = {
        4096,        POOLS_REGION_BYTES_MAX,     0x7FFFFFF8u,  0x80000000u,
        0xFFFFFFF8u, POOLS_REGION_BYTES_MAX + 1, SIZE_MAX - 7, SIZE_MAX};
    for (unsigned from = 0; from < SIZE_COUNT; from++) {
        open_heap(4096);
        char *block = take(sizes[from]);
        CHECK(take(100) != NULL);
        fill(block, sizes[from], from);
        struct pools_statistics before = statistics();
        for (unsigned i = 0; i < sizeof too_large / sizeof too_large[0]; i++) {
            CHECK(resize(block, too_large[i]) == NULL);
        }
        struct pools_statistics after = statistics();
        CHECK(memcmp(&before, &after, sizeof before) == 0);
        check_filled(block, sizes[from], from);
    }
}

TEST(shrinking_never_fails_in_a_full_region) {
    for (unsigned from = 0; from < SIZE_COUNT; from++) {
        for (unsigned to = 0; to < from; to++) {
            open_heap(4096);
            char *block = take(sizes[from]);
            CHECK(take(16) != NULL);
            while (statistics().largest_free_bytes != 0) {
                CHECK(take(statistics().largest_free_bytes) != NULL);
            }
            CHECK(take(0) == NULL);
            fill(block, sizes[from], from);
            char *resized = resize(block, sizes[to]);
            CHECK(resized != NULL);
            check_filled(resized, sizes[to], from);
            CHECK_EQUAL(give(resized), POOLS_OK);
        }
    }
}

TEST_LIST = {
    TEST_ENTRY(contents_survive_every_change_of_size),
    TEST_ENTRY(contents_survive_a_move_into_a_ready_block),
    TEST_ENTRY(contents_survive_every_change_of_size_while_scarce),
    TEST_ENTRY(a_block_stays_while_more_than_three_quarters_are_wanted),
    TEST_ENTRY(nothing_is_as_one_byte),
    TEST_ENTRY(a_small_block_grows_into_what_is_free_behind_it),
    TEST_ENTRY(the_last_block_grows_into_untouched_memory),
    TEST_ENTRY(a_small_block_moves_to_become_a_large_one),
    TEST_ENTRY(a_pooled_block_is_not_cut_while_memory_is_plenty),
    TEST_ENTRY(a_pooled_block_is_cut_while_memory_is_scarce),
    TEST_ENTRY(what_cannot_be_had_leaves_the_block_as_it_was),
    TEST_ENTRY(shrinking_never_fails_in_a_full_region),
};
