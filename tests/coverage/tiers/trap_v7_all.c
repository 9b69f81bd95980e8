// SPDX-License-Identifier: MIT
/* The tier trap on ARMv7-M where the arena is all of the region, with more regions than are used. */
// test-builds: trap
// test-flags: 1
// test-link: -Wl,--wrap=mpu_close -Wl,--defsym=__obmalloc_arena_size=0
#define REGIONS 20u
#define IS_V8   0u
#include "coverage/tiers/trap_cases.h"

TEST_LIST = {TRAP_TESTS};
