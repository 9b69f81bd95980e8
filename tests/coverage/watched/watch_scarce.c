// SPDX-License-Identifier: MIT
/* The counters where memory ends: failures of small requests, and free memory that is one piece. */
// test-builds: full
// test-flags: 1
#include "obmalloc_class_statistics.h"
#include "obmalloc_heap.h"
#include "target/target.h"

enum { RAM_BYTES = 8192, REST_BYTES = 256 };
static _Alignas(8) char ram[RAM_BYTES];

void obmalloc_boot_region(struct obmalloc_region *region) {
    *region = (struct obmalloc_region){.start = ram, .end = ram + RAM_BYTES};
}

static struct obmalloc_totals totals(void) {
    struct obmalloc_totals now;
    obmalloc_totals(&now);
    return now;
}

/* A heap's own functions tell what they were asked for. */
TEST(another_heap_that_is_full) {
    static _Alignas(8) char region[2048];
    struct obmalloc_heap *heap;
    CHECK_EQUAL(obmalloc_heap_create(region, region + sizeof region, &heap), OBMALLOC_HEAP_OK);
    uint32_t failures = totals().failure_count;
    CHECK(obmalloc_heap_malloc(heap, 4000) == NULL);
    CHECK(obmalloc_heap_calloc(heap, 4000, 1) == NULL);
    CHECK(obmalloc_heap_memalign(heap, 32, 4000) == NULL);
    CHECK_EQUAL(totals().failure_count, failures + 3);
    void *aligned = obmalloc_heap_memalign(heap, 32, 40),
         *zeros = obmalloc_heap_calloc(heap, 4, 10);
    CHECK((uintptr_t)aligned % 32 == 0 && aligned != NULL && zeros != NULL);
    CHECK_EQUAL(obmalloc_heap_destroy(heap, OBMALLOC_HEAP_ORPHAN, NULL), OBMALLOC_HEAP_OK);
    CHECK(obmalloc_heap_malloc(heap, 8) == NULL); /* it is to end */
    CHECK_EQUAL(errno, EINVAL);
    free(aligned);
    free(zeros);
}

TEST(one_piece_and_then_none) {
    CHECK(malloc(40) != NULL);
    struct obmalloc_totals now = totals();
    CHECK(now.largest_is_exact && now.fragmentation_permille != 0);
    size_t bytes = now.largest_request_bytes - 8 - REST_BYTES;
    CHECK(malloc(bytes) != NULL);
    now = totals();
    while (now.arena_free_bytes > REST_BYTES) {
        CHECK(malloc(now.arena_free_bytes - REST_BYTES) != NULL);
        now = totals();
    }
    CHECK(now.largest_request_bytes == now.arena_free_bytes + now.arena_waiting_bytes);
    CHECK_EQUAL(now.fragmentation_permille, 0);
    struct obmalloc_class classes[OBMALLOC_CLASS_COUNT];
    while (malloc(16) != NULL) {
    }
    CHECK(malloc(100) == NULL && malloc(500) == NULL);
    obmalloc_class_statistics(classes);
    CHECK_EQUAL(classes[0].failure_count, 2); /* and one of the other heap */
    CHECK_EQUAL(classes[100 / 8 + 1 - 2].failure_count, 1);
    CHECK_EQUAL(classes[OBMALLOC_CLASS_SMALL].failure_count, 1);
    CHECK_EQUAL(totals().free_bytes_low_water, totals().free_bytes);
    CHECK_EQUAL(totals().fragmentation_permille, 0);
}

TEST_LIST = {TEST_ENTRY(another_heap_that_is_full), TEST_ENTRY(one_piece_and_then_none)};
