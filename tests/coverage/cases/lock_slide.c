// SPDX-License-Identifier: MIT
/* realloc and the merging of memory in steps, as they are where there is a lock: contents and the lock's balance. */
// test-locks: hooks primask basepri
// test-flags: 1
// test-link: -Wl,--defsym=__obmalloc_arena_size=0
#include "coverage/pc/registers.h"
#include "target/target.h"
#ifdef OBMALLOC_LOCK_HOOKS
#include "coverage/pc/hooks.h"
#endif

static const volatile size_t too_much = 700000;

static void check_unlocked(void) {
    CHECK_EQUAL(pc_primask, 0);
    CHECK_EQUAL(pc_basepri, 0);
#ifdef OBMALLOC_LOCK_HOOKS
    CHECK_EQUAL(pc_lock_depth, 0);
#endif
    check_sound();
}

/* Memory that is left is in one piece of so many bytes, before the block. */
TEST(a_block_slides_into_what_is_free_before_it) {
    char *before = malloc(3000);
    char *block = malloc(2000);
    char *wall = malloc(600);
    CHECK(before && block && wall);
    free(malloc(300));
    size_t rest = statistics().arena.largest_free_bytes;
    void *ballast = malloc(rest);
    CHECK(ballast != NULL);
    free(before);
    fill(block, 2000, 9);
    char *slid = realloc(block, 4000);
    CHECK(slid == before && is_filled(slid, 2000, 9));
    check_unlocked();
    free(slid);
    free(wall);
    free(ballast);
    check_unlocked();
}

TEST(a_block_that_cannot_grow_stays_and_one_that_cannot_move_shrinks_where_it_is) {
    char *block = malloc(240);
    char *wall = malloc(600);
    void *ballast[8];
    unsigned count = 0;
    while (count < 8 && (ballast[count] = malloc(statistics().arena.largest_free_bytes)) != NULL) {
        count++;
    }
    CHECK(count > 0 && block && wall);
    fill(block, 240, 5);
    errno = 0;
    CHECK(realloc(block, 2000) == NULL);
    CHECK_EQUAL(errno, ENOMEM);
    CHECK(realloc(block, too_much) == NULL);
    char *shrunk = realloc(block, 20);
    CHECK(shrunk != NULL && is_filled(shrunk, 20, 5));
    free(shrunk);
    while (count > 0) {
        free(ballast[--count]);
    }
    free(wall);
    check_unlocked();
}

/* While memory is plenty a pooled block is not cut up; it moves to a shorter one, or stays if there is none. */
TEST(a_pooled_block_shrinks_by_moving) {
    char *block = malloc(200);
    fill(block, 200, 6);
    char *moved = realloc(block, 24);
    CHECK(moved != NULL && is_filled(moved, 24, 6));
    moved = realloc(moved, 0);
    CHECK(moved != NULL && *moved == 6);
    free(moved);
    check_unlocked();
}

TEST(what_waits_is_merged_a_few_blocks_at_a_time) {
    static void *blocks[200];
    for (unsigned i = 0; i < 200; i++) {
        blocks[i] = malloc(100);
        CHECK(blocks[i] != NULL);
    }
    void *ballast = malloc(statistics().arena.largest_free_bytes - 64);
    CHECK(ballast != NULL);
    for (unsigned i = 0; i < 200; i++) {
        free(blocks[i]);
    }
    void *large = malloc(200 * 90);
    CHECK(large != NULL);
    free(large);
    free(ballast);
    check_unlocked();
}

TEST_LIST = {
    TEST_ENTRY(a_block_slides_into_what_is_free_before_it),
    TEST_ENTRY(a_block_that_cannot_grow_stays_and_one_that_cannot_move_shrinks_where_it_is),
    TEST_ENTRY(a_pooled_block_shrinks_by_moving),
    TEST_ENTRY(what_waits_is_merged_a_few_blocks_at_a_time)};
