// SPDX-License-Identifier: MIT
/* A boot hook that leaves an impossible region is ignored and reported. */
#include "target.h"

extern char __heap_start[], __heap_end[];

void obmalloc_boot_region(struct obmalloc_region *region) {
    void *start = region->start;
    region->start = region->end;
    region->end = start;
}

TEST(linker_region_is_used) {
    struct obmalloc_boot_report boot = obmalloc_boot_report();
    CHECK(boot.boot_region_ignored);
    CHECK(strstr(boot.sentence, "impossible region") != NULL);
    CHECK_EQUAL((uintptr_t)boot.region.start, (uintptr_t)__heap_start);
    void *small = malloc(64);
    check_owner(small, 64);
    free(small);
}

TEST_LIST = {TEST_ENTRY(linker_region_is_used)};
