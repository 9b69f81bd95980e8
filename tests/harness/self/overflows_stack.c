// SPDX-License-Identifier: MIT
/* Fails on purpose: recurses past the stack's reserve, which v8-M notices. */
#include "harness/test.h"

static uint32_t recurse(volatile uint32_t depth) {
    volatile char frame[256];
    frame[depth % sizeof frame] = (char)depth;
    if (depth == UINT32_MAX) {
        return 0;
    }
    return recurse(depth + 1) + (uint32_t)frame[0];
}

TEST(overflows) {
    CHECK(recurse(0) != 0);
}

TEST_LIST = {TEST_ENTRY(overflows)};
