// SPDX-License-Identifier: MIT
/* Fails on purpose: uses the stack's reserve to its end, comes back, and passes. */
#include "harness/test.h"

extern volatile char __stack_limit[];

TEST(fills_the_reserve) {
    volatile char here;
    volatile char *const end = __stack_limit;
    for (volatile char *at = &here - 256; at >= end; at--) {
        *at = 0;
    }
}

TEST_LIST = {TEST_ENTRY(fills_the_reserve)};
