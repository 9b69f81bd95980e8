// SPDX-License-Identifier: MIT
/* An arena that cannot hold one pool: libc serves everything, under either flag, and the report
 * says so. */
#include "target.h"

void obmalloc_boot_region(struct obmalloc_region *region) {
    region->arena_bytes = 256;
}

TEST(libc_serves) {
    void *block = malloc(40);
    CHECK(block != NULL);
    CHECK(is_in_libc_heap(block));
    CHECK(!obmalloc_owns(block));
    struct obmalloc_boot_report boot = obmalloc_boot_report();
    CHECK_EQUAL(boot.arena_state, flag() == 1 ? OBMALLOC_ARENA_REFUSED : OBMALLOC_ARENA_NOT_OPENED);
    CHECK_EQUAL(strstr(boot.sentence, "cannot hold one pool") != NULL, flag() == 1);
    check_sound();
    block = realloc(block, 500);
    CHECK(is_in_libc_heap(block));
    free(block);
}

TEST_LIST = {TEST_ENTRY(libc_serves)};
