// SPDX-License-Identifier: MIT
// test-flags: 1
/*
 * What newlib answers with a broken heap or a misaligned block, refused under flag 1. What newlib
 * does itself is under flag 0 untouched: tests/identity/misuse.c.
 */
#include <malloc.h>

#include "huge_sizes.h"
#include "target.h"

static void check_refused(const void *block, int expected_errno) {
    CHECK(block == NULL);
    CHECK_EQUAL(errno, expected_errno);
    check_sound();
}

TEST(realloc_to_huge_sizes_keeps_the_block) {
    static const size_t sizes[] = {16, 200, 640};
    for (unsigned i = 0; i < HUGE_COUNT; i++) {
        for (unsigned j = 0; j < sizeof sizes / sizeof sizes[0]; j++) {
            unsigned char *block = malloc(sizes[j]);
            CHECK(block != NULL);
            fill(block, sizes[j], j);
            errno = 0;
            check_refused(realloc(block, huge_bytes[i]), ENOMEM);
            CHECK(is_filled(block, sizes[j], j));
            free(block);
            check_sound();
        }
    }
}

static void check_memalign(size_t alignment, size_t request_bytes, int expected_errno) {
    errno = 0;
    void *block = memalign(alignment, request_bytes);
    check_refused(block, expected_errno);
    errno = 0;
    check_refused(aligned_alloc(alignment, request_bytes), expected_errno);
    errno = 99;
    void *untouched = &untouched;
    CHECK_EQUAL(posix_memalign(&untouched, alignment, request_bytes), expected_errno);
    CHECK(untouched == &untouched);
    CHECK_EQUAL(errno, 99);
    check_sound();
}

TEST(bad_alignments) {
    static const size_t alignments[] = {0, 3, 5, 6, 7, 24, 1000, SIZE_MAX, SIZE_MAX - 7};
    for (unsigned i = 0; i < sizeof alignments / sizeof alignments[0]; i++) {
        check_memalign(alignments[i], 16, EINVAL);
        check_memalign(alignments[i], 1000, EINVAL);
    }
}

TEST(sizes_that_wrap_with_the_alignment) {
    for (size_t alignment = 16; alignment != 0; alignment *= 2) {
        for (unsigned i = 0; i < HUGE_COUNT; i++) {
            check_memalign(alignment, huge_bytes[i], ENOMEM);
        }
    }
    check_memalign((size_t)1 << 31, 8, ENOMEM);
}

TEST_LIST = {
    TEST_ENTRY(realloc_to_huge_sizes_keeps_the_block),
    TEST_ENTRY(bad_alignments),
    TEST_ENTRY(sizes_that_wrap_with_the_alignment),
};
