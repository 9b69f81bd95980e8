// SPDX-License-Identifier: MIT
/* The tier trap on ARMv7-M with eight regions. */
// test-builds: trap
// test-flags: 1
// test-link: -Wl,--wrap=mpu_close
#define REGIONS 8u
#define IS_V8   0u
#include "coverage/tiers/trap_cases.h"

TEST_LIST = {TRAP_TESTS};
