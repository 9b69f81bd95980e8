// SPDX-License-Identifier: MIT
/*
 * Encoded links (pools/link.h): whatever is written into freed memory is noticed when the allocator comes
 * by, no memory is handed out twice, and no live block suffers. Built with -DPOOLS_LINKS_ENCODED.
 */
#include "../../unit/fixture.h"
#include "chunk.h"

enum { REGION_BYTES = 4096, BLOCK_BYTES = 40, BLOCK_COUNT = 6, WALL_BYTES = 16 };

static char *blocks[BLOCK_COUNT];
static char *walls[BLOCK_COUNT + 1];

static uint32_t address_of(const void *block) {
    return (uint32_t)(uintptr_t)block;
}

static const void *caller(uintptr_t number) {
    return (const void *)(0x1000 + number * 2 + 1);
}

/* As a firmware's free, with somebody who calls it. */
static enum pools_status give_as(void *block, uintptr_t number) {
    pools_note_caller(&heap, caller(number));
    return pools_free_fast(&heap, block) ? POOLS_OK : pools_free(&heap, block);
}

static void *take_damaged(size_t bytes) {
    void *block = pools_malloc_fast(&heap, bytes);
    return block != NULL ? block : pools_malloc(&heap, bytes);
}

/* Walls between blocks, so that nothing merges unless a wall goes. */
static void take_blocks(size_t block_bytes) {
    walls[0] = take(WALL_BYTES);
    for (unsigned i = 0; i < BLOCK_COUNT; i++) {
        blocks[i] = take(block_bytes);
        walls[i + 1] = take(WALL_BYTES);
        CHECK(blocks[i] != NULL && walls[i + 1] != NULL);
        fill(walls[i + 1], WALL_BYTES, i);
    }
}

static void check_walls(void) {
    for (unsigned i = 0; i < BLOCK_COUNT; i++) {
        if (walls[i + 1] != NULL) {
            check_filled(walls[i + 1], WALL_BYTES, i);
        }
    }
}

/* Blocks until none is left: none is handed out twice, and none is a wall. */
static void check_all_differ(size_t bytes, unsigned count_min) {
    static char *taken[REGION_BYTES / 16];
    unsigned count = 0;
    for (char *block = take_damaged(bytes); block != NULL; block = take_damaged(bytes)) {
        for (unsigned i = 0; i < count; i++) {
            CHECK(block + bytes <= taken[i] || taken[i] + bytes <= block);
        }
        for (unsigned i = 0; i <= BLOCK_COUNT; i++) {
            CHECK(walls[i] == NULL || block + bytes <= walls[i] || walls[i] + WALL_BYTES <= block);
        }
        memset(block, 0xEE, bytes);
        taken[count++] = block;
    }
    CHECK(count >= count_min);
    check_walls();
}

static const uint32_t replacements[] = {0, 1, 8, 16, 0xFFFFFFFFu, 0xCDCDCDCDu};
enum { REPLACEMENT_COUNT = sizeof replacements / sizeof replacements[0] };

/* What a program may write there: a flipped bit, a plain number, an address of its own. */
static uint32_t replaced(uint32_t word, unsigned how) {
    if (how < 32) {
        return word ^ 1u << how;
    }
    if (how < 32 + REPLACEMENT_COUNT) {
        return replacements[how - 32];
    }
    return address_of(how == 32 + REPLACEMENT_COUNT ? walls[1] : blocks[4]);
}
enum { WAY_COUNT = 32 + REPLACEMENT_COUNT + 2 };

TEST(a_write_after_free_into_a_ready_block) {
    for (unsigned word = 0; word < 2; word++) {
        for (unsigned how = 0; how < WAY_COUNT; how++) {
            open_heap(REGION_BYTES);
            take_blocks(BLOCK_BYTES);
            for (unsigned i = 0; i < 3; i++) {
                CHECK_EQUAL(give(blocks[i]), POOLS_OK);
            }
            CHECK_EQUAL(pools_take_damage(&heap), 0);
            pools_word *at = word_at(address_of(blocks[1])) + word;
            *at = replaced(*at, how);
            CHECK(take_damaged(BLOCK_BYTES) == blocks[2]);
            CHECK_EQUAL(pools_take_damage(&heap), 0);
            char *next = take_damaged(BLOCK_BYTES);
            CHECK(next != blocks[1] && next != blocks[0] && next != NULL);
            CHECK_EQUAL(pools_take_damage(&heap), address_of(blocks[1]));
            CHECK_EQUAL(pools_take_damage(&heap), 0);
            memset(next, 0xEE, BLOCK_BYTES);
            memset(blocks[2], 0xEE, BLOCK_BYTES);
            /* What cannot be found any more counts as live; all else is sound. */
            check_sound();
            check_all_differ(BLOCK_BYTES, 20);
        }
    }
}

/* The key is gone, so the second free is taken; but the list then comes by a live block. */
TEST(a_write_after_free_hides_a_double_free_for_a_while) {
    open_heap(REGION_BYTES);
    take_blocks(BLOCK_BYTES);
    CHECK_EQUAL(give(blocks[0]), POOLS_OK);
    CHECK_EQUAL(give(blocks[1]), POOLS_OK);
    memset(blocks[0], 0, BLOCK_BYTES);
    CHECK(pools_free_fast(&heap, blocks[0]));
    char *first = take_damaged(BLOCK_BYTES);
    memset(first, 0xEE, BLOCK_BYTES);
    CHECK(first == blocks[0]);
    char *second = take_damaged(BLOCK_BYTES);
    memset(second, 0xEE, BLOCK_BYTES);
    CHECK(second == blocks[1]);
    for (unsigned i = 0; i < 4; i++) {
        char *more = take_damaged(BLOCK_BYTES);
        CHECK(more != first && more != second);
        memset(more, 0xEE, BLOCK_BYTES);
    }
    CHECK_EQUAL(pools_take_damage(&heap), address_of(blocks[0]));
}

/* Three free chunks of one bin, the middle one to be damaged: its links lead both ways. */
static void prepare_chunks(size_t bytes) {
    open_heap(REGION_BYTES);
    take_blocks(bytes);
    for (unsigned i = 1; i < 4; i++) {
        CHECK_EQUAL(give(blocks[i]), POOLS_OK);
    }
    pools_reclaim(&heap);
    check_sound();
    CHECK_EQUAL(statistics().free_chunks, 4);
}

static bool is_refused;

/* What is before a wall may look like the header of a large block; then the wall stays. */
static void free_wall(unsigned i) {
    enum pools_status status = pools_free(&heap, walls[i]);
    CHECK(status == POOLS_OK || status == POOLS_CORRUPT);
    is_refused = status != POOLS_OK;
    if (!is_refused) {
        walls[i] = NULL;
    }
}

static void free_the_wall_before(void) {
    free_wall(2);
}

static void free_the_wall_behind(void) {
    free_wall(3);
}

static void grow_the_wall_before(void) {
    char *grown = pools_realloc(&heap, walls[2], WALL_BYTES + 16);
    CHECK(grown != NULL);
    check_filled(grown, WALL_BYTES, 1);
    walls[2] = NULL;
}

static void take_aligned_memory(void) {
    for (unsigned i = 0; i < 4; i++) {
        char *block = pools_memalign(&heap, 32, BLOCK_BYTES);
        CHECK(block != NULL);
        memset(block, 0xEE, BLOCK_BYTES);
    }
}

static void take_until_the_end(void) {
    check_all_differ(BLOCK_BYTES - 8, 20);
}

static void (*const visits[])(void) = {free_the_wall_before, free_the_wall_behind,
                                       grow_the_wall_before, take_aligned_memory,
                                       take_until_the_end};
enum { VISIT_COUNT = sizeof visits / sizeof visits[0] };

static void damage_chunk(size_t bytes, uint32_t offset, unsigned how, unsigned visit) {
    prepare_chunks(bytes);
    pools_word *at = word_at(address_of(blocks[2]) + offset);
    uint32_t before = *at;
    *at = replaced(before, how);
    if (*at == before) {
        return;
    }
    is_refused = false;
    visits[visit]();
    check_walls();
    check_all_differ(16, 0);
    CHECK(pools_take_damage(&heap) != 0 || is_refused);
}

TEST(a_write_into_a_free_chunk) {
    static const size_t sizes[] = {16, 24, 40, 200};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint32_t last = (uint32_t)sizes[i] - 4u;
        for (unsigned visit = 0; visit < VISIT_COUNT; visit++) {
            for (unsigned how = 0; how < WAY_COUNT; how++) {
                for (uint32_t offset = 0; offset < 16 && offset < last; offset += 4) {
                    damage_chunk(sizes[i], offset, how, visit);
                }
                damage_chunk(sizes[i], last, how, visit);
            }
        }
    }
}

TEST(who_freed_a_block_that_waits) {
    for (size_t bytes = 16; bytes <= POOLS_POOLED_BYTES_MAX; bytes += 8) {
        open_heap(REGION_BYTES);
        take_blocks(bytes);
        CHECK_EQUAL(give_as(blocks[1], 1), POOLS_OK);
        CHECK_EQUAL(give_as(blocks[3], 3), POOLS_OK);
        CHECK_EQUAL(give_as(blocks[1], 7), POOLS_DOUBLE_FREE);
        CHECK(pools_freed_by(&heap, blocks[1]) == caller(1));
        CHECK(pools_freed_by(&heap, blocks[3]) == caller(3));
        CHECK(pools_freed_by(&heap, blocks[0]) == NULL);
        check_sound();
    }
}

/* A chunk of 16 bytes has no room for it. */
static bool is_known(const void *block, uintptr_t number, size_t bytes) {
    const void *by = pools_freed_by(&heap, block);
    return by == caller(number) || (by == NULL && bytes == 16);
}

TEST(who_freed_a_block_that_was_merged) {
    static const size_t sizes[] = {16, 24, 40, 248, 256, 512, 600};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (unsigned first = 0; first < 3; first++) {
            size_t bytes = sizes[i];
            open_heap(8192);
            char *wall = take(16);
            char *three[3] = {take(bytes), take(bytes), take(bytes)};
            char *guard = take(16);
            CHECK(wall != NULL && guard != NULL);
            for (unsigned k = 0; k < 3; k++) {
                unsigned which = (first + k) % 3;
                CHECK_EQUAL(give_as(three[which], which), POOLS_OK);
                pools_reclaim(&heap);
                check_sound();
                CHECK(is_known(three[which], which, bytes));
                CHECK(pools_free(&heap, three[which]) == POOLS_DOUBLE_FREE);
            }
            for (unsigned k = 0; k < 3; k++) {
                CHECK(pools_free(&heap, three[k]) == POOLS_DOUBLE_FREE);
                CHECK(is_known(three[k], k, bytes));
            }
            CHECK_EQUAL(give_as(guard, 9), POOLS_OK);
            pools_reclaim(&heap);
            CHECK(pools_free(&heap, guard) == POOLS_DOUBLE_FREE);
            CHECK(is_known(guard, 9, 16));
        }
    }
}

TEST(nothing_is_known_of_other_addresses) {
    struct pools_heap closed;
    memset(&closed, 0, sizeof closed);
    open_heap(REGION_BYTES);
    take_blocks(BLOCK_BYTES);
    CHECK(pools_freed_by(&heap, NULL) == NULL);
    CHECK(pools_freed_by(&heap, blocks[0] + 4) == NULL);
    CHECK(pools_freed_by(&heap, (void *)(uintptr_t)heap.end) == NULL);
    CHECK(pools_freed_by(&heap, (void *)(uintptr_t)(heap.end - 8)) == NULL);
    CHECK(pools_freed_by(&closed, blocks[0]) == NULL);
    CHECK_EQUAL(pools_take_damage(&closed), 0);
}

TEST_LIST = {
    TEST_ENTRY(a_write_after_free_into_a_ready_block),
    TEST_ENTRY(a_write_after_free_hides_a_double_free_for_a_while),
    TEST_ENTRY(a_write_into_a_free_chunk),
    TEST_ENTRY(who_freed_a_block_that_waits),
    TEST_ENTRY(who_freed_a_block_that_was_merged),
    TEST_ENTRY(nothing_is_known_of_other_addresses),
};
