// SPDX-License-Identifier: MIT
/* Which size goes to which class, and the blocks that come of it. */
#include "fixture.h"

/* A request's chunk without header: whole granules, two at least. */
static size_t granular_bytes(size_t request_bytes) {
    return request_bytes <= 16 ? 16 : (request_bytes + 7) / 8 * 8;
}

TEST(class_of_every_size) {
    for (uint32_t bytes = 0; bytes <= 256; bytes++) {
        CHECK_EQUAL(pools_class_of(bytes), bytes <= 248 ? granular_bytes(bytes) / 8 : 0);
    }
    for (uint32_t bytes = 257; bytes <= 4096; bytes++) {
        CHECK_EQUAL(pools_class_of(bytes), 0);
    }
}

static const size_t impossible[] = {
    0x7FFFFFF7u,   0x7FFFFFF8u,  0x7FFFFFFFu,  0x80000000u,  0x80000001u,  0x80000008u,
    0x80000009u,   0xFFFFFFF0u,  0xFFFFFFF8u,  0xFFFFFFF9u,  0xFFFFFFFFu,  SIZE_MAX / 2,
    SIZE_MAX - 16, SIZE_MAX - 9, SIZE_MAX - 8, SIZE_MAX - 7, SIZE_MAX - 4, SIZE_MAX,
};
enum { IMPOSSIBLE_COUNT = sizeof impossible / sizeof impossible[0] };

TEST(impossible_sizes_have_the_class_without_blocks) {
    for (unsigned i = 0; i < IMPOSSIBLE_COUNT; i++) {
        CHECK_EQUAL(pools_class_of(impossible[i]), 0);
    }
    for (unsigned bit = 12; bit < sizeof(size_t) * 8; bit++) {
        size_t bytes = (size_t)1 << bit;
        CHECK_EQUAL(pools_class_of(bytes), 0);
        CHECK_EQUAL(pools_class_of(bytes + 8), 0);
        CHECK_EQUAL(pools_class_of(bytes - 1), 0);
    }
}

/* With a ready block in every pool, so that a wrong class would find one. */
TEST(impossible_sizes_are_refused_by_every_function) {
    open_heap(4096);
    for (size_t bytes = 16; bytes <= 120; bytes += 8) {
        void *pair[2] = {take(bytes), take(bytes)};
        CHECK_EQUAL(give(pair[0]), POOLS_OK);
        CHECK_EQUAL(give(pair[1]), POOLS_OK);
    }
    void *block = take(100);
    for (unsigned i = 0; i < IMPOSSIBLE_COUNT; i++) {
        CHECK(pools_malloc_fast(&heap, impossible[i]) == NULL);
        CHECK(pools_malloc(&heap, impossible[i]) == NULL);
        CHECK(pools_memalign(&heap, 16, impossible[i]) == NULL);
        CHECK(pools_memalign(&heap, 4096, impossible[i]) == NULL);
        CHECK(pools_realloc(&heap, block, impossible[i]) == NULL);
        check_sound();
    }
    CHECK(pools_malloc(&heap, 4096) == NULL);
    CHECK(pools_malloc(&heap, POOLS_REGION_BYTES_MAX) == NULL);
    CHECK(pools_malloc(&heap, POOLS_REGION_BYTES_MAX + 1) == NULL);
    check_sound();
}

/* Fast and full path mean the same block by a size: what the one frees, the other takes. */
TEST(fast_and_full_path_agree_on_every_size) {
    for (size_t bytes = 0; bytes <= 600; bytes++) {
        open_heap(4096);
        void *block = pools_malloc(&heap, bytes);
        CHECK(block != NULL);
        bool pooled = bytes <= POOLS_POOLED_BYTES_MAX;
        size_t block_bytes = usable(block);
        CHECK_EQUAL(block_bytes, granular_bytes(bytes));
        if (pooled) {
            CHECK_EQUAL(pools_class_of(bytes) * 8, block_bytes);
        }
        if (!pools_free_fast(&heap, block)) {
            CHECK(!pooled || !is_in_sight(block, block_bytes));
            CHECK_EQUAL(pools_free(&heap, block), POOLS_OK);
        }
        check_sound();
        CHECK_EQUAL(statistics().pool_ready_blocks, pooled);
        CHECK_EQUAL(statistics().pool_ready_bytes, pooled ? block_bytes : 0);
        CHECK(pools_malloc_fast(&heap, block_bytes + 1) == NULL);
        if (block_bytes > 16) {
            CHECK(pools_malloc_fast(&heap, block_bytes - 8) == NULL);
        }
        CHECK_EQUAL(pools_malloc_fast(&heap, bytes), pooled ? block : NULL);
        check_sound();
    }
}

/* Also where the full path freed it. */
TEST(full_path_frees_into_the_pool_that_the_fast_path_takes_from) {
    for (size_t bytes = 0; bytes <= POOLS_POOLED_BYTES_MAX; bytes++) {
        open_heap(4096);
        void *block = pools_malloc(&heap, bytes);
        CHECK_EQUAL(pools_free(&heap, block), POOLS_OK);
        check_sound();
        CHECK(pools_malloc_fast(&heap, bytes) == block);
        check_sound();
    }
}

TEST(blocks_up_to_512_bytes_have_no_header) {
    for (size_t bytes = 0; bytes <= 700; bytes++) {
        open_heap(4096);
        char *first = take(bytes);
        char *second = take(bytes);
        CHECK_EQUAL(second - first, granular_bytes(bytes) + (bytes > 512 ? 8 : 0));
        CHECK_EQUAL(usable(first), granular_bytes(bytes));
        CHECK_EQUAL(usable(second), granular_bytes(bytes));
        struct pools_statistics now = statistics();
        CHECK_EQUAL(now.small_used_blocks, bytes > 512 ? 0 : 2);
        CHECK_EQUAL(now.large_used_blocks, bytes > 512 ? 2 : 0);
        CHECK_EQUAL(now.large_header_bytes, bytes > 512 ? 16 : 0);
        CHECK_EQUAL(now.small_used_bytes + now.large_used_bytes, 2 * granular_bytes(bytes));
    }
}

TEST(every_block_holds_what_was_asked_for) {
    open_heap(4096);
    for (size_t bytes = 0; bytes <= 700; bytes++) {
        char *block = take(bytes);
        CHECK(block != NULL);
        CHECK_EQUAL((uintptr_t)block % 8, 0);
        CHECK(usable(block) >= bytes);
        memset(block, 0xFF, usable(block));
        check_sound();
        CHECK_EQUAL(give(block), POOLS_OK);
        check_sound();
    }
    check_nothing_left();
}

TEST(requests_of_zero_bytes_give_distinct_blocks) {
    void *blocks[20];
    open_heap(2048);
    for (unsigned i = 0; i < 20; i++) {
        blocks[i] = take(0);
        CHECK(blocks[i] != NULL);
        CHECK_EQUAL(usable(blocks[i]), 16);
        for (unsigned j = 0; j < i; j++) {
            CHECK(blocks[i] != blocks[j]);
        }
    }
    for (unsigned i = 0; i < 20; i++) {
        CHECK_EQUAL(give(blocks[i]), POOLS_OK);
    }
    check_nothing_left();
}

TEST_LIST = {
    TEST_ENTRY(class_of_every_size),
    TEST_ENTRY(impossible_sizes_have_the_class_without_blocks),
    TEST_ENTRY(impossible_sizes_are_refused_by_every_function),
    TEST_ENTRY(fast_and_full_path_agree_on_every_size),
    TEST_ENTRY(full_path_frees_into_the_pool_that_the_fast_path_takes_from),
    TEST_ENTRY(blocks_up_to_512_bytes_have_no_header),
    TEST_ENTRY(every_block_holds_what_was_asked_for),
    TEST_ENTRY(requests_of_zero_bytes_give_distinct_blocks),
};
