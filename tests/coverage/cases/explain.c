// SPDX-License-Identifier: MIT
/* What lies at an address, of every kind; and as text. */
#include "explain.h"

#include <malloc.h>

#include "chunk.h"
#include "largest_request.h"
#include "state.h"
#include "target/target.h"

static char text[512];

static void keep_text(const char *piece) {
    CHECK(strlen(text) + strlen(piece) < sizeof text);
    strcat(text, piece);
}

static struct obmalloc_explanation explained(const void *address) {
    struct obmalloc_explanation at;
    obmalloc_explain_address(address, &at);
    CHECK(at.address == address && at.sentence[0] != '\0');
    CHECK(at.freed_by == NULL && at.allocated_by == NULL);
    return at;
}

static void check_place(const void *address, enum obmalloc_place place, const void *block) {
    struct obmalloc_explanation at = explained(address);
    CHECK_EQUAL(at.place, place);
    CHECK(at.block == block);
    CHECK_EQUAL(at.block_bytes != 0, block != NULL);
}

TEST(outside_of_dynamic_memory) {
    free(malloc(40));
    struct obmalloc_region region = obmalloc_boot_report().region;
    check_place(text, OBMALLOC_PLACE_OUTSIDE, NULL);
    check_place((char *)region.start - 1, OBMALLOC_PLACE_OUTSIDE, NULL);
    check_place(region.end, OBMALLOC_PLACE_OUTSIDE, NULL);
    check_place(region.start, OBMALLOC_PLACE_LIBC, NULL);
}

TEST(in_the_arena) {
    if (flag() == 0) {
        check_place(malloc(40), OBMALLOC_PLACE_LIBC, NULL);
        SKIP("there is no arena");
    }
    char *waits = malloc(100), *small = malloc(40), *wall = malloc(500);
    char *large = memalign(8, 512), *merged = malloc(480), *last = malloc(500);
    CHECK(waits && small && wall && large && merged && last);
    free(waits);
    check_place(small, OBMALLOC_PLACE_LIVE, small);
    check_place(small + 39, OBMALLOC_PLACE_LIVE, small);
    CHECK_EQUAL(explained(small).block_bytes, 40);
    check_place(waits + 1, OBMALLOC_PLACE_FREED, waits);
    check_place((void *)obmalloc_heap.base, OBMALLOC_PLACE_STATE, NULL);
    check_place((void *)(obmalloc_heap.start), OBMALLOC_PLACE_STATE, NULL);
    check_place((void *)obmalloc_heap.untouched, OBMALLOC_PLACE_UNTOUCHED, NULL);
    check_place((void *)(obmalloc_heap.end - 1), OBMALLOC_PLACE_UNTOUCHED, NULL);
    char *block = pools_malloc(&obmalloc_heap, 2000), *behind = pools_malloc(&obmalloc_heap, 24);
    CHECK(block != NULL && behind != NULL);
    check_place(block + 1999, OBMALLOC_PLACE_LIVE, block);
    check_place(block - 1, OBMALLOC_PLACE_GUARD, block);
    CHECK_EQUAL(pools_free(&obmalloc_heap, block), POOLS_OK);
    check_place(block + 800, OBMALLOC_PLACE_FREED, block - POOLS_LARGE_HEADER_BYTES);
    /* A chunk whose size cannot be: nothing behind it is told apart. */
    pools_word *bytes = chunk_free_bytes((uint32_t)(uintptr_t)block - POOLS_LARGE_HEADER_BYTES);
    pools_word before = *bytes;
    *bytes = 4;
    check_place(behind, OBMALLOC_PLACE_FREED, NULL);
    *bytes = before;
    check_place(behind, OBMALLOC_PLACE_LIVE, behind);
    check_sound();
}

/* Addresses stand for what they are of: their last digits are looked at. */
TEST(a_report_in_words) {
    char *block = malloc(40);
    struct obmalloc_misuse report = {.sentence = "a sentence",
                                     .entry_point = "free",
                                     .pointer = (void *)0x1F,
                                     .caller = (void *)0xABCDEF98};
    text[0] = '\0';
    obmalloc_misuse_print(&report, keep_text);
    CHECK(strcmp(text, "free: a sentence\n  0x0000001f, called from 0xabcdef98\n"
                       "  it lies in no dynamic memory\n") == 0);
    report.address = report.pointer;
    text[0] = '\0';
    obmalloc_misuse_print(&report, keep_text);
    CHECK(strstr(text, "written to") == NULL);
    report.address = (void *)0x20;
    report.block_bytes = 1204;
    report.freed_by = (void *)0x10000001;
    report.allocated_by = (void *)0x10000002;
    text[0] = '\0';
    obmalloc_misuse_print(&report, keep_text);
    CHECK(strstr(text, ", written to at 0x00000020, 1204 bytes, allocated from 0x10000002, "
                       "freed from 0x10000001\n") != NULL);
    report.pointer = block;
    text[0] = '\0';
    obmalloc_misuse_print(&report, keep_text);
    CHECK_EQUAL(strstr(text, "it lies in a live block, block 0x") != NULL, flag() == 1);
    CHECK_EQUAL(strstr(text, ", 40 bytes\n") != NULL, flag() == 1);
    CHECK_EQUAL(strstr(text, "it lies in the C library's heap\n") != NULL, flag() == 0);
    free(block);
}

TEST(an_access_in_words) {
    char *block = malloc(40);
    text[0] = '\0';
    obmalloc_explain_print((void *)4, (void *)0x10000A04, keep_text);
    CHECK(strcmp(text, "access to 0x00000004 by 0x10000a04: no dynamic memory\n") == 0);
    text[0] = '\0';
    obmalloc_explain_print(block, (void *)0x10000A04, keep_text);
    CHECK_EQUAL(strstr(text, ": a live block, block 0x") != NULL, flag() == 1);
    free(block);
}

TEST(the_largest_request) {
    free(malloc(40));
    CHECK_EQUAL(largest_in_arena_bytes() != 0, flag() == 1);
    size_t bytes = obmalloc_largest_request_bytes();
    CHECK(bytes >= largest_in_arena_bytes() && bytes >= largest_from_sbrk_bytes());
    void *block = malloc(bytes);
    CHECK(block != NULL);
    free(block);
    check_sound();
}

TEST_LIST = {TEST_ENTRY(the_largest_request), TEST_ENTRY(outside_of_dynamic_memory),
             TEST_ENTRY(in_the_arena), TEST_ENTRY(a_report_in_words),
             TEST_ENTRY(an_access_in_words)};
