// SPDX-License-Identifier: MIT
/* realloc and the merging of memory in steps, as they are where there is a lock: contents and the lock's balance. */
// test-locks: hooks primask basepri
// test-flags: 1
// test-link: -Wl,--defsym=__obmalloc_arena_size=0
#include <malloc.h>

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
    char *large = malloc(2000);
    char *wall = malloc(600);
    void *ballast[8];
    unsigned count = 0;
    while (count < 8 && (ballast[count] = malloc(statistics().arena.largest_free_bytes)) != NULL) {
        count++;
    }
    CHECK(count > 0 && block && large && wall);
    fill(block, 240, 5);
    fill(large, 2000, 7);
    errno = 0;
    CHECK(realloc(block, 2000) == NULL);
    CHECK_EQUAL(errno, ENOMEM);
    CHECK(realloc(block, too_much) == NULL);
    CHECK(realloc(large, 300) == large && is_filled(large, 300, 7));
    CHECK_EQUAL(malloc_usable_size(large), 304);
    char *shrunk = realloc(block, 20);
    CHECK(shrunk != NULL && is_filled(shrunk, 20, 5));
    free(shrunk);
    free(large);
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

#ifdef OBMALLOC_LOCK_HOOKS
enum { TAKEN_MAX = 256 };
static void *taken[TAKEN_MAX];
static unsigned taken_count, steps, steps_before;

/* All memory goes to another thread, to the last byte. */
static void take_all(void) {
    if (steps_before != 0) {
        steps_before--;
        pc_between_steps = take_all;
        return;
    }
    size_t bytes;
    while ((bytes = statistics().arena.largest_free_bytes) != 0 && taken_count < TAKEN_MAX) {
        taken[taken_count] = malloc(bytes);
        taken_count += taken[taken_count] != NULL;
    }
    /* And what waits in a pool. */
    while (taken_count < TAKEN_MAX && (taken[taken_count] = malloc(20)) != NULL) {
        taken_count++;
    }
}

/* Shrinking never fails, whoever takes the memory that it would move to. */
TEST(another_thread_takes_all_memory_while_a_block_shrinks) {
    char *block = malloc(240);
    fill(block, 240, 8);
    taken_count = 0;
    steps_before = 1; /* behind the look of the fast path comes the one that decides to move it */
    pc_between_steps = take_all;
    char *shrunk = realloc(block, 20);
    CHECK(pc_between_steps == NULL && taken_count > 0);
    CHECK(shrunk == block && is_filled(shrunk, 20, 8));
    CHECK_EQUAL(malloc_usable_size(shrunk), 24);
    while (taken_count > 0) {
        free(taken[--taken_count]);
    }
    free(shrunk);
    check_unlocked();
}

/* More blocks wait after each step than it merged. */
static void free_more(void) {
    void *blocks[4];
    for (unsigned i = 0; i < 4; i++) {
        blocks[i] = malloc(100);
    }
    for (unsigned i = 0; i < 4; i++) {
        free(blocks[i]);
    }
    steps++;
    pc_between_steps = free_more;
}

TEST(another_thread_frees_faster_than_memory_is_merged) {
    void *blocks[8];
    for (unsigned i = 0; i < 8; i++) {
        blocks[i] = malloc(100);
    }
    for (unsigned i = 0; i < 8; i++) {
        free(blocks[i]);
    }
    CHECK(statistics().arena.pool_ready_blocks >= 8);
    steps = 0;
    pc_between_steps = free_more;
    CHECK(malloc(too_much) == NULL);
    pc_between_steps = NULL;
    CHECK(steps > 1 && steps < 1000);
    check_unlocked();
}
#endif

TEST_LIST = {
    TEST_ENTRY(a_block_slides_into_what_is_free_before_it),
    TEST_ENTRY(a_block_that_cannot_grow_stays_and_one_that_cannot_move_shrinks_where_it_is),
    TEST_ENTRY(a_pooled_block_shrinks_by_moving),
    TEST_ENTRY(what_waits_is_merged_a_few_blocks_at_a_time),
#ifdef OBMALLOC_LOCK_HOOKS
    TEST_ENTRY(another_thread_takes_all_memory_while_a_block_shrinks),
    TEST_ENTRY(another_thread_frees_faster_than_memory_is_merged),
#endif
};
