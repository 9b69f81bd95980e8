// SPDX-License-Identifier: MIT
// test-link: -Wl,--defsym=__obmalloc_arena_size=0
/* Who holds the heap, by the table, against accounts of every block. */
#include <malloc.h>

#include "obmalloc_heap.h"
#include "obmalloc_sites.h"
#include "see/part_accounts.h"
#include "target/target.h"

enum { SLOTS = 160, LOOK_EACH = 100, BATCHES = 40, BATCH_STEPS = 400 };

static void *blocks[SLOTS];
static uint32_t random_state = 11;

static uint32_t next_random(void) {
    random_state = random_state * UINT32_C(1664525) + UINT32_C(1013904223);
    return random_state >> 8;
}

/* As many slots as the board's RAM holds, a few at least of which do not fit the table. */
static unsigned slots(void) {
    struct obmalloc_boot_report boot = obmalloc_boot_report();
    size_t room = (size_t)((char *)boot.region.end - (char *)boot.region.start);
    return room / 30 < SLOTS ? (unsigned)(room / 30) : SLOTS;
}

static void step(unsigned slot_count, uint32_t size_max) {
    void **block = &blocks[next_random() % slot_count];
    uint32_t bytes = 1u + next_random() % size_max;
    if (*block && next_random() % 3u == 0) {
        void *moved = account_realloc(*block, bytes);
        *block = moved ? moved : *block;
    } else if (*block && next_random() % 2u == 0) {
        account_free(*block);
        *block = NULL;
    } else if (!*block) {
        *block = account_malloc(bytes);
    }
}

static void free_all(void) {
    for (unsigned i = 0; i < SLOTS; i++) {
        account_free(blocks[i]);
        blocks[i] = NULL;
    }
}

TEST(few_blocks_are_known_exactly) {
    struct account_check check = {0};
    for (unsigned i = 0; i < 400; i++) {
        step(6, 100);
        CHECK(account_compare(&check));
    }
    free_all();
    CHECK(account_compare(&check));
    CHECK_EQUAL(check.outside, 0);
    CHECK_EQUAL(check.inexact, 0);
    CHECK_EQUAL(check.squared_error, 0);
}

/* Within the bounds always, and as near as the threshold says on average. */
TEST(many_blocks_are_known_within_bounds) {
    struct account_check check = {0};
    unsigned slot_count = slots();
    for (unsigned i = 0; i < BATCHES * BATCH_STEPS; i++) {
        step(slot_count, i / BATCH_STEPS % 2 == 0 ? 60 : 120);
        if (i % LOOK_EACH == LOOK_EACH - 1) {
            CHECK(account_compare(&check));
        }
        if (i % BATCH_STEPS == BATCH_STEPS - 1) {
            free_all();
        }
    }
    TEST_NOTE("%u sites compared, %u outside of the bounds, %u with blocks that are not known",
              (unsigned)check.sites, (unsigned)check.outside, (unsigned)check.inexact);
    TEST_NOTE("squared error in 1/1000 of threshold * truth: %u; sum of errors in 1/1000 of the "
              "truth: %d",
              (unsigned)(check.squared_error * 1000u / check.squared_deviation),
              (int)(check.error * 1000 / (int64_t)check.truth));
    CHECK_EQUAL(check.outside, 0);
    CHECK(check.inexact > check.sites / 4);
    CHECK(check.squared_error <= check.squared_deviation);
    CHECK(check.error * 10 < (int64_t)check.truth && check.error * 10 > -(int64_t)check.truth);
    free_all();
    struct obmalloc_site none;
    struct obmalloc_sites_totals totals;
    CHECK_EQUAL(obmalloc_sites(&none, 1, &totals), 0);
    CHECK_EQUAL(totals.live_blocks, 0);
    CHECK_EQUAL(totals.live_bytes, 0);
    CHECK_EQUAL(totals.threshold_bytes, 0);
}

/* The block stays where and whose it was. */
TEST(a_realloc_that_fails_changes_nothing) {
    struct account_check check = {0};
    void *volatile block = account_malloc(40);
    CHECK(block != NULL);
    CHECK(realloc(block, PTRDIFF_MAX / 2) == NULL);
    account_measure(block);
    CHECK(account_compare(&check));
    CHECK_EQUAL(check.squared_error, 0);
    account_free(block);
}

TEST(misuse_takes_nothing_off) {
    if (flag() == 0) {
        SKIP("the C library does not tell misuse");
    }
    struct account_check check = {0};
    char *block = account_malloc(64);
    free(block + 8);
    CHECK(realloc(block + 8, 5) == NULL);
    free(&check);
    CHECK(account_compare(&check));
    CHECK_EQUAL(check.squared_error, 0);
    account_free(block);
}

TEST(the_largest_come_first) {
    struct obmalloc_site two[2], all[16];
    struct obmalloc_sites_totals totals;
    void *small[12];
    for (unsigned i = 0; i < 12; i++) {
        small[i] = account_malloc(16u + 8u * i);
    }
    uint32_t count = obmalloc_sites(all, 16, &totals);
    CHECK(count > 3);
    CHECK_EQUAL(obmalloc_sites(two, 2, &totals), 2);
    for (unsigned i = 0; i < count; i++) {
        CHECK(i == 0 || all[i].estimated_bytes <= all[i - 1].estimated_bytes);
    }
    CHECK_EQUAL(two[0].estimated_bytes, all[0].estimated_bytes);
    CHECK_EQUAL(two[1].estimated_bytes, all[1].estimated_bytes);
    CHECK_EQUAL(totals.tracked_blocks, 12);
    for (unsigned i = 0; i < 12; i++) {
        account_free(small[i]);
    }
}

/* A heap's blocks count, and are gone with it. */
TEST(a_heap_ends_with_its_blocks) {
    struct obmalloc_site sites[4];
    struct obmalloc_sites_totals totals;
    static _Alignas(8) char region[1400];
    struct obmalloc_heap *heap;
    CHECK_EQUAL(obmalloc_heap_create(region, region + sizeof region, &heap), OBMALLOC_HEAP_OK);
    CHECK(obmalloc_heap_malloc(heap, 100) != NULL);
    CHECK(obmalloc_heap_malloc(heap, 540) != NULL);
    void *stays = account_malloc(50);
    CHECK(obmalloc_sites(sites, 4, &totals) >= 2);
    CHECK_EQUAL(totals.live_blocks, 3);
    CHECK_EQUAL(obmalloc_heap_destroy(heap, OBMALLOC_HEAP_RECLAIM, NULL), OBMALLOC_HEAP_OK);
    CHECK_EQUAL(obmalloc_sites(sites, 4, &totals), 1);
    CHECK_EQUAL(totals.live_blocks, 1);
    CHECK_EQUAL(totals.live_bytes, totals.tracked_bytes);
    account_free(stays);
}

TEST_LIST = {
    TEST_ENTRY(few_blocks_are_known_exactly),
    TEST_ENTRY(many_blocks_are_known_within_bounds),
    TEST_ENTRY(a_realloc_that_fails_changes_nothing),
    TEST_ENTRY(misuse_takes_nothing_off),
    TEST_ENTRY(the_largest_come_first),
    TEST_ENTRY(a_heap_ends_with_its_blocks),
};
