// SPDX-License-Identifier: MIT
// test-icount: 8
/* The counters against a walk over the heap, and what they cost. */
#include <malloc.h>
#include <string.h>

#include "board.h"
#include "link.h"
#include "obmalloc_class_statistics.h"
#include "replay/meter.h"
#include "see/storm.h"
#include "state.h"
#include "target/target.h"

enum { STEPS = 1500, WALK_EACH = 25, SIZE_MAX_BYTES = 280 };

#ifdef __thumb2__
enum { READER_VARIES = 20 };
#else
enum { READER_VARIES = 300 };
#endif

static struct storm storm = {.random = 7};

static struct obmalloc_totals totals(void) {
    struct obmalloc_totals now;
    obmalloc_totals(&now);
    return now;
}

static uint32_t pool_length(unsigned granules) {
    uint32_t count = 0;
    uint32_t block = obmalloc_heap.pools[granules];
    while ((block = link_next(&obmalloc_heap, block, granules)) != 0) {
        count++;
    }
    return count;
}

static unsigned class_of(size_t bytes) {
    if (bytes > 512) {
        return OBMALLOC_CLASS_LARGE;
    }
    if (bytes > 248) {
        return OBMALLOC_CLASS_SMALL;
    }
    return bytes <= 16 ? 0 : (unsigned)(bytes + 7) / 8 - 2;
}

/* All that the walk can tell is what the counters say. */
static void check_totals(void) {
    struct obmalloc_statistics walk = statistics();
    struct obmalloc_totals now = totals();
    CHECK_EQUAL(now.arena_used_bytes, walk.arena_used_bytes + walk.arena.large_header_bytes);
    CHECK_EQUAL(now.arena_used_blocks, walk.arena_used_blocks);
    CHECK_EQUAL(now.arena_waiting_bytes, walk.arena.pool_ready_bytes);
    CHECK_EQUAL(now.arena_waiting_blocks, walk.arena.pool_ready_blocks);
    CHECK_EQUAL(now.arena_free_bytes, walk.arena.free_bytes);
    CHECK_EQUAL(now.arena_bytes, walk.arena.region_bytes - walk.arena.map_bytes);
    CHECK(now.libc_used_bytes <= walk.libc_used_bytes);
    CHECK(flag() == 0 || now.libc_used_blocks == walk.libc_used_blocks);
    CHECK(now.free_bytes >= now.free_bytes_low_water);
    if (flag() == 1) {
        CHECK(now.largest_request_bytes >= walk.arena.largest_free_bytes / 2);
        uint32_t whole = (uint32_t)(walk.arena.free_bytes + walk.arena.pool_ready_bytes);
        CHECK(now.fragmentation_permille <= 1000 && whole != 0);
    }
}

/* Blocks by class, told from outside: the blocks of the storm and how long they are. */
static void check_classes(const struct obmalloc_class *at_start) {
    struct obmalloc_class now[OBMALLOC_CLASS_COUNT];
    uint32_t mine[OBMALLOC_CLASS_COUNT] = {0};
    obmalloc_class_statistics(now);
    for (unsigned i = 0; i < STORM_SLOTS; i++) {
        if (storm.blocks[i]) {
            mine[class_of(malloc_usable_size(storm.blocks[i]))]++;
        }
    }
    for (unsigned row = 0; row < OBMALLOC_CLASS_COUNT; row++) {
        CHECK_EQUAL(now[row].used_blocks - at_start[row].used_blocks, mine[row]);
        CHECK(now[row].used_blocks_high_water >= now[row].used_blocks);
        bool is_pooled = row < OBMALLOC_CLASS_SMALL && flag() == 1;
        CHECK_EQUAL(now[row].waiting_blocks, is_pooled ? pool_length(row + 2) : 0);
    }
}

TEST(counters_are_what_a_walk_finds) {
    struct obmalloc_class at_start[OBMALLOC_CLASS_COUNT];
    free(malloc(1));
    obmalloc_class_statistics(at_start);
    for (unsigned step = 0; step < STEPS; step++) {
        storm_step(&storm, SIZE_MAX_BYTES);
        if (step % WALK_EACH == 0) {
            check_totals();
            check_classes(at_start);
        }
    }
    storm_end(&storm);
    check_totals();
    check_classes(at_start);
    check_sound();
}

TEST(high_water_and_low_water_stay) {
    struct obmalloc_class before[OBMALLOC_CLASS_COUNT], after[OBMALLOC_CLASS_COUNT];
    void *blocks[8];
    obmalloc_class_statistics(before);
    size_t low_before = totals().free_bytes_low_water;
    size_t free_before = totals().free_bytes;
    for (unsigned i = 0; i < 8; i++) {
        blocks[i] = malloc(232);
        CHECK(blocks[i] != NULL);
    }
    size_t free_now = totals().free_bytes;
    unsigned row = class_of(malloc_usable_size(blocks[0]));
    CHECK(free_now <= free_before - 8 * 232);
    for (unsigned i = 0; i < 8; i++) {
        free(blocks[i]);
    }
    obmalloc_class_statistics(after);
    CHECK(after[row].used_blocks_high_water >= 8);
    CHECK_EQUAL(after[row].used_blocks, before[row].used_blocks);
    CHECK_EQUAL(totals().free_bytes, free_before);
    CHECK_EQUAL(totals().free_bytes_low_water, low_before < free_now ? low_before : free_now);
}

TEST(failures_are_counted_by_class_and_misuse_is_not) {
    struct obmalloc_class before[OBMALLOC_CLASS_COUNT], after[OBMALLOC_CLASS_COUNT];
    obmalloc_class_statistics(before);
    uint32_t total_before = totals().failure_count;
    void *volatile block = malloc(40);
    CHECK(malloc(PTRDIFF_MAX / 2) == NULL);
    CHECK(calloc(PTRDIFF_MAX / 4, 2) == NULL);
    CHECK(realloc(block, PTRDIFF_MAX / 2) == NULL);
    if (flag() == 1) {
        CHECK(memalign(24, 8) == NULL); /* EINVAL: not for want of memory */
        free((char *)block + 8);        /* no block: counted nowhere here */
    }
    obmalloc_class_statistics(after);
    for (unsigned row = 0; row < OBMALLOC_CLASS_COUNT; row++) {
        uint32_t expected = row == OBMALLOC_CLASS_LARGE ? 3 : 0;
        CHECK_EQUAL(after[row].failure_count - before[row].failure_count, expected);
    }
    CHECK_EQUAL(totals().failure_count - total_before, 3);
    CHECK_EQUAL(after[class_of(malloc_usable_size(block))].used_blocks,
                before[class_of(malloc_usable_size(block))].used_blocks + 1);
    free(block);
    check_totals();
}

/* What can be served at once is served; without blocks that wait, nothing above is. */
TEST(largest_request_is_served) {
    for (unsigned step = 0; step < 300; step++) {
        storm_step(&storm, SIZE_MAX_BYTES);
        if (step % 30 == 29) {
            size_t bytes = obmalloc_largest_request_bytes();
            CHECK_EQUAL(totals().largest_request_bytes, bytes);
            uint32_t failures = totals().failure_count;
            void *block = malloc(bytes);
            CHECK(block != NULL);
            CHECK_EQUAL(totals().failure_count, failures);
            free(block);
        }
    }
    storm_end(&storm);
}

static uint32_t readers_take(void) {
    struct obmalloc_totals now;
    uintptr_t nothing;
    return meter_count(METER_FUNCTION(obmalloc_totals), (uintptr_t)&now, 0, &nothing);
}

/* The reader takes as long with a heap full of blocks and holes as with an empty one, but for what a
 * division takes on a CPU that has none. */
TEST(reading_does_not_walk) {
    if (!meter_start(false)) {
        SKIP("no tick");
    }
    storm_step(&storm, SIZE_MAX_BYTES);
    uint32_t empty = readers_take();
    for (unsigned step = 0; step < 600; step++) {
        storm_step(&storm, SIZE_MAX_BYTES);
    }
    uint32_t full = readers_take();
    storm_end(&storm);
    TEST_NOTE("obmalloc_totals: %u instructions, %u in a full heap", (unsigned)empty,
              (unsigned)full);
    CHECK(full < empty + READER_VARIES && empty < full + READER_VARIES);
}

TEST_LIST = {
    TEST_ENTRY(counters_are_what_a_walk_finds),
    TEST_ENTRY(high_water_and_low_water_stay),
    TEST_ENTRY(failures_are_counted_by_class_and_misuse_is_not),
    TEST_ENTRY(largest_request_is_served),
    TEST_ENTRY(reading_does_not_walk),
};
