// SPDX-License-Identifier: MIT
/* Fails on purpose: abort() in the middle of a case. */
#include <stdlib.h>

#include "harness/test.h"

TEST(aborts) {
    abort();
}

TEST_LIST = {TEST_ENTRY(aborts)};
