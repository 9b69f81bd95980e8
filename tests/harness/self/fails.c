// SPDX-License-Identifier: MIT
/* Fails on purpose: a check that does not hold, between two that do. */
#include "harness/test.h"

TEST(holds) {
    CHECK(1 + 1 == 2);
}

TEST(fails) {
    CHECK_EQUAL(1 + 1, 3);
}

TEST(is_skipped) {
    SKIP("on purpose");
}

TEST(holds_afterwards) {
    CHECK_EQUAL(1 + 1, 2);
}

TEST_LIST = {TEST_ENTRY(holds), TEST_ENTRY(fails), TEST_ENTRY(is_skipped),
             TEST_ENTRY(holds_afterwards)};
