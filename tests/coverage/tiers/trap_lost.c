// SPDX-License-Identifier: MIT
/*
 * The tier trap where a word of its own, of the heap, of what was settled at boot or of a block's header has been written
 * to: what is closed is not memory of anybody else, and as soon as the word is right again all is closed as it was.
 */
// test-builds: trap
// test-flags: 1
// test-link: -Wl,--wrap=mpu_close
#define REGIONS 8u
#define IS_V8   0u
#include "guard/trap.c"

#include "coverage/tiers/trap_model.h"

enum { BYTES = 400 };
static char *live;
static struct mpu_area closed_before[MODEL_REGIONS];

/* The lock is taken and given back, in between of which nothing happens. */
static void pass(void) {
    obmalloc_lock_state before = obmalloc_lock();
    CHECK_EQUAL(MPU_CTRL, 0);
    CHECK_EQUAL(depth, 1);
    obmalloc_unlock(before);
    CHECK_EQUAL(depth, 0);
}

static void check_as_before(void) {
    pass();
    CHECK(memcmp(closed, closed_before, sizeof closed) == 0);
    check_closed();
    CHECK(!touches_closed(live, BYTES));
    check_not_told();
}

/* A long free chunk, an untouched part, and a block that waits. */
static void prepare(void) {
    if (live) {
        return;
    }
    begin_model();
    char *blocks[6];
    for (unsigned i = 0; i < 6; i++) {
        blocks[i] = malloc(BYTES);
        CHECK(is_in_arena(blocks[i]));
    }
    live = blocks[0];
    for (unsigned i = 1; i < 5; i++) {
        free(blocks[i]);
    }
    obmalloc_lock_state before = obmalloc_lock();
    for (void *block = quarantine_leave(true); block; block = quarantine_leave(true)) {
        CHECK_EQUAL(pools_free(&obmalloc_heap, guard_inner_of(block)), POOLS_OK);
    }
    obmalloc_unlock(before);
    free(blocks[5]);
    CHECK(closings[LONG_CHUNK].wanted.end - closings[LONG_CHUNK].wanted.start > 4 * BYTES);
    check_closed();
    memcpy(closed_before, closed, sizeof closed);
}

TEST(each_bit_of_its_own_words) {
    uint32_t *const words[] = {&depth, &first_region, &region_count, &seal};
    prepare();
    for (unsigned i = 0; i < 4 * 32; i++) {
        *words[i / 32] ^= 1u << i % 32;
        check_as_before();
        CHECK(has_begun && first_region == 0 && region_count == REGIONS);
    }
    has_begun = false;
    check_as_before();
    CHECK(has_begun);
}

/* Where there is no MPU, none is written to. */
TEST(its_own_words_without_an_mpu) {
    prepare();
    MPU_TYPE = 0;
    MPU_CTRL = MPU_CTRL_ON;
    seal ^= 1;
    obmalloc_lock_state before = obmalloc_lock();
    obmalloc_unlock(before);
    CHECK_EQUAL(MPU_CTRL, MPU_CTRL_ON);
    CHECK_EQUAL(region_count, 0);
    begin_model();
    seal ^= 1;
    check_as_before();
}

/* Of the heap it closes only what the heap verifies. */
TEST(a_heap_whose_seal_is_broken) {
    prepare();
    obmalloc_heap.near_seal ^= 1;
    pass();
    CHECK_EQUAL(MPU_CTRL, 0);
    obmalloc_heap.near_seal ^= 1;
    check_as_before();
}

/* Below, behind, between granules, too near to the end, nowhere: and a chunk that is none. */
TEST(a_bin_that_leads_to_no_chunk) {
    prepare();
    struct pools_heap *heap = &obmalloc_heap;
    unsigned bin = 31u - (unsigned)__builtin_ctz(heap->bins_filled);
    uint32_t chunk = heap->bins[bin];
    uint32_t in_block = (uint32_t)(uintptr_t)live;
    const uint32_t astray[] = {0,         heap->base,           heap->untouched, heap->end + 64,
                               chunk + 4, heap->untouched - 8u, in_block,        chunk ^ 32u};
    for (unsigned i = 0; i < sizeof astray / sizeof astray[0]; i++) {
        heap->bins[bin] = astray[i];
        pass();
        CHECK_EQUAL(closings[LONG_CHUNK].wanted.start, 0);
        CHECK(!touches_closed(live, BYTES));
        heap->bins[bin] = chunk;
        check_as_before();
    }
    /* And one that is there, but has been written to. */
    *chunk_free_bytes(chunk) += 64;
    pass();
    CHECK_EQUAL(closings[LONG_CHUNK].wanted.start, 0);
    *chunk_free_bytes(chunk) -= 64;
    check_as_before();
}

/* What is below the arena follows from what was settled. */
TEST(a_break_that_was_not_made) {
    prepare();
    struct mpu_area before = closings[BELOW_ARENA].wanted;
    obmalloc_state.heap_break -= 64;
    pass();
    CHECK(memcmp(&closings[BELOW_ARENA].wanted, &before, sizeof before) == 0);
    CHECK(memcmp(&closed[BELOW_ARENA], &closed_before[BELOW_ARENA], sizeof before) == 0);
    obmalloc_state.heap_break += 64;
    check_as_before();
}

/* What a region is said to close: it is set anew, even where the damaged words are what is wanted next. */
TEST(each_bit_of_what_a_region_closes) {
    prepare();
    struct closing before[REGIONS_MAX];
    memcpy(before, closings, sizeof before);
    for (unsigned region = 0; region < REGIONS; region++) {
        for (unsigned bit = 0; bit < sizeof before[0] * 8; bit++) {
            ((uint32_t *)(void *)&closings[region])[bit / 32] ^= 1u << bit % 32;
            struct mpu_area area = closings[region].wanted;
            CHECK(!is_wanted(region, area.start, area.end));
            check_as_before();
            CHECK(memcmp(before, closings, sizeof before) == 0);
        }
    }
}

/* A block that waits, and whose header says that it is longer than it was. */
TEST(a_header_of_a_block_that_waits) {
    prepare();
    char *block = quarantine_at(0);
    CHECK(block != NULL && is_closed(block + 128));
    uint32_t region = FIRST_BLOCK + (quarantine_added() - 1u) % 4u;
    CHECK_EQUAL(closings[region].wanted.start, (uintptr_t)block);
    guard_header_of(block)->request_bytes += 64;
    pass();
    CHECK_EQUAL(closings[region].wanted.end, (uintptr_t)block);
    CHECK(!is_closed(block + 128));
    guard_header_of(block)->request_bytes -= 64;
    check_as_before();
    check_sound();
}

TEST_LIST = {
    TEST_ENTRY(each_bit_of_its_own_words),     TEST_ENTRY(its_own_words_without_an_mpu),
    TEST_ENTRY(a_heap_whose_seal_is_broken),   TEST_ENTRY(a_bin_that_leads_to_no_chunk),
    TEST_ENTRY(a_break_that_was_not_made),     TEST_ENTRY(each_bit_of_what_a_region_closes),
    TEST_ENTRY(a_header_of_a_block_that_waits)};
