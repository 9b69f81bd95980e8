// SPDX-License-Identifier: MIT
/* The tier paranoid under either flag while there is another heap, so that no entry point leaves for the C library
 * at once; and a ledger that ends with the first allocation. */
// test-builds: paranoid
#include <malloc.h>

#include "coverage/tiers/told.h"
#include "guard/block.h"
#include "obmalloc_heap.h"
#include "obmalloc_ledger.h"
#include "py_home.h"
#include "state.h"

static _Alignas(8) char region[4096];
static struct obmalloc_heap *heap;

static void ignore(const char *text) {
    (void)text;
}

TEST(before_main) {
    obmalloc_boot_print(ignore);
    void *first = malloc(24);
    CHECK(first != NULL);
    CHECK(obmalloc_ledger()->has_ended);
    free(first);
    CHECK_EQUAL(obmalloc_heap_create(region, region + sizeof region, &heap), OBMALLOC_HEAP_OK);
}

static bool has_guards(const void *block) {
    return guard_is(block, GUARD_LIVE);
}

TEST(each_call_of_the_family) {
    void *blocks[] = {malloc(40),        calloc(4, 10), memalign(32, 40), aligned_alloc(32, 40),
                      realloc(NULL, 40), valloc(40),    pvalloc(40)};
    for (unsigned i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        CHECK(blocks[i] != NULL);
        CHECK_EQUAL(has_guards(blocks[i]), flag());
        CHECK(malloc_usable_size(blocks[i]) >= 40);
        CHECK_EQUAL(py_home_of(blocks[i]).status, POOLS_OK);
        CHECK(py_home_of(blocks[i]).usable_bytes >= 40);
        blocks[i] = realloc(blocks[i], 400);
        CHECK(blocks[i] != NULL);
        CHECK_EQUAL(has_guards(blocks[i]), flag());
        free(blocks[i]);
    }
    check_not_told();
    check_sound();
}

TEST(the_other_heaps_blocks_have_none) {
    char *block = obmalloc_heap_malloc(heap, 40);
    CHECK(block != NULL && !has_guards(block));
    CHECK_EQUAL(malloc_usable_size(block), 40);
    block = realloc(block, 80);
    CHECK(block != NULL && obmalloc_heap_of(block) == heap);
    free(block);
    check_not_told();
    free(block);
    check_told(OBMALLOC_MISUSE_DOUBLE_FREE, "free", block);
}

TEST_LIST = {TEST_ENTRY(before_main), TEST_ENTRY(each_call_of_the_family),
             TEST_ENTRY(the_other_heaps_blocks_have_none)};
