// SPDX-License-Identifier: MIT
/* Scratch memory of the cases: one static array, TEST_REGION_BYTES of the board's board.mk. */
#include "harness/test.h"

enum { REGION_ALIGNMENT_BYTES = 256 };

_Static_assert(TEST_REGION_BYTES % REGION_ALIGNMENT_BYTES == 0,
               "BOARD_TEST_REGION_BYTES must be a multiple of 256");

__attribute__((section(".noinit"),
               aligned(REGION_ALIGNMENT_BYTES))) static char region[TEST_REGION_BYTES];
static size_t used_bytes;

void *test_region(size_t bytes) {
    if (bytes > sizeof region - used_bytes) {
        SKIP("the board has no scratch memory of that size");
    }
    char *start = region + used_bytes;
    used_bytes += (bytes + REGION_ALIGNMENT_BYTES - 1) & ~(size_t)(REGION_ALIGNMENT_BYTES - 1);
    return start;
}

size_t test_region_bytes_max(void) {
    return sizeof region;
}

void test_region_reset(void) {
    used_bytes = 0;
}
