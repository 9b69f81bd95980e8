// SPDX-License-Identifier: MIT
/* memalign: what the alignment skips becomes a chunk, and never one of 8 bytes. */
#include "fixture.h"

static const size_t sizes[] = {0, 1, 16, 24, 40, 248, 256, 504, 512, 513, 520, 600};
enum { SIZE_COUNT = sizeof sizes / sizeof sizes[0] };

TEST(every_alignment_and_size) {
    open_heap(4096);
    for (size_t alignment = 1; alignment <= 1024; alignment *= 2) {
        for (unsigned i = 0; i < SIZE_COUNT; i++) {
            void *block = take_aligned(alignment, sizes[i]);
            CHECK(block != NULL);
            CHECK_EQUAL((uintptr_t)block % alignment, 0);
            CHECK_EQUAL((uintptr_t)block % 8, 0);
            CHECK(usable(block) >= sizes[i]);
            memset(block, 0xEE, usable(block));
            check_sound();
            CHECK_EQUAL(give(block), POOLS_OK);
            check_nothing_left();
        }
    }
}

/* From every place that the untouched part can begin at, and with every lead that results. */
TEST(every_lead_at_the_untouched_part) {
    for (size_t alignment = 16; alignment <= 128; alignment *= 2) {
        for (size_t before = 16; before <= 16 + alignment; before += 8) {
            for (unsigned i = 0; i < SIZE_COUNT; i++) {
                open_heap(4096);
                char *first = take(before);
                char *block = take_aligned(alignment, sizes[i]);
                CHECK(block != NULL);
                CHECK_EQUAL((uintptr_t)block % alignment, 0);
                size_t header = sizes[i] > 512 ? 8 : 0;
                size_t lead = (size_t)(block - header - (first + before));
                CHECK(lead != 8);
                CHECK(lead <= alignment + 8);
                CHECK_EQUAL(statistics().free_chunks, lead == 0 ? 1 : 2);
                memset(block, 0xEE, usable(block));
                check_sound();
                CHECK_EQUAL(give(first), POOLS_OK);
                CHECK_EQUAL(give(block), POOLS_OK);
                check_nothing_left();
            }
        }
    }
}

/* The same within a hole, whose rest behind the block is of every length, too. */
TEST(every_lead_in_a_hole) {
    for (size_t before = 16; before <= 80; before += 8) {
        for (size_t more = 0; more <= 96; more += 8) {
            open_heap(4096);
            void *first = take(before);
            char *hole = take(400 + more);
            void *wall = take(16);
            CHECK_EQUAL(give(hole), POOLS_OK);
            void *ballast = take(statistics().largest_free_bytes);
            CHECK(ballast != NULL);
            char *block = take_aligned(64, 400);
            if (block == NULL) {
                size_t lead = -(uintptr_t)hole % 64;
                CHECK(400 + (lead == 8 ? 72 : lead) > 400 + more);
            } else {
                CHECK_EQUAL((uintptr_t)block % 64, 0);
                CHECK(block >= hole && block + usable(block) <= hole + 400 + more);
                CHECK(block - hole != 8);
                memset(block, 0xEE, usable(block));
                check_sound();
                CHECK_EQUAL(give(block), POOLS_OK);
            }
            CHECK_EQUAL(give(first), POOLS_OK);
            CHECK_EQUAL(give(wall), POOLS_OK);
            CHECK_EQUAL(give(ballast), POOLS_OK);
            check_nothing_left();
        }
    }
}

TEST(an_aligned_ready_block_is_taken_from_its_pool) {
    open_heap(4096);
    char *blocks[8];
    unsigned aligned = 0;
    for (unsigned i = 0; i < 8; i++) {
        blocks[i] = take(40); /* one of four is aligned to 32 */
        aligned = (uintptr_t)blocks[i] % 32 == 0 ? i : aligned;
    }
    char *wanted = blocks[aligned];
    CHECK_EQUAL((uintptr_t)wanted % 32, 0);
    /* Behind two that are not. */
    blocks[aligned] = blocks[5];
    blocks[5] = wanted;
    for (unsigned i = 0; i < 8; i++) {
        CHECK_EQUAL(give(blocks[i]), POOLS_OK);
    }
    char *taken = take_aligned(32, 40);
    CHECK_EQUAL((uintptr_t)taken % 32, 0);
    CHECK(taken == blocks[5] || taken == blocks[6] || taken == blocks[7]);
    CHECK_EQUAL(statistics().pool_ready_blocks, 7);
    /* It is a live block like any other, also before it is written to; the pool is without it. */
    CHECK(word_at((uint32_t)(uintptr_t)taken)[1] != link_key(&heap, (uint32_t)(uintptr_t)taken));
    CHECK_EQUAL(give(taken), POOLS_OK);
    CHECK(take_aligned(32, 40) == taken);
    CHECK_EQUAL(usable(taken), 40);
    for (unsigned i = 0; i < 7; i++) {
        CHECK(pools_malloc_fast(&heap, 40) != taken);
        check_sound();
    }
    CHECK_EQUAL(statistics().pool_ready_blocks, 0);
}

TEST(an_alignment_that_is_none_is_refused) {
    static const size_t bad[] = {
        0, 3, 5, 6, 7, 9, 24, 1000, 4095, 0x80000001u, 4097, 0xFFFFFFFFu, SIZE_MAX - 7, SIZE_MAX};
    open_heap(2048);
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        for (unsigned k = 0; k < SIZE_COUNT; k++) {
            CHECK(take_aligned(bad[i], sizes[k]) == NULL);
        }
    }
    check_nothing_left();
}

TEST(sizes_and_alignments_that_cannot_be_had_are_refused) {
    open_heap(2048);
    for (unsigned bit = 4; bit < sizeof(size_t) * 8; bit++) {
        size_t alignment = (size_t)1 << bit;
        CHECK(take_aligned(alignment, SIZE_MAX) == NULL);
        CHECK(take_aligned(alignment, SIZE_MAX - alignment) == NULL);
        CHECK(take_aligned(alignment, SIZE_MAX - alignment + 1) == NULL);
        CHECK(take_aligned(alignment, 0x80000000u) == NULL);
        CHECK(take_aligned(alignment, POOLS_REGION_BYTES_MAX) == NULL);
        CHECK(take_aligned(alignment, 2048) == NULL);
        if (bit > 24) {
            CHECK(take_aligned(alignment, 16) == NULL);
        }
    }
    check_nothing_left();
}

/* The last block of a full region, to its last byte; with a header before it and without one. */
TEST(aligned_up_to_the_regions_end) {
    for (size_t bytes = 256; bytes <= 768; bytes += 256) {
        open_heap(4096);
        char *start = (char *)(uintptr_t)heap.start;
        size_t header = bytes > 512 ? 8 : 0;
        CHECK(take(heap.end - heap.untouched - bytes - header - 16 - 8) != NULL);
        char *last = take_aligned(256, bytes);
        CHECK(last == start + 4096 - bytes);
        memset(last, 0xEE, bytes);
        check_sound();
        CHECK_EQUAL(statistics().free_bytes, 16);
        CHECK(take_aligned(32, 16) == NULL || bytes != 256);
        CHECK_EQUAL(give(last), POOLS_OK);
    }
}

TEST_LIST = {
    TEST_ENTRY(every_alignment_and_size),
    TEST_ENTRY(every_lead_at_the_untouched_part),
    TEST_ENTRY(every_lead_in_a_hole),
    TEST_ENTRY(an_aligned_ready_block_is_taken_from_its_pool),
    TEST_ENTRY(an_alignment_that_is_none_is_refused),
    TEST_ENTRY(sizes_and_alignments_that_cannot_be_had_are_refused),
    TEST_ENTRY(aligned_up_to_the_regions_end),
};
