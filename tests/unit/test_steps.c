// SPDX-License-Identifier: MIT
/* realloc and reclaim in steps: what pools_realloc and pools_reclaim do at once. */
#include "fixture.h"

enum { REGION_BYTES = 6144 };

/* pools_realloc as the port does it with a lock. */
static void *resize_in_steps(void *block, size_t request_bytes) {
    void *result = pools_resize(&heap, block, request_bytes);
    check_sound();
    size_t old_bytes = 0;
    if (result != NULL || pools_block_bytes(&heap, block, &old_bytes) != POOLS_OK) {
        return result;
    }
    size_t kept_bytes = old_bytes < request_bytes ? old_bytes : request_bytes;
    result = pools_slide_begin(&heap, block, request_bytes);
    check_sound();
    if (result != NULL) {
        CHECK(result < block);
        CHECK(usable(result) >= request_bytes);
        memmove(result, block, kept_bytes);
        pools_cut(&heap, result, request_bytes);
        check_sound();
        return result;
    }
    result = take(request_bytes);
    if (result == NULL) {
        return request_bytes <= old_bytes ? block : NULL;
    }
    memcpy(result, block, kept_bytes);
    CHECK_EQUAL(give(block), POOLS_OK);
    return result;
}

TEST(a_block_that_would_move_stays_as_it_is) {
    open_heap(REGION_BYTES);
    unsigned char *block = take(24);
    take(24);
    fill(block, 24, 1);
    CHECK(pools_resize(&heap, block, 200) == NULL);
    CHECK(pools_slide_begin(&heap, block, 200) == NULL);
    check_filled(block, 24, 1);
    CHECK_EQUAL(usable(block), 24);
    CHECK_EQUAL(pools_resize(&heap, block, 20), block);
    CHECK_EQUAL(pools_resize(&heap, block, 24), block);
}

TEST(what_is_no_block_is_refused) {
    open_heap(REGION_BYTES);
    char *block = take(700);
    CHECK(pools_resize(&heap, block + 8, 700) == NULL);
    CHECK(pools_resize(&heap, block, (size_t)POOLS_REGION_BYTES_MAX + 1) == NULL);
    CHECK(pools_slide_begin(&heap, block + 8, 800) == NULL);
    CHECK(pools_slide_begin(&heap, block, (size_t)POOLS_REGION_BYTES_MAX + 1) == NULL);
    pools_cut(&heap, block + 8, 100);
    pools_cut(&heap, block, 800); /* more than it has */
    check_sound();
    CHECK_EQUAL(usable(block), 704);
}

/* The blocks lie where pools_realloc would have put them. */
TEST(slides_as_far_as_realloc) {
    size_t usable_bytes[2];
    for (unsigned in_steps = 0; in_steps < 2; in_steps++) {
        open_heap(REGION_BYTES);
        char *before = take(600);
        char *block = take(1000);
        take(800);
        while (take(600) != NULL) {
        }
        CHECK_EQUAL(give(before), POOLS_OK);
        fill(block, 1000, 3);
        char *result = in_steps ? resize_in_steps(block, 1400) : resize(block, 1400);
        CHECK_EQUAL(result, before);
        check_filled(result, 1000, 3);
        usable_bytes[in_steps] = usable(result);
    }
    CHECK_EQUAL(usable_bytes[0], usable_bytes[1]);
}

TEST(reclaims_a_few_at_a_time) {
    open_heap(REGION_BYTES);
    CHECK(!pools_reclaim_some(&heap, 100));
    void *blocks[12];
    for (unsigned i = 0; i < 12; i++) {
        blocks[i] = take(16 + i % 3 * 40);
    }
    for (unsigned i = 0; i < 12; i++) {
        CHECK_EQUAL(give(blocks[i]), POOLS_OK);
    }
    uint32_t waiting = statistics().pool_ready_blocks;
    CHECK(waiting >= 12);
    CHECK(pools_reclaim_some(&heap, 0));
    CHECK_EQUAL(statistics().pool_ready_blocks, waiting);
    for (uint32_t left = waiting; left != 0; left -= left < 5 ? left : 5) {
        bool more = pools_reclaim_some(&heap, 5);
        check_sound();
        CHECK(more || left <= 5);
        CHECK_EQUAL(statistics().pool_ready_blocks, left < 5 ? 0 : left - 5);
    }
    CHECK(!pools_reclaim_some(&heap, 5));
    check_nothing_left();
}

TEST(closed_heap_has_nothing_to_reclaim) {
    struct pools_heap closed = {0};
    CHECK(!pools_reclaim_some(&closed, 5));
}

TEST(storm_in_steps) {
    open_heap(REGION_BYTES);
    uint32_t random = 7;
    struct {
        unsigned char *block;
        uint32_t bytes;
        unsigned seed;
    } slots[12] = {0};
    for (unsigned step = 0; step < 1500; step++) {
        unsigned i = next_random(&random) % 12;
        uint32_t bytes = next_random(&random) % 8 == 0 ? next_random(&random) % 1500
                                                       : next_random(&random) % 300;
        if (slots[i].block == NULL) {
            slots[i].block = take(bytes);
        } else if (next_random(&random) % 2 == 0) {
            uint32_t kept = slots[i].bytes < bytes ? slots[i].bytes : bytes;
            unsigned char *block = resize_in_steps(slots[i].block, bytes);
            if (block == NULL) {
                check_filled(slots[i].block, slots[i].bytes, slots[i].seed);
                pools_reclaim_some(&heap, 3);
                check_sound();
                continue;
            }
            check_filled(block, kept, slots[i].seed);
            slots[i].block = block;
        } else {
            check_filled(slots[i].block, slots[i].bytes, slots[i].seed);
            CHECK_EQUAL(give(slots[i].block), POOLS_OK);
            slots[i].block = NULL;
        }
        if (slots[i].block != NULL) {
            slots[i].bytes = bytes;
            slots[i].seed = step;
            fill(slots[i].block, bytes, step);
        }
    }
    for (unsigned i = 0; i < 12; i++) {
        if (slots[i].block != NULL) {
            CHECK_EQUAL(give(slots[i].block), POOLS_OK);
        }
    }
    check_nothing_left();
}

TEST_LIST = {
    TEST_ENTRY(a_block_that_would_move_stays_as_it_is),
    TEST_ENTRY(what_is_no_block_is_refused),
    TEST_ENTRY(slides_as_far_as_realloc),
    TEST_ENTRY(reclaims_a_few_at_a_time),
    TEST_ENTRY(closed_heap_has_nothing_to_reclaim),
    TEST_ENTRY(storm_in_steps),
};
