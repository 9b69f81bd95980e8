// SPDX-License-Identifier: MIT
/* The whole dynamic region as the arena: under flag 1 nothing is left for libc. */
#include <unistd.h>

#include "target.h"

void obmalloc_boot_region(struct obmalloc_region *region) {
    region->arena_bytes = 0;
}

TEST(every_size_from_the_arena) {
    if (flag() == 0) {
        need_libc_room(2 * 1800 + 64);
    }
    static const size_t sizes[] = {0, 16, 100, 512, 513, 1000, 1500};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned char *block = malloc(sizes[i]);
        CHECK(block != NULL);
        CHECK_EQUAL(is_in_arena(block), flag());
        fill(block, sizes[i], i);
        block = realloc(block, sizes[i] + 300);
        CHECK(block != NULL);
        CHECK_EQUAL(is_in_arena(block), flag());
        CHECK(is_filled(block, sizes[i], i));
        free(block);
        check_sound();
    }
    CHECK_EQUAL(statistics().overflow_large_to_arena, 0);
}

TEST(nothing_for_libc_under_flag_1) {
    errno = 0;
    void *more = sbrk(8);
    CHECK_EQUAL(more == (void *)-1, flag() == 1);
    if (flag() == 1) {
        CHECK_EQUAL(errno, ENOMEM);
        CHECK_EQUAL(statistics().libc_heap_bytes, 0);
        CHECK_EQUAL(statistics().libc_used_blocks, 0);
    }
}

TEST(then_null) {
    struct obmalloc_region region = obmalloc_boot_report().region;
    errno = 0;
    CHECK(malloc((size_t)((char *)region.end - (char *)region.start)) == NULL);
    CHECK_EQUAL(errno, ENOMEM);
    CHECK_EQUAL(statistics().failure_count, flag());
    check_sound();
}

TEST_LIST = {
    TEST_ENTRY(every_size_from_the_arena),
    TEST_ENTRY(nothing_for_libc_under_flag_1),
    TEST_ENTRY(then_null),
};
