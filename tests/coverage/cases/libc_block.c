// SPDX-License-Identifier: MIT
/* What libc_block_status says of made-up heaps of each C library. */
// test-flags: 0
#include "libc_block.h"
#include "entry.h"
#include "target/target.h"

static _Alignas(8) uint32_t words[64];
static char *const heap_start = (char *)&words[2];
static char *const heap_end = (char *)&words[62];

static void *block_at(unsigned word) {
    return &words[word];
}

static enum pools_status status_of(const void *block) {
    return libc_block_status(block, heap_start, heap_end);
}

#if defined(_NANO_FORMATTED_IO) || !ENTRY_LIBC_IS_REENTRANT
struct chunk;
extern struct chunk *libc___malloc_free_list;

static void set_free(unsigned word, uint32_t bytes, unsigned next_word) {
    words[word] = bytes;
    words[word + 1] = next_word == 0 ? 0 : (uint32_t)&words[next_word];
}

/* Chunks at words 3, 9 (free), 15, 23 (free), 31 to the end. */
static struct chunk *make_heap(void) {
    struct chunk *before = libc___malloc_free_list;
    memset(words, 0, sizeof words);
    words[3] = 24;
    set_free(9, 24, 23);
    words[15] = 32;
    set_free(23, 32, 0);
    words[31] = 120;
    libc___malloc_free_list = (struct chunk *)&words[9];
    return before;
}

TEST(live_free_and_neither) {
    struct chunk *before = make_heap();
    CHECK_EQUAL(status_of(block_at(4)), POOLS_OK);
    CHECK_EQUAL(status_of(block_at(16)), POOLS_OK);
    CHECK_EQUAL(status_of(block_at(32)), POOLS_OK);
    CHECK_EQUAL(status_of(block_at(10)), POOLS_DOUBLE_FREE);
    CHECK_EQUAL(status_of(block_at(24)), POOLS_DOUBLE_FREE);
    /* Its head would lie below the heap. */
    CHECK_EQUAL(status_of(block_at(2)), POOLS_NOT_A_BLOCK);
    /* Too short, not in steps, beyond the end. */
    words[17] = 4;
    CHECK_EQUAL(status_of(block_at(18)), POOLS_NOT_A_BLOCK);
    words[17] = 26;
    CHECK_EQUAL(status_of(block_at(18)), POOLS_NOT_A_BLOCK);
    words[17] = 1024;
    CHECK_EQUAL(status_of(block_at(18)), POOLS_NOT_A_BLOCK);
    /* Within a free chunk, and one that would hold one. */
    words[11] = 16;
    CHECK_EQUAL(status_of(block_at(12)), POOLS_NOT_A_BLOCK);
    words[5] = 40;
    CHECK_EQUAL(status_of(block_at(6)), POOLS_NOT_A_BLOCK);
    libc___malloc_free_list = before;
}

TEST(a_list_that_does_not_rise) {
    struct chunk *before = make_heap();
    set_free(9, 24, 9);
    CHECK_EQUAL(status_of(block_at(32)), POOLS_CORRUPT);
    set_free(9, 24, 4);
    CHECK_EQUAL(status_of(block_at(32)), POOLS_CORRUPT);
    /* An empty list: all are live. */
    libc___malloc_free_list = NULL;
    CHECK_EQUAL(status_of(block_at(10)), POOLS_OK);
    libc___malloc_free_list = before;
}

/* nano leads from a block that was moved up back to its chunk. */
TEST(the_way_back) {
#ifdef _NANO_FORMATTED_IO
    struct chunk *before = make_heap();
    words[33] = (uint32_t)-8;
    CHECK_EQUAL(status_of(block_at(34)), POOLS_OK);
    words[33] = (uint32_t)-7;
    CHECK_EQUAL(status_of(block_at(34)), POOLS_NOT_A_BLOCK);
    words[33] = (uint32_t)-1024;
    CHECK_EQUAL(status_of(block_at(34)), POOLS_NOT_A_BLOCK);
    libc___malloc_free_list = before;
#else
    SKIP("picolibc frees what is in front");
#endif
}

TEST_LIST = {TEST_ENTRY(live_free_and_neither), TEST_ENTRY(a_list_that_does_not_rise),
             TEST_ENTRY(the_way_back)};
#else
enum { TOP_INDEX = 2 };
struct chunk;
extern struct chunk *libc___malloc_av_[];

static void set(unsigned word, uint32_t previous_bytes, uint32_t bytes_and_flags) {
    words[word] = previous_bytes;
    words[word + 1] = bytes_and_flags;
}

/* Chunks at words 2, 8 (free), 14, 22 and the top at 40. */
static struct chunk *make_heap(void) {
    struct chunk *before = libc___malloc_av_[TOP_INDEX];
    memset(words, 0, sizeof words);
    set(2, 0, 24 | 1);
    set(8, 0, 24 | 1);
    set(14, 24, 32);
    set(22, 0, 72 | 1);
    set(40, 0, 88 | 1);
    libc___malloc_av_[TOP_INDEX] = (struct chunk *)&words[40];
    return before;
}

TEST(live_free_and_neither) {
    struct chunk *before = make_heap();
    CHECK_EQUAL(status_of(block_at(4)), POOLS_OK);
    CHECK_EQUAL(status_of(block_at(16)), POOLS_OK);
    CHECK_EQUAL(status_of(block_at(24)), POOLS_OK);
    CHECK_EQUAL(status_of(block_at(10)), POOLS_DOUBLE_FREE);
    /* Below the heap, the top, and beyond it. */
    CHECK_EQUAL(status_of(block_at(2)), POOLS_NOT_A_BLOCK);
    CHECK_EQUAL(status_of(block_at(42)), POOLS_NOT_A_BLOCK);
    CHECK_EQUAL(status_of(block_at(50)), POOLS_NOT_A_BLOCK);
    /* Too short, and beyond the top. */
    set(26, 0, 8 | 1);
    CHECK_EQUAL(status_of(block_at(28)), POOLS_NOT_A_BLOCK);
    set(26, 0, 256 | 1);
    CHECK_EQUAL(status_of(block_at(28)), POOLS_NOT_A_BLOCK);
    libc___malloc_av_[TOP_INDEX] = before;
}

TEST(what_is_free_before_it_has_to_fit) {
    struct chunk *before = make_heap();
    static const uint32_t lengths[] = {20, 64, 16};
    for (unsigned i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        words[14] = lengths[i];
        CHECK_EQUAL(status_of(block_at(16)), POOLS_NOT_A_BLOCK);
    }
    words[14] = 24;
    CHECK_EQUAL(status_of(block_at(16)), POOLS_OK);
    libc___malloc_av_[TOP_INDEX] = before;
}

TEST(a_top_outside_the_heap) {
    struct chunk *before = make_heap();
    libc___malloc_av_[TOP_INDEX] = (struct chunk *)&words[0];
    CHECK_EQUAL(status_of(block_at(4)), POOLS_CORRUPT);
    libc___malloc_av_[TOP_INDEX] = (struct chunk *)&words[62];
    CHECK_EQUAL(status_of(block_at(4)), POOLS_CORRUPT);
    libc___malloc_av_[TOP_INDEX] = before;
}

TEST_LIST = {TEST_ENTRY(live_free_and_neither), TEST_ENTRY(what_is_free_before_it_has_to_fit),
             TEST_ENTRY(a_top_outside_the_heap)};
#endif
