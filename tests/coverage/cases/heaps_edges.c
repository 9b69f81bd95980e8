// SPDX-License-Identifier: MIT
/* More heaps than there may be, and misuse of their functions by name. */
#include "heaps.h"
#include "misuse.h"
#include "obmalloc_heap.h"
#include "state.h"
#include "target/target.h"

enum { HEAP_BYTES = 2048 };
static _Alignas(8) char regions[OBMALLOC_HEAP_COUNT_MAX + 1][HEAP_BYTES];
static struct obmalloc_misuse last;
static unsigned report_count;

void obmalloc_misuse(const struct obmalloc_misuse *report) {
    last = *report;
    report_count++;
}

static void check_reported(enum obmalloc_misuse_kind kind, const char *entry_point) {
    CHECK_EQUAL(report_count, 1);
    CHECK_EQUAL(last.kind, kind);
    CHECK(strcmp(last.entry_point, entry_point) == 0);
    CHECK(last.sentence != NULL && last.sentence[0] != '\0');
    report_count = 0;
}

/* Asked for by whoever does not look whether there are heaps. */
TEST(no_heap_has_no_fault) {
    CHECK(heaps_fault() == NULL);
}

static void check_fault(const void *address) {
    struct pools_finding finding;
    CHECK(heaps_fault() == address);
    CHECK_EQUAL(obmalloc_check(&finding), POOLS_CORRUPT);
    CHECK_EQUAL(finding.address, (uintptr_t)address);
    CHECK(strcmp(finding.sentence, "the list of heaps has been written to") == 0);
}

/* The latest is the first of the list. */
TEST(a_list_that_is_longer_or_shorter_than_it_was) {
    struct obmalloc_heap *heaps[OBMALLOC_HEAP_COUNT_MAX];
    for (unsigned i = 0; i < OBMALLOC_HEAP_COUNT_MAX; i++) {
        CHECK_EQUAL(obmalloc_heap_create(regions[i], regions[i] + HEAP_BYTES, &heaps[i]),
                    OBMALLOC_HEAP_OK);
    }
    free(malloc(9)); /* before it is latched, the check looks at nothing but the arena */
    CHECK(heaps_fault() == NULL);
    heaps[0]->next = heaps[1];
    check_fault(&heaps[0]->next);
    heaps[0]->next = NULL;
    heaps[1]->next = NULL;
    check_fault(&heaps[1]->next);
    heaps[1]->next = heaps[0];
    heaps[1]->pools.start += 8;
    check_fault(heaps[1]);
    heaps[1]->pools.start -= 8;
    heaps[1]->region_end += 8;
    check_fault(heaps[1]);
    heaps[1]->region_end -= 8;
    check_sound();
    for (unsigned i = 0; i < OBMALLOC_HEAP_COUNT_MAX; i++) {
        CHECK_EQUAL(obmalloc_heap_destroy(heaps[i], OBMALLOC_HEAP_REFUSE, NULL), OBMALLOC_HEAP_OK);
    }
}

/* Its pools end before the caller's region does. */
TEST(a_heap_longer_than_pools_can_be) {
    struct obmalloc_heap *heap;
    size_t bytes = POOLS_REGION_BYTES_MAX + 65536;
    char *start = test_region(bytes);
    CHECK_EQUAL(obmalloc_heap_create(start, start + bytes, &heap), OBMALLOC_HEAP_OK);
    CHECK_EQUAL(heap->pools.end - heap->pools.start, POOLS_REGION_BYTES_MAX);
    CHECK(heaps_fault() == NULL);
    check_sound();
    CHECK_EQUAL(obmalloc_heap_destroy(heap, OBMALLOC_HEAP_REFUSE, NULL), OBMALLOC_HEAP_OK);
}

TEST(one_more_than_there_may_be) {
    struct obmalloc_heap *heaps[OBMALLOC_HEAP_COUNT_MAX + 1];
    uint32_t live;
    for (unsigned i = 0; i < OBMALLOC_HEAP_COUNT_MAX; i++) {
        CHECK_EQUAL(obmalloc_heap_create(regions[i], regions[i] + HEAP_BYTES, &heaps[i]),
                    OBMALLOC_HEAP_OK);
    }
    char *spare = regions[OBMALLOC_HEAP_COUNT_MAX];
    CHECK_EQUAL(obmalloc_heap_create(spare, spare + HEAP_BYTES, &heaps[OBMALLOC_HEAP_COUNT_MAX]),
                OBMALLOC_HEAP_TOO_MANY);
    CHECK(heaps[OBMALLOC_HEAP_COUNT_MAX] == NULL);
    for (unsigned i = 0; i < OBMALLOC_HEAP_COUNT_MAX; i++) {
        CHECK_EQUAL(obmalloc_heap_destroy(heaps[i], OBMALLOC_HEAP_REFUSE, &live), OBMALLOC_HEAP_OK);
    }
    CHECK_EQUAL(obmalloc_heap_create(spare, spare + HEAP_BYTES, &heaps[0]), OBMALLOC_HEAP_OK);
    CHECK_EQUAL(obmalloc_heap_destroy(heaps[0], OBMALLOC_HEAP_REFUSE, &live), OBMALLOC_HEAP_OK);
}

/* The allocator's variables lie in RAM that nobody may make a heap of. */
TEST(each_variable_of_the_allocator_is_kept_out) {
    struct obmalloc_heap *heap;
    char *const variables[] = {(char *)&obmalloc_state, (char *)&obmalloc_heap};
    for (unsigned i = 0; i < 2; i++) {
        char *start = (char *)((uintptr_t)variables[i] & ~(uintptr_t)7);
        CHECK_EQUAL(obmalloc_heap_create(start, start + 4096, &heap), OBMALLOC_HEAP_OVERLAPS_STATE);
        CHECK(heap == NULL);
        /* And a region that ends in it. */
        CHECK_EQUAL(obmalloc_heap_create(start + 8 - 4096, start + 8, &heap),
                    OBMALLOC_HEAP_OVERLAPS_STATE);
    }
}

/* The list of heaps is the one that no header names: it is among the variables behind the state. */
TEST(the_list_of_heaps_is_kept_out) {
    extern char __heap_start[];
    struct obmalloc_heap *heap;
    char *behind = (char *)(((uintptr_t)(&obmalloc_state + 1) + 7) & ~(uintptr_t)7);
    CHECK_EQUAL(obmalloc_heap_create(behind, __heap_start, &heap), OBMALLOC_HEAP_OVERLAPS_STATE);
}

TEST(misuse_by_name) {
    struct obmalloc_heap *heap, *other;
    uint32_t live;
    CHECK_EQUAL(obmalloc_heap_create(regions[0], regions[0] + HEAP_BYTES, &heap), OBMALLOC_HEAP_OK);
    CHECK_EQUAL(obmalloc_heap_create(regions[1], regions[1] + HEAP_BYTES, &other),
                OBMALLOC_HEAP_OK);
    char *block = obmalloc_heap_malloc(heap, 64);
    CHECK(block != NULL);
    obmalloc_heap_free(heap, NULL);
    CHECK_EQUAL(obmalloc_heap_usable_size(heap, NULL), 0);
    CHECK_EQUAL(report_count, 0);
    errno = 0;
    CHECK(obmalloc_heap_realloc(heap, block + 8, 100) == NULL);
    CHECK_EQUAL(errno, EINVAL);
    check_reported(OBMALLOC_MISUSE_NOT_A_BLOCK, "obmalloc_heap_realloc");
    CHECK_EQUAL(obmalloc_heap_usable_size(heap, block + 8), 0);
    check_reported(OBMALLOC_MISUSE_NOT_A_BLOCK, "obmalloc_heap_usable_size");
    CHECK_EQUAL(obmalloc_heap_usable_size(other, block), 0);
    check_reported(OBMALLOC_MISUSE_OTHER_HEAP, "obmalloc_heap_usable_size");
    obmalloc_heap_free(other, block);
    check_reported(OBMALLOC_MISUSE_OTHER_HEAP, "obmalloc_heap_free");
    CHECK(obmalloc_heap_usable_size(heap, block) >= 64);
    obmalloc_heap_free(heap, block);
    CHECK_EQUAL(report_count, 0);
    obmalloc_heap_free(heap, block);
    check_reported(OBMALLOC_MISUSE_DOUBLE_FREE, "obmalloc_heap_free");
    struct pools_finding finding;
    CHECK_EQUAL(obmalloc_heap_check(heap, &finding), POOLS_OK);
    CHECK_EQUAL(obmalloc_heap_check(obmalloc_heap_main(), &finding), POOLS_OK);
    CHECK_EQUAL(obmalloc_heap_destroy(heap, OBMALLOC_HEAP_REFUSE, &live), OBMALLOC_HEAP_OK);
    CHECK_EQUAL(obmalloc_heap_destroy(other, OBMALLOC_HEAP_REFUSE, &live), OBMALLOC_HEAP_OK);
}

TEST(every_status_has_a_sentence_of_its_own) {
    const char *sentences[OBMALLOC_HEAP_HAS_LIVE_BLOCKS + 1];
    for (unsigned i = 0; i <= OBMALLOC_HEAP_HAS_LIVE_BLOCKS; i++) {
        sentences[i] = obmalloc_heap_sentence((enum obmalloc_heap_status)i);
        CHECK(strcmp(sentences[i], "unknown status") != 0);
        for (unsigned j = 0; j < i; j++) {
            CHECK(strcmp(sentences[i], sentences[j]) != 0);
        }
    }
    CHECK(strcmp(obmalloc_heap_sentence((enum obmalloc_heap_status)99), "unknown status") == 0);
}

TEST(every_status_of_the_pools_is_a_kind_of_misuse) {
    CHECK_EQUAL(misuse_kind_of(POOLS_CORRUPT), OBMALLOC_MISUSE_CORRUPT);
    CHECK_EQUAL(misuse_kind_of(POOLS_DOUBLE_FREE), OBMALLOC_MISUSE_DOUBLE_FREE);
    CHECK_EQUAL(misuse_kind_of(POOLS_MISALIGNED), OBMALLOC_MISUSE_MISALIGNED);
    CHECK_EQUAL(misuse_kind_of(POOLS_NOT_OWNED), OBMALLOC_MISUSE_FOREIGN);
    CHECK_EQUAL(misuse_kind_of(POOLS_NOT_A_BLOCK), OBMALLOC_MISUSE_NOT_A_BLOCK);
}

TEST_LIST = {TEST_ENTRY(no_heap_has_no_fault),
             TEST_ENTRY(a_list_that_is_longer_or_shorter_than_it_was),
             TEST_ENTRY(a_heap_longer_than_pools_can_be),
             TEST_ENTRY(one_more_than_there_may_be),
             TEST_ENTRY(each_variable_of_the_allocator_is_kept_out),
             TEST_ENTRY(the_list_of_heaps_is_kept_out),
             TEST_ENTRY(misuse_by_name),
             TEST_ENTRY(every_status_has_a_sentence_of_its_own),
             TEST_ENTRY(every_status_of_the_pools_is_a_kind_of_misuse)};
