// SPDX-License-Identifier: MIT
/* Fails on purpose: leaves with status 0 before its last case. */
#include "board.h"
#include "harness/test.h"

TEST(holds) {
    CHECK(1 + 1 == 2);
}

TEST(leaves) {
    board_exit(0);
}

TEST_LIST = {TEST_ENTRY(holds), TEST_ENTRY(leaves)};
