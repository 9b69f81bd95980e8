// SPDX-License-Identifier: MIT
/* Large blocks: a header, a clear map inside, grown and shrunk in place, slid down. */
#include "chunk.h"
#include "fixture.h"

static bool is_large(const void *block) {
    uint32_t chunk = (uint32_t)(uintptr_t)block - POOLS_LARGE_HEADER_BYTES;
    uint32_t window = map_window(heap.base, map_granule(heap.base, chunk));
    return (window & MAP_FIRST) != 0 && (window & MAP_SECOND) != 0 && chunk_is_large(chunk);
}

/* The map has nothing between the block's first granule and the next chunk. */
static void check_interior_is_clear(const char *block) {
    uint32_t first = map_granule(heap.base, (uint32_t)(uintptr_t)block);
    for (uint32_t i = 1; i < usable(block) / 8; i++) {
        CHECK((map_window(heap.base, first + i) & MAP_FIRST) == 0);
    }
    CHECK((map_window(heap.base, first + (uint32_t)usable(block) / 8) & MAP_FIRST) != 0);
}

TEST(above_512_bytes_a_header_says_how_long_the_block_is) {
    for (size_t bytes = 505; bytes <= 1100; bytes++) {
        open_heap(4096);
        void *wall = take(16);
        char *block = take(bytes);
        CHECK(block != NULL);
        CHECK_EQUAL(usable(block), (bytes + 7) / 8 * 8);
        CHECK_EQUAL(is_large(block), bytes > 512);
        CHECK_EQUAL(statistics().large_header_bytes, bytes > 512 ? 8 : 0);
        memset(block, 0xFF, usable(block));
        check_sound();
        check_interior_is_clear(block);
        CHECK_EQUAL(give(block), POOLS_OK);
        CHECK_EQUAL(give(wall), POOLS_OK);
        check_nothing_left();
    }
}

/* In memory where chunks have been before, whose bits must not stay. */
TEST(the_map_inside_is_clear_where_small_blocks_were) {
    open_heap(4096);
    void *blocks[40];
    for (unsigned i = 0; i < 40; i++) {
        blocks[i] = take(16 + i % 3 * 8);
    }
    void *wall = take(16);
    for (unsigned i = 0; i < 40; i++) {
        CHECK_EQUAL(give(blocks[(i * 11) % 40]), POOLS_OK);
    }
    pools_reclaim(&heap);
    char *large = take(900);
    CHECK(large == (char *)blocks[0] + 8);
    check_interior_is_clear(large);
    CHECK_EQUAL(give(large), POOLS_OK);
    CHECK_EQUAL(give(wall), POOLS_OK);
    check_nothing_left();
}

TEST(a_large_block_grows_into_the_hole_behind_it) {
    for (size_t more = 8; more <= 120; more += 8) {
        open_heap(4096);
        char *block = take(600);
        void *hole = take(104);
        void *wall = take(16);
        CHECK_EQUAL(give(hole), POOLS_OK);
        pools_reclaim(&heap);
        void *ballast = take(statistics().largest_free_bytes);
        fill(block, 600, 1);
        char *grown = resize(block, 600 + more);
        CHECK_EQUAL((uintptr_t)grown, more <= 104 ? (uintptr_t)block : 0);
        check_filled(block, 600, 1);
        if (grown != NULL) {
            CHECK_EQUAL(usable(grown), 600 + (more == 96 ? 104 : more));
            CHECK_EQUAL(statistics().free_bytes, more >= 96 ? 0 : 104 - more);
            check_interior_is_clear(grown);
            CHECK(is_large(grown));
        }
        CHECK_EQUAL(give(ballast), POOLS_OK);
        CHECK_EQUAL(give(wall), POOLS_OK);
        CHECK_EQUAL(give(block), POOLS_OK);
        check_nothing_left();
    }
}

TEST(a_large_block_grows_into_the_untouched_part_to_its_end) {
    open_heap(4096);
    char *block = take(600);
    size_t rest = statistics().largest_free_bytes + 8;
    fill(block, 600, 2);
    CHECK(resize(block, 600 + rest + 8) == NULL);
    CHECK(resize(block, 600 + rest) == block);
    CHECK_EQUAL(usable(block), 600 + rest);
    CHECK_EQUAL(statistics().free_bytes, 0);
    check_filled(block, 600, 2);
    memset(block, 0xEE, usable(block));
    check_sound();
    CHECK_EQUAL(give(block), POOLS_OK);
    check_nothing_left();
}

/* With no room for a second block: else it would move. */
TEST(a_large_block_shrinks_in_place_and_gives_its_end_back) {
    for (size_t bytes = 249; bytes <= 740; bytes += 3) {
        open_heap(4096);
        char *block = take(1000);
        void *wall = take(16);
        void *ballast = take_ballast(64);
        fill(block, 1000, 3);
        size_t free_before = statistics().free_bytes;
        CHECK(resize(block, bytes) == block);
        check_filled(block, bytes, 3);
        CHECK(is_large(block));
        check_interior_is_clear(block);
        size_t expected = (bytes + 7) / 8 * 8;
        /* Never one that its map bits would show as small. */
        expected = expected < 256 ? 256 : expected;
        CHECK_EQUAL(usable(block), expected);
        CHECK_EQUAL(statistics().free_bytes, free_before + 1000 - expected);
        CHECK(!pools_free_fast(&heap, block));
        CHECK_EQUAL(give(ballast), POOLS_OK);
        CHECK(is_plenty());
        CHECK(!pools_free_fast(&heap, block));
        CHECK_EQUAL(statistics().large_used_blocks, 1);
        CHECK_EQUAL(give(block), POOLS_OK);
        CHECK_EQUAL(statistics().pool_ready_blocks, 0);
        CHECK_EQUAL(give(wall), POOLS_OK);
        check_nothing_left();
    }
}

/* Wherever within a byte of the map it lies, so wherever a window of the fast path ends. */
TEST(a_shrunk_large_block_is_never_taken_for_a_small_one) {
    for (size_t shift = 16; shift <= 80; shift += 8) {
        for (size_t bytes = 249; bytes <= 265; bytes += 8) {
            open_heap(4096);
            void *before = take(shift);
            char *block = take(1000);
            void *wall = take(16);
            void *ballast = take_ballast(64);
            CHECK(resize(block, bytes) == block);
            CHECK_EQUAL(give(ballast), POOLS_OK);
            CHECK(is_plenty());
            CHECK(pools_realloc_fast(&heap, block, 248) == NULL);
            CHECK(!pools_free_fast(&heap, block));
            check_sound();
            CHECK_EQUAL(give(block), POOLS_OK);
            CHECK_EQUAL(give(before), POOLS_OK);
            CHECK_EQUAL(give(wall), POOLS_OK);
            check_nothing_left();
        }
    }
}

TEST(a_small_block_shrinks_by_moving_while_memory_is_plenty) {
    open_heap(4096);
    char *block = take(400);
    void *wall = take(16);
    fill(block, 400, 6);
    char *moved = resize(block, 264);
    CHECK(moved != NULL && moved != block);
    check_filled(moved, 264, 6);
    void *again = take(400);
    CHECK(again == block);
    void *ballast = take_ballast(64);
    CHECK(!is_plenty());
    CHECK(resize(again, 264) == again);
    CHECK_EQUAL(usable(again), 264);
    CHECK_EQUAL(give(ballast), POOLS_OK);
    CHECK_EQUAL(give(again), POOLS_OK);
    CHECK_EQUAL(give(moved), POOLS_OK);
    CHECK_EQUAL(give(wall), POOLS_OK);
    check_nothing_left();
}

TEST(a_large_block_moves_to_become_a_small_one) {
    for (size_t bytes = 0; bytes <= 512; bytes += 32) {
        open_heap(4096);
        char *block = take(1000);
        void *wall = take(16);
        fill(block, 1000, 4);
        char *moved = resize(block, bytes);
        CHECK(moved != NULL && moved != block);
        CHECK(!is_large(moved));
        check_filled(moved, bytes, 4);
        CHECK_EQUAL(statistics().large_used_blocks, 0);
        CHECK_EQUAL(give(moved), POOLS_OK);
        CHECK_EQUAL(give(wall), POOLS_OK);
        check_nothing_left();
    }
}

/* For every length of the hole before it, and of the one behind it. */
TEST(a_large_block_slides_down_where_it_has_no_other_place) {
    for (size_t before = 16; before <= 300; before += 8) {
        for (size_t behind = 0; behind <= 48; behind += 16) {
            for (size_t more = 8; more <= 320; more += 56) {
                open_heap(4096);
                void *guard = take(16);
                char *hole = take(before);
                char *block = take(700 - 4);
                void *other_hole = behind == 0 ? NULL : take(behind);
                void *wall = take(16);
                void *ballast = take(statistics().largest_free_bytes);
                CHECK(ballast != NULL && !is_plenty());
                CHECK_EQUAL(give(hole), POOLS_OK);
                if (behind != 0) {
                    CHECK_EQUAL(give(other_hole), POOLS_OK);
                }
                size_t old_bytes = usable(block);
                fill(block, old_bytes, 5);
                char *slid = resize(block, old_bytes + more);
                size_t room = before + behind;
                if (more > room) {
                    CHECK(slid == NULL);
                    slid = block;
                } else if (more <= behind) {
                    CHECK(slid == block);
                } else {
                    CHECK(slid == hole + 8);
                    CHECK(usable(slid) - old_bytes - more <= 8);
                    CHECK(is_large(slid));
                    check_interior_is_clear(slid);
                }
                check_filled(slid, old_bytes, 5);
                memset(slid, 0xEE, usable(slid));
                check_sound();
                CHECK_EQUAL(give(slid), POOLS_OK);
                CHECK_EQUAL(give(guard), POOLS_OK);
                CHECK_EQUAL(give(wall), POOLS_OK);
                CHECK_EQUAL(give(ballast), POOLS_OK);
                check_nothing_left();
            }
        }
    }
}

TEST(a_large_block_slides_down_into_the_untouched_part_too) {
    open_heap(4096);
    char *hole = take(700);
    char *block = take(800);
    fill(block, 800, 6);
    CHECK_EQUAL(give(hole), POOLS_OK);
    size_t all = statistics().region_bytes - statistics().map_bytes - 8;
    CHECK(resize(block, all + 1) == NULL);
    check_filled(block, 800, 6);
    char *slid = resize(block, all);
    CHECK(slid == hole);
    check_filled(slid, 800, 6);
    CHECK_EQUAL(statistics().free_bytes, 0);
    CHECK_EQUAL(give(slid), POOLS_OK);
    check_nothing_left();
}

TEST_LIST = {
    TEST_ENTRY(above_512_bytes_a_header_says_how_long_the_block_is),
    TEST_ENTRY(the_map_inside_is_clear_where_small_blocks_were),
    TEST_ENTRY(a_large_block_grows_into_the_hole_behind_it),
    TEST_ENTRY(a_large_block_grows_into_the_untouched_part_to_its_end),
    TEST_ENTRY(a_large_block_shrinks_in_place_and_gives_its_end_back),
    TEST_ENTRY(a_shrunk_large_block_is_never_taken_for_a_small_one),
    TEST_ENTRY(a_small_block_shrinks_by_moving_while_memory_is_plenty),
    TEST_ENTRY(a_large_block_moves_to_become_a_small_one),
    TEST_ENTRY(a_large_block_slides_down_where_it_has_no_other_place),
    TEST_ENTRY(a_large_block_slides_down_into_the_untouched_part_too),
};
