// SPDX-License-Identifier: MIT
/* The whole dynamic region as the arena: under flag 1 nothing is left for libc. */
#include <unistd.h>

#include "state.h"
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

/* Where realloc's fast path goes another way: blocks with and without a header, and what is no block. */
TEST(realloc_while_memory_is_scarce) {
    if (flag() == 0) {
        need_libc_room(1000 + 400 + 64);
    }
    char *large = malloc(1000);
    char *small = malloc(400);
    char *rest = malloc((obmalloc_heap.end - obmalloc_heap.untouched) / 8 * 7);
    CHECK(large != NULL && small != NULL && rest != NULL);
    CHECK_EQUAL(obmalloc_heap.fast_free_granules, 0); /* scarce, or not in use */
    fill(large, 1000, 1);
    fill(small, 400, 2);
    CHECK_EQUAL(realloc(large, 990), large);
    CHECK_EQUAL(realloc(small, 390), small);
    if (flag() == 1) {
        uint32_t before = statistics().misuse_count[OBMALLOC_MISUSE_NOT_A_BLOCK];
        errno = 0;
        CHECK(realloc(large - 8, 8) == NULL); /* its header, 8 bytes before the next mark */
        CHECK_EQUAL(errno, EINVAL);
        CHECK_EQUAL(statistics().misuse_count[OBMALLOC_MISUSE_NOT_A_BLOCK], before + 1);
    }
    CHECK(is_filled(large, 990, 1) && is_filled(small, 390, 2));
    free(large);
    free(small);
    free(rest);
    check_sound();
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
    TEST_ENTRY(realloc_while_memory_is_scarce),
    TEST_ENTRY(nothing_for_libc_under_flag_1),
    TEST_ENTRY(then_null),
};
