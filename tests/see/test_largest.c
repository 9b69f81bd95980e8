// SPDX-License-Identifier: MIT
// test-libcs: nano
// test-flags: 1
// test-link: -Wl,--defsym=__obmalloc_arena_size=0
/* The largest request that can be served at once, to the byte, where the arena is all there is. */
#include "obmalloc_class_statistics.h"
#include "pools.h"
#include "see/storm.h"
#include "state.h"
#include "target/target.h"

enum { STEPS = 2000, LOOK_EACH = 20, SIZE_MAX_BYTES = 400 };

static struct storm storm = {.random = 3};

/* Of pools_malloc, which does not merge first. */
static bool is_served_at_once(size_t bytes) {
    void *block = pools_malloc_fast(&obmalloc_heap, bytes);
    block = block ? block : pools_malloc(&obmalloc_heap, bytes);
    if (block) {
        CHECK_EQUAL(pools_free(&obmalloc_heap, block), POOLS_OK);
    }
    return block != NULL;
}

static void fill_up(void **hold, unsigned *count, unsigned count_max) {
    while (*count < count_max) {
        void *block = malloc(1800);
        if (!block) {
            return;
        }
        hold[(*count)++] = block;
    }
}

/* Also what waits, which scarce memory uses up. */
static void look(void) {
    size_t bytes = obmalloc_largest_request_bytes();
    struct obmalloc_totals now;
    struct obmalloc_statistics walk = statistics();
    obmalloc_totals(&now);
    CHECK_EQUAL(now.largest_request_bytes, bytes);
    CHECK(now.largest_is_exact);
    CHECK_EQUAL(now.arena_waiting_bytes, walk.arena.pool_ready_bytes);
    CHECK_EQUAL(now.arena_waiting_blocks, walk.arena.pool_ready_blocks);
    CHECK(!is_served_at_once(bytes + 8));
    CHECK(is_served_at_once(bytes));
    uint32_t whole = (uint32_t)(now.arena_free_bytes + now.arena_waiting_bytes);
    uint32_t part = whole - (uint32_t)bytes;
    CHECK(now.fragmentation_permille <= part * 1000u / whole + 1u &&
          now.fragmentation_permille + 2u > part * 1000u / whole);
}

TEST(largest_request_is_exact) {
    static void *hold[512];
    unsigned count = 0;
    free(malloc(1));
    look();
    fill_up(hold, &count, 512);
    for (unsigned i = 1; i < count; i += 3) {
        free(hold[i]);
        hold[i] = NULL;
    }
    unsigned looks = 0;
    for (unsigned step = 0; step < STEPS; step++) {
        storm_step(&storm, SIZE_MAX_BYTES);
        if (step % LOOK_EACH == 0) {
            look();
            looks++;
        }
    }
    CHECK_EQUAL(looks, STEPS / LOOK_EACH);
    storm_end(&storm);
    for (unsigned i = 0; i < count; i++) {
        free(hold[i]);
    }
    check_sound();
}

/* Blocks that wait when memory gets scarce serve shorter requests, cut to their size. */
TEST(what_waits_is_used_up) {
    static void *hold[40];
    void *small[8];
    for (unsigned i = 0; i < 40; i++) {
        hold[i] = malloc(160u + i % 8u * 8u);
    }
    for (unsigned i = 0; i < 40; i++) {
        free(hold[i]);
    }
    look();
    void *large = malloc(obmalloc_largest_request_bytes() - 2000u);
    CHECK(large != NULL);
    uint32_t waiting = statistics().arena.pool_ready_blocks;
    CHECK(waiting > 20);
    for (unsigned i = 0; i < 8; i++) {
        small[i] = malloc(60);
        look();
    }
    CHECK(statistics().arena.pool_ready_blocks < waiting);
    for (unsigned i = 0; i < 8; i++) {
        free(small[i]);
    }
    free(large);
    look();
}

TEST_LIST = {TEST_ENTRY(largest_request_is_exact), TEST_ENTRY(what_waits_is_used_up)};
