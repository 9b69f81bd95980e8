// SPDX-License-Identifier: MIT
/* The tier full where the list of heaps has been written to: nobody follows it, each who wanted to says so. */
// test-builds: full
// test-flags: 1
#include "heaps.c"

#include "coverage/tiers/told.h"

enum { HEAP_BYTES = 2048, MAX = OBMALLOC_HEAP_COUNT_MAX };
static _Alignas(8) char regions[MAX][HEAP_BYTES], spare[HEAP_BYTES];
static struct obmalloc_heap *heaps[MAX];

static void open_heaps(unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        CHECK_EQUAL(obmalloc_heap_create(regions[i], regions[i] + HEAP_BYTES, &heaps[i]),
                    OBMALLOC_HEAP_OK);
    }
}

static void close_heaps(unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        CHECK_EQUAL(obmalloc_heap_destroy(heaps[i], OBMALLOC_HEAP_REFUSE, NULL), OBMALLOC_HEAP_OK);
    }
    check_sound();
}

static void check_noted(void) {
    CHECK_EQUAL(pools_take_damage(&obmalloc_heap), (uintptr_t)&first_heap);
}

/* Whose a block is, which heap comes next, whether there is room for another one: nobody can tell. */
static void check_not_followed(char *block) {
    struct obmalloc_heap *made;
    told_count = 0;
    CHECK(heaps_find(block) == NULL);
    check_noted();
    CHECK(!heaps_exists(heaps[0]));
    check_noted();
    CHECK(obmalloc_heap_next(NULL) == NULL);
    check_noted();
    CHECK_EQUAL(obmalloc_heap_create(spare, spare + HEAP_BYTES, &made),
                OBMALLOC_HEAP_OVERLAPS_STATE);
    CHECK(made == NULL);
    check_noted();
    CHECK_EQUAL(obmalloc_heap_destroy(heaps[0], OBMALLOC_HEAP_RECLAIM, NULL),
                OBMALLOC_HEAP_NO_HEAP);
    check_noted();
    check_not_told();
    errno = 0;
    CHECK(obmalloc_heap_malloc(heaps[0], 40) == NULL);
    CHECK_EQUAL(errno, EINVAL);
    check_told(OBMALLOC_MISUSE_CORRUPT, "obmalloc_heap_malloc", &first_heap);
    CHECK(told.address == &first_heap);
    free(block);
    CHECK_EQUAL(told_count, 2); /* that the block is nobody's, and why */
    CHECK(told.kind == OBMALLOC_MISUSE_CORRUPT && told.address == &first_heap);
    told_count = 0;
}

static char *prepare(unsigned count) {
    free(malloc(40));
    CHECK(!heaps_exists(NULL) && heaps_find(regions[0]) == NULL);
    CHECK_EQUAL(pools_take_damage(&obmalloc_heap), 0);
    open_heaps(count);
    char *block = obmalloc_heap_malloc(heaps[0], 40);
    CHECK(block != NULL);
    return block;
}

static void finish(unsigned count, char *block) {
    CHECK_EQUAL(heaps[0]->live_blocks, 1);
    CHECK(heaps_find(block) == heaps[0] && obmalloc_heap_next(NULL) == heaps[count - 1]);
    free(block);
    close_heaps(count);
    check_not_told();
}

TEST(each_bit_of_where_the_list_begins) {
    char *block = prepare(2);
    for (unsigned bit = 0; bit < 32; bit++) {
        first_heap = (struct obmalloc_heap *)((uintptr_t)first_heap ^ 1u << bit);
        check_not_followed(block);
        first_heap = (struct obmalloc_heap *)((uintptr_t)first_heap ^ 1u << bit);
    }
    struct obmalloc_heap *before = first_heap;
    first_heap = NULL;
    check_not_followed(block);
    first_heap = before;
    finish(2, block);
}

TEST(a_list_that_ends_early_or_not_at_all) {
    char *block = prepare(MAX);
    struct obmalloc_heap *before = heaps[1]->next;
    heaps[1]->next = NULL;
    check_not_followed(block);
    heaps[1]->next = before;
    heaps[0]->next = heaps[1];
    check_not_followed(block);
    heaps[0]->next = NULL;
    finish(MAX, block);
}

TEST(each_tag) {
    char *block = prepare(2);
    for (unsigned i = 0; i < 3 * 16; i++) {
        link_tags[i / 16] ^= 1u << i % 16;
        check_not_followed(block);
        link_tags[i / 16] ^= 1u << i % 16;
    }
    finish(2, block);
}

TEST_LIST = {TEST_ENTRY(each_bit_of_where_the_list_begins),
             TEST_ENTRY(a_list_that_ends_early_or_not_at_all), TEST_ENTRY(each_tag)};
