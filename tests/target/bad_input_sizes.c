// SPDX-License-Identifier: MIT
/*
 * Impossible sizes and alignments. Flag 1: the documented refusal, and a sound heap. Flag 0: to the
 * letter what the C library's own function answers.
 */
#include <malloc.h>

#include "huge_sizes.h"
#include "private_libc.h"
#include "target.h"

static void check_refused(const void *block, int expected_errno) {
    CHECK(block == NULL);
    CHECK_EQUAL(errno, expected_errno);
    check_sound();
}

TEST(malloc_of_huge_sizes) {
    for (unsigned i = 0; i < HUGE_COUNT; i++) {
        errno = 0;
        check_refused(malloc(huge_bytes[i]), ENOMEM);
    }
}

TEST(calloc_that_wraps) {
    static const size_t pairs[][2] = {
        {SIZE_MAX, 2},         {2, SIZE_MAX},      {SIZE_MAX / 2 + 1, 2},
        {SIZE_MAX / 4 + 2, 4}, {0x10001, 0x10000}, {0x10000, 0x10000},
        {SIZE_MAX, SIZE_MAX},  {0x20000000, 8},    {0xFFFFFFF9u, 0x11u},
    };
    for (unsigned i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        errno = 0;
        void *block = calloc(pairs[i][0], pairs[i][1]);
        if (flag() == 1) {
            check_refused(block, ENOMEM);
        } else {
            free(block);
            void *own = libc_calloc(pairs[i][0], pairs[i][1]);
            CHECK_EQUAL((uintptr_t)block, (uintptr_t)own);
            free(own);
        }
    }
}

TEST(alignments_below_a_pointer) {
    void *block = NULL;
    CHECK_EQUAL(posix_memalign(&block, 1, 8), EINVAL);
    CHECK_EQUAL(posix_memalign(&block, 2, 8), EINVAL);
    CHECK(block == NULL);
    CHECK_EQUAL(posix_memalign(&block, sizeof(void *), 8), 0);
    check_owner(block, 8);
    free(block);
    if (flag() == 1) {
        block = memalign(1, 8);
        check_owner(block, 8);
        free(block);
    }
}

TEST(realloc_to_nothing) {
    static const volatile size_t nothing;
    static const size_t sizes[] = {16, 200, 640};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned char *block = malloc(sizes[i]);
        CHECK(block != NULL);
        block[0] = 0x5A;
        if (flag() == 0) {
            unsigned char *result = realloc(block, nothing);
            free(result);
            block = malloc(sizes[i]);
            unsigned char *own = libc_realloc(block, nothing);
            CHECK_EQUAL((uintptr_t)result, (uintptr_t)own);
            free(own);
            continue;
        }
        uint32_t blocks = statistics().arena_used_blocks + statistics().libc_used_blocks;
        block = realloc(block, nothing);
        CHECK(block != NULL);
        CHECK_EQUAL(block[0], 0x5A);
        CHECK_EQUAL(statistics().arena_used_blocks + statistics().libc_used_blocks, blocks);
        check_sound();
        free(block);
        check_sound();
    }
}

TEST(failures_are_counted) {
    uint32_t before = statistics().failure_count;
    CHECK(malloc(huge_bytes[0]) == NULL);
    CHECK_EQUAL(statistics().failure_count, before + (flag() == 1));
}

TEST_LIST = {
    TEST_ENTRY(malloc_of_huge_sizes),       TEST_ENTRY(calloc_that_wraps),
    TEST_ENTRY(alignments_below_a_pointer), TEST_ENTRY(realloc_to_nothing),
    TEST_ENTRY(failures_are_counted),
};
