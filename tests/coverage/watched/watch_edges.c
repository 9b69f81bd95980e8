// SPDX-License-Identifier: MIT
/* What watches live blocks, where chance or another thread decides: long blocks of high priority, blocks that are not
 * in the table, pointers that are none, and a look while a block is under way. */
// test-builds: full
#include <malloc.h>

#include "coverage/pc/hooks.h"
#include "coverage/pc/system.h"
#include "obmalloc_class_statistics.h"
#include "obmalloc_heap.h"
#include "obmalloc_sites.h"
#include "target/target.h"

enum { SITES_MAX = 16, MANY = 300, MIB = 1 << 20 };
#define FAR_AWAY 0x60000000u

static struct obmalloc_site rows[SITES_MAX];
static uint32_t now_ticks;
static const volatile size_t impossible = PTRDIFF_MAX / 2;

uint32_t obmalloc_tick(void) {
    return now_ticks;
}

static struct obmalloc_sites_totals sites(uint32_t *count) {
    struct obmalloc_sites_totals totals;
    uint32_t rows_filled = obmalloc_sites(rows, SITES_MAX, &totals);
    if (count) {
        *count = rows_filled;
    }
    return totals;
}

static uint32_t failures(void) {
    struct obmalloc_totals now;
    obmalloc_totals(&now);
    return now.failure_count;
}

/* As sites.c has it: the block's address decides. */
static uint32_t hash_of(uint32_t address) {
    uint32_t hash = (address >> 3) * UINT32_C(0x9E3779B1);
    hash = (hash ^ hash >> 15) * UINT32_C(0x85EBCA77);
    return hash ^ hash >> 13;
}

/* A block of 12 MiB whose address is so rare that bytes / u exceeds 32 bits: it is the last to be turned away. */
TEST(a_priority_beyond_all_numbers) {
    enum { BLOCK_BYTES = 12 * MIB };
    struct obmalloc_heap *heap;
    char *region = pc_map(FAR_AWAY, 16 * MIB);
    CHECK_EQUAL(obmalloc_heap_create(region, region + 16 * MIB, &heap), OBMALLOC_HEAP_OK);
    char *at = obmalloc_heap_malloc(heap, BLOCK_BYTES);
    CHECK(at != NULL);
    CHECK_EQUAL(sites(NULL).tracked_bytes, sites(NULL).live_bytes);
    obmalloc_heap_free(heap, at);
    uint32_t skip = 0;
    while ((hash_of((uint32_t)(uintptr_t)at + skip) & 0xFFFFu) >= BLOCK_BYTES >> 16) {
        skip += 8;
    }
    CHECK(skip >= 600 && skip < 2 * MIB);
    CHECK(obmalloc_heap_malloc(heap, skip - 8) != NULL);
    char *block = obmalloc_heap_malloc(heap, BLOCK_BYTES);
    CHECK_EQUAL((uintptr_t)block, (uintptr_t)at + skip);
    uint32_t count;
    struct obmalloc_sites_totals totals = sites(&count);
    CHECK(count >= 1 && rows[0].tracked_bytes >= BLOCK_BYTES);
    CHECK_EQUAL(totals.live_bytes, totals.tracked_bytes);
    CHECK_EQUAL(obmalloc_heap_destroy(heap, OBMALLOC_HEAP_RECLAIM, NULL), OBMALLOC_HEAP_OK);
    CHECK_EQUAL(sites(NULL).live_blocks, 0);
}

static char *blocks[MANY];

static void take_many(void) {
    for (unsigned i = 0; i < MANY; i++) {
        blocks[i] = malloc(24);
        CHECK(blocks[i] != NULL);
    }
}

static void give_many(void) {
    for (unsigned i = 0; i < MANY; i++) {
        free(blocks[i]);
    }
    CHECK_EQUAL(sites(NULL).live_blocks, 0);
    CHECK_EQUAL(sites(NULL).threshold_bytes, 0);
}

/* In the table or not, a block whose realloc fails stays what it was. */
TEST(reallocs_that_fail) {
    take_many();
    struct obmalloc_sites_totals before = sites(NULL);
    CHECK(before.tracked_blocks < before.live_blocks && before.live_blocks == MANY);
    uint32_t failures_before = failures();
    for (unsigned i = 0; i < MANY; i++) {
        CHECK(realloc(blocks[i], impossible) == NULL);
    }
    struct obmalloc_sites_totals after = sites(NULL);
    CHECK_EQUAL(after.live_blocks, before.live_blocks);
    CHECK_EQUAL(after.live_bytes, before.live_bytes);
    CHECK_EQUAL(after.tracked_blocks, before.tracked_blocks);
    CHECK_EQUAL(failures(), failures_before + MANY);
    give_many();
}

/* nano's realloc to 0 bytes frees; under flag 1 it does not. */
TEST(realloc_to_nothing) {
    void *block = malloc(24);
    uint32_t failures_before = failures();
    void *rest = realloc(block, 0);
    CHECK_EQUAL(rest != NULL, flag() == 1);
    CHECK_EQUAL(sites(NULL).live_blocks, flag());
    free(rest);
    CHECK_EQUAL(failures(), failures_before);
    CHECK_EQUAL(sites(NULL).live_blocks, 0);
}

static struct obmalloc_totals class_totals(void) {
    struct obmalloc_totals now;
    obmalloc_totals(&now);
    return now;
}

/* Neither counted nor taken off. */
TEST(no_block_and_no_request) {
    char *small = malloc(40), *large = malloc(2000);
    struct obmalloc_totals before = class_totals();
    free(NULL);
    CHECK(memalign(64, impossible) == NULL);
    CHECK_EQUAL(class_totals().failure_count, before.failure_count + 1);
    if (flag() == 1) {
        CHECK(memalign(24, 40) == NULL);
        CHECK_EQUAL(class_totals().failure_count, before.failure_count + 1);
        free(small + 8);
        free(large + 8);
        free(large + 4);
        CHECK(realloc(small + 8, 0) == NULL);
        CHECK(realloc(large + 4, 50) == NULL);
        free(rows);
        CHECK_EQUAL(class_totals().failure_count, before.failure_count + 1);
    }
    CHECK_EQUAL(class_totals().arena_used_blocks, before.arena_used_blocks);
    CHECK_EQUAL(class_totals().libc_used_blocks, before.libc_used_blocks);
    CHECK_EQUAL(sites(NULL).live_blocks, 2);
    free(small);
    small = realloc(NULL, 40);
    CHECK_EQUAL(sites(NULL).live_blocks, 2);
    free(small);
    free(large);
    CHECK_EQUAL(sites(NULL).live_blocks, 0);
}

static uint32_t fewest;

/* Another thread looks behind each step of a realloc. */
static void look(void) {
    uint32_t tracked = sites(NULL).tracked_blocks;
    fewest = tracked < fewest ? tracked : fewest;
    pc_between_steps = look;
}

TEST(a_look_while_a_block_is_under_way) {
    void *block = malloc(40);
    fewest = 1;
    pc_between_steps = look;
    block = realloc(block, 400);
    pc_between_steps = NULL;
    CHECK(block != NULL);
    CHECK_EQUAL(fewest, 0);
    CHECK_EQUAL(sites(NULL).tracked_blocks, 1);
    free(block);
}

static char text[2048];

static void keep_text(const char *piece) {
    CHECK(strlen(text) + strlen(piece) < sizeof text);
    strcat(text, piece);
}

TEST(as_text) {
    now_ticks = 100;
    void *block = malloc(40);
    now_ticks = 142;
    text[0] = '\0';
    obmalloc_sites_print(keep_text);
    CHECK(strstr(text, "1 blocks live, ") == text);
    CHECK(strstr(text, " bytes, so that all of this is exact\n") != NULL);
    CHECK(strstr(text, "          42  \n") != NULL);
    free(block);
    take_many();
    text[0] = '\0';
    obmalloc_sites_print(keep_text);
    CHECK(strstr(text, "300 blocks live, ") == text);
    CHECK(strstr(text, "exact") == NULL);
    /* One caller alone holds no more than all that lives. */
    char end[] = "0x";
    CHECK(strstr(text, end) != NULL);
    give_many();
}

TEST_LIST = {TEST_ENTRY(a_priority_beyond_all_numbers),
             TEST_ENTRY(reallocs_that_fail),
             TEST_ENTRY(realloc_to_nothing),
             TEST_ENTRY(no_block_and_no_request),
             TEST_ENTRY(a_look_while_a_block_is_under_way),
             TEST_ENTRY(as_text)};
