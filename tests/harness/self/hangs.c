// SPDX-License-Identifier: MIT
/* Fails on purpose: never ends. */
#include "harness/test.h"

TEST(hangs) {
    for (;;) {
        __asm__ volatile("");
    }
}

TEST_LIST = {TEST_ENTRY(hangs)};
