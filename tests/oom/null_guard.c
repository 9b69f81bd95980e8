// SPDX-License-Identifier: MIT
#include "oom/null_guard.h"

#include "registers.h"

#define REGISTER_MPU_TYPE REGISTER(0xE000ED90)
#define REGISTER_MPU_CTRL REGISTER(0xE000ED94)
#define REGISTER_MPU_RNR  REGISTER(0xE000ED98)
#define REGISTER_MPU_RBAR REGISTER(0xE000ED9C)
#define REGISTER_MPU_RASR REGISTER(0xE000EDA0)

/* The rest of memory is as without the MPU. */
#define MPU_CTRL_ON_WITH_DEFAULT_MAP UINT32_C(5)
#define MPU_TYPE_REGION_COUNT_SHIFT  8
#define MPU_RASR_ON                  UINT32_C(1)
#define MPU_RASR_READ_ONLY           (UINT32_C(6) << 24)
#define MPU_RASR_NO_ACCESS           (UINT32_C(0) << 24)
/* Regions have 2^(n + 1) bytes. */
#define MPU_RASR_SIZE(n) ((UINT32_C(n)) << 1)
#define MPU_RASR_512_KIB MPU_RASR_SIZE(18)
#define MPU_RASR_1_KIB   MPU_RASR_SIZE(9)
#define MPU_RASR_NORMAL  (UINT32_C(2) << 16)

#if __ARM_ARCH == 7
static void set_region(uint32_t number, uint32_t start, uint32_t attributes) {
    *REGISTER_MPU_RNR = number;
    *REGISTER_MPU_RBAR = start;
    *REGISTER_MPU_RASR = attributes | MPU_RASR_NORMAL | MPU_RASR_ON;
}

void null_guard_start(bool vectors_are_read) {
    if (*REGISTER_MPU_TYPE >> MPU_TYPE_REGION_COUNT_SHIFT == 0) {
        return;
    }
    set_region(0, 0, MPU_RASR_512_KIB | MPU_RASR_READ_ONLY);
    if (!vectors_are_read) {
        set_region(1, 0, MPU_RASR_1_KIB | MPU_RASR_NO_ACCESS);
    }
    *REGISTER_MPU_CTRL = MPU_CTRL_ON_WITH_DEFAULT_MAP;
    __asm__ volatile("dsb\n isb" ::: "memory");
}

void null_guard_stop(void) {
    *REGISTER_MPU_CTRL = 0;
    __asm__ volatile("dsb\n isb" ::: "memory");
}
#else
void null_guard_stop(void) {
}

void null_guard_start(bool vectors_are_read) {
    (void)vectors_are_read;
}
#endif
