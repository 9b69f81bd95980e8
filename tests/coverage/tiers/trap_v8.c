// SPDX-License-Identifier: MIT
/* The tier trap on ARMv8-M with eight regions: one lies over all dynamic memory, and those that overlap it close. */
// test-builds: trap
// test-flags: 1
// test-link: -Wl,--wrap=mpu_close -Wl,--wrap=mpu_begin
#define REGIONS 8u
#define IS_V8   1u
#undef __ARM_ARCH
#define __ARM_ARCH 8
#include "guard/mpu.c"

#include "coverage/tiers/trap_cases.h"

uint32_t __real_mpu_begin(uint32_t number, uint32_t start, uint32_t end);
uint32_t __wrap_mpu_begin(uint32_t number, uint32_t start, uint32_t end);

static struct mpu_area all;

uint32_t __wrap_mpu_begin(uint32_t number, uint32_t start, uint32_t end) {
    uint32_t count = __real_mpu_begin(number, start, end);
    all = by_registers();
    return count;
}

/* Under the others; its memory is what RAM is without an MPU. */
TEST(the_region_over_all) {
    struct obmalloc_region region = obmalloc_boot_report().region;
    CHECK(all.start >= (uintptr_t)region.start && all.start < (uintptr_t)region.start + 32);
    CHECK(all.end <= (uintptr_t)region.end && all.end + 32 > (uintptr_t)region.end);
    CHECK_EQUAL(MPU_MAIR1 >> 24, 0xFF);
}

TEST(areas_without_a_whole_step) {
    for (uint32_t start = 0x1000; start < 0x1040; start += 4) {
        for (uint32_t end = start; end < start + 80; end += 4) {
            struct mpu_area is = __real_mpu_close(7, (struct mpu_area){start, end});
            CHECK(is.start % 32 == 0 && is.end % 32 == 0);
            CHECK(is.start == is.end || (is.start >= start && is.end <= end));
            CHECK_EQUAL(is.start == is.end, (MPU_RASR & 1) == 0);
            CHECK(end - start < 64 || is.start != is.end);
        }
    }
}

TEST_LIST = {TRAP_TESTS, TEST_ENTRY(the_region_over_all), TEST_ENTRY(areas_without_a_whole_step)};
