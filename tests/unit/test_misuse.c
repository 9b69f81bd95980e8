// SPDX-License-Identifier: MIT
/* Frees and reallocs of what is no live block: refused with the right name, nothing changed. */
#include "fixture.h"

static char *pooled[16];
static char *single;
static char *large;

static void prepare(void) {
    open_heap(2048);
    for (unsigned i = 0; i < 16; i++) {
        pooled[i] = take(24);
    }
    single = take(200);
    large = take(600);
    memset(single, 0, 200);
    memset(large, 0, 600);
}

static void refused(void *address, enum pools_status expected) {
    struct pools_statistics before = statistics();
    size_t usable = 0;
    CHECK_EQUAL(give(address), expected);
    CHECK_EQUAL(pools_block_bytes(&heap, address, &usable), expected);
    CHECK(pools_realloc(&heap, address, 32) == NULL);
    check_sound();
    struct pools_statistics after = statistics();
    CHECK(memcmp(&before, &after, sizeof before) == 0);
}

TEST(addresses_outside_of_the_region) {
    static uint64_t statically[4];
    uint64_t on_stack = 0;
    prepare();
    refused(NULL, POOLS_NOT_OWNED);
    refused(statically, POOLS_NOT_OWNED);
    refused(&on_stack, POOLS_NOT_OWNED);
    refused((char *)(uintptr_t)heap.base - 8, POOLS_NOT_OWNED);
    refused((char *)(uintptr_t)heap.end + 4, POOLS_NOT_OWNED);
}

TEST(misaligned_addresses) {
    prepare();
    for (unsigned offset = 1; offset < 8; offset++) {
        refused(pooled[15] + offset, POOLS_MISALIGNED);
        refused(single + offset, POOLS_MISALIGNED);
        refused(large + offset, POOLS_MISALIGNED);
    }
}

TEST(addresses_inside_of_blocks) {
    prepare();
    refused(pooled[15] + 8, POOLS_NOT_A_BLOCK);
    refused(pooled[15] + 16, POOLS_NOT_A_BLOCK);
    for (unsigned offset = 8; offset < 200; offset += 8) {
        refused(single + offset, POOLS_NOT_A_BLOCK);
    }
    for (unsigned offset = 8; offset < 600; offset += 8) {
        refused(large + offset, POOLS_NOT_A_BLOCK);
    }
}

TEST(what_the_allocator_keeps_for_itself) {
    prepare();
    char *base = (char *)(uintptr_t)heap.base;
    refused(base, POOLS_NOT_A_BLOCK);
    refused(base + 8, POOLS_NOT_A_BLOCK);
    char *pool = (char *)(uintptr_t)heap.pool_heads[3];
    CHECK(pool != base);
    refused(pool, POOLS_NOT_A_BLOCK);
    refused(pool + POOL_LINKS_OFFSET, POOLS_NOT_A_BLOCK);
    refused((char *)(uintptr_t)(heap.untouched + 4), POOLS_NOT_A_BLOCK);
    refused((char *)(uintptr_t)(heap.end - 12), POOLS_NOT_A_BLOCK);
}

TEST(a_block_that_was_never_handed_out) {
    prepare();
    while (statistics().pool_available_blocks < 2) {
        CHECK(take(24) != NULL);
    }
    char *last = take(24);
    refused(last + 24, POOLS_DOUBLE_FREE);
}

TEST(a_block_freed_twice) {
    prepare();
    char *victims[] = {pooled[15], pooled[0], single, large};
    for (unsigned i = 0; i < 4; i++) {
        CHECK_EQUAL(give(victims[i]), POOLS_OK);
        enum pools_status again = give(victims[i]);
        CHECK(again == POOLS_DOUBLE_FREE || again == POOLS_NOT_A_BLOCK);
    }
}

TEST(a_block_freed_twice_with_others_freed_between) {
    prepare();
    for (unsigned i = 0; i < 16; i++) {
        CHECK_EQUAL(give(pooled[i]), POOLS_OK);
    }
    CHECK_EQUAL(give(single), POOLS_OK);
    CHECK_EQUAL(give(large), POOLS_OK);
    for (unsigned i = 0; i < 16; i++) {
        CHECK(give(pooled[i]) != POOLS_OK);
    }
    CHECK(give(single) != POOLS_OK);
    CHECK(give(large) != POOLS_OK);
}

TEST(a_block_freed_twice_after_its_pool_is_gone) {
    prepare();
    char *victim = pooled[15];
    for (unsigned i = 0; i < 16; i++) {
        CHECK_EQUAL(give(pooled[i]), POOLS_OK);
    }
    CHECK_EQUAL(give(single), POOLS_OK);
    CHECK_EQUAL(give(large), POOLS_OK);
    size_t whole = statistics().region_bytes - 64;
    char *over = take(whole);
    CHECK(over != NULL);
    memset(over, 0, whole);
    CHECK(give(victim) != POOLS_OK);
    CHECK_EQUAL(give(over), POOLS_OK);
}

TEST(a_block_of_another_heap) {
    static struct pools_heap other;
    char *region = test_region(2048);
    CHECK_EQUAL(pools_open(&heap, region, region + 1024), POOLS_OK);
    CHECK_EQUAL(pools_open(&other, region + 1024, region + 2048), POOLS_OK);
    refused(pools_malloc(&other, 24), POOLS_NOT_OWNED);
    refused(pools_malloc(&other, 300), POOLS_NOT_OWNED);
}

TEST_LIST = {
    TEST_ENTRY(addresses_outside_of_the_region),
    TEST_ENTRY(misaligned_addresses),
    TEST_ENTRY(addresses_inside_of_blocks),
    TEST_ENTRY(what_the_allocator_keeps_for_itself),
    TEST_ENTRY(a_block_that_was_never_handed_out),
    TEST_ENTRY(a_block_freed_twice),
    TEST_ENTRY(a_block_freed_twice_with_others_freed_between),
    TEST_ENTRY(a_block_freed_twice_after_its_pool_is_gone),
    TEST_ENTRY(a_block_of_another_heap),
};
