// SPDX-License-Identifier: MIT
/* The whole region is the arena, by the linker's word: nothing is left for the C library under flag 1. */
// test-link: -Wl,--defsym=__obmalloc_arena_size=0
#include <malloc.h>

#include "state.h"
#include "target/target.h"

static const volatile size_t too_much = 700000, impossible = 0xFFFFFFF0u;

TEST(the_linker_leaves_no_split) {
    CHECK(obmalloc_state.whole_region_is_arena);
    CHECK(obmalloc_boot_report().arena_start >= (void *)obmalloc_boot_report().region.start);
    CHECK((char *)obmalloc_boot_report().arena_start - (char *)obmalloc_boot_report().region.start <
          8);
}

TEST(large_requests_are_the_arenas_too) {
    char *large = malloc(3000);
    CHECK(large != NULL);
    CHECK_EQUAL(is_in_arena(large), flag() == 1);
    fill(large, 3000, 1);
    char *wall = malloc(1000);
    large = realloc(large, 9000);
    CHECK(large != NULL && is_filled(large, 3000, 1));
    CHECK_EQUAL(is_in_arena(large), flag() == 1);
    errno = 0;
    CHECK(realloc(large, too_much) == NULL);
    CHECK_EQUAL(errno, ENOMEM);
    errno = 0;
    CHECK(malloc(too_much) == NULL);
    CHECK_EQUAL(errno, ENOMEM);
    errno = 0;
    CHECK(memalign(64, too_much) == NULL);
    CHECK_EQUAL(errno, ENOMEM);
    CHECK(flag() == 0 || memalign(64, impossible) == NULL);
    CHECK(flag() == 0 || malloc(impossible) == NULL);
    char *aligned = memalign(256, 5000);
    CHECK(aligned != NULL && (uintptr_t)aligned % 256 == 0);
    free(aligned);
    free(wall);
    free(large);
    check_sound();
}

TEST_LIST = {TEST_ENTRY(the_linker_leaves_no_split), TEST_ENTRY(large_requests_are_the_arenas_too)};
