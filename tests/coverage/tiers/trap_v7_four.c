// SPDX-License-Identifier: MIT
/* The tier trap on an MPU with no region left for blocks. */
// test-builds: trap
// test-flags: 1
// test-link: -Wl,--wrap=mpu_close
#define REGIONS 4u
#define IS_V8   0u
#include "coverage/tiers/trap_cases.h"

TEST_LIST = {TRAP_TESTS};
