// SPDX-License-Identifier: MIT
/* Fails on purpose: executes an undefined instruction. */
#include "harness/test.h"

TEST(holds) {
    CHECK(1 + 1 == 2);
}

TEST(faults) {
    __asm__ volatile("udf #0");
}

TEST_LIST = {TEST_ENTRY(holds), TEST_ENTRY(faults)};
