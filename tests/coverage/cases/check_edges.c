// SPDX-License-Identifier: MIT
/* What obmalloc_check says of an arena whose ends have been moved. */
#include "state.h"
#include "target/target.h"

static bool says(const char *sentence) {
    struct pools_finding finding, of_slices;
    struct pools_cursor cursor = {0};
    CHECK_EQUAL(obmalloc_check(&finding), POOLS_CORRUPT);
    CHECK(!obmalloc_check_some(&cursor, 1, &of_slices));
    CHECK(strcmp(of_slices.sentence, finding.sentence) == 0);
    return strcmp(finding.sentence, sentence) == 0;
}

TEST(the_arenas_ends) {
    const char *sentence = flag() == 1 ? "the region's bounds contradict one another"
                                       : "the arena, which is closed, has been written to";
    free(malloc(40));
    check_sound();
    obmalloc_heap.start ^= 8;
    CHECK(says(sentence));
    obmalloc_heap.start ^= 8;
    obmalloc_heap.end ^= 8;
    CHECK(says(sentence));
    obmalloc_heap.end ^= 8;
    check_sound();
}

TEST_LIST = {TEST_ENTRY(the_arenas_ends)};
