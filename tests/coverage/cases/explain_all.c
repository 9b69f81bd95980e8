// SPDX-License-Identifier: MIT
/* The arena is the whole region, whose ends are not aligned: what lies beside it there is the allocator's, and there is
 * no largest request of the C library's. */
// test-flags: 1
#include "explain.h"

#include "largest_request.h"
#include "state.h"
#include "target/target.h"

enum { REGION_BYTES = 8192 };
static _Alignas(4096) char ram[REGION_BYTES];

void obmalloc_boot_region(struct obmalloc_region *region) {
    *region = (struct obmalloc_region){.start = ram + 1, .end = ram + REGION_BYTES - 1};
}

TEST(beside_the_arena) {
    free(malloc(40));
    struct obmalloc_explanation at;
    obmalloc_explain_address(ram + 1, &at);
    CHECK_EQUAL(at.place, OBMALLOC_PLACE_STATE);
    obmalloc_explain_address(ram + REGION_BYTES - 2, &at);
    CHECK_EQUAL(at.place, OBMALLOC_PLACE_STATE);
    obmalloc_explain_address(ram + REGION_BYTES - 1, &at);
    CHECK_EQUAL(at.place, OBMALLOC_PLACE_OUTSIDE);
}

TEST(the_largest_request) {
    size_t bytes = obmalloc_largest_request_bytes();
    CHECK_EQUAL(largest_from_sbrk_bytes(), 0);
    CHECK(bytes > 0);
    CHECK_EQUAL(bytes, largest_in_arena_bytes());
    void *block = malloc(bytes);
    CHECK(block != NULL);
    free(block);
    check_sound();
}

TEST_LIST = {TEST_ENTRY(beside_the_arena), TEST_ENTRY(the_largest_request)};
