// SPDX-License-Identifier: MIT
/* What one region of an MPU of ARMv7-M closes of areas of every length and place, and under flag 0: nothing. */
// test-builds: trap
// test-flags: 0
// test-link: -Wl,--wrap=mpu_close
#define REGIONS 8u
#define IS_V8   0u
#include "coverage/tiers/trap_model.h"

static void check_area(uint32_t start, uint32_t end, uint32_t part) {
    struct mpu_area is = __wrap_mpu_close(3, (struct mpu_area){start, end});
    CHECK(!returned_wrong);
    CHECK_EQUAL(closed[3].end - closed[3].start, is.end - is.start);
    if (part != 0) {
        CHECK((is.end - is.start) >= (end - start) / part);
    }
}

TEST(short_areas) {
    for (uint32_t start = 0x20000000u; start < 0x20000200u; start += 8) {
        for (uint32_t bytes = 0; bytes < 1500; bytes += 4) {
            check_area(start, start + bytes, bytes >= 128 ? 4 : 0);
        }
    }
}

TEST(all_of_them) {
    uint32_t random = 9;
    for (unsigned i = 0; i < 20000; i++) {
        random = random * 1664525u + 1013904223u;
        uint32_t start = random & ~7u;
        random = random * 1664525u + 1013904223u;
        uint32_t bytes = (random >> (random & 31u)) & ~7u;
        if (start + bytes > start && start + bytes < 0xE0000000u) {
            check_area(start, start + bytes, bytes >= 128 && bytes < 0x40000000u ? 4 : 0);
        }
    }
}

TEST(flag_0_needs_no_mpu) {
    begin_model();
    MPU_CTRL = 0;
    free(malloc(40));
    CHECK_EQUAL(MPU_CTRL, 0);
}

TEST_LIST = {TEST_ENTRY(short_areas), TEST_ENTRY(all_of_them), TEST_ENTRY(flag_0_needs_no_mpu)};
