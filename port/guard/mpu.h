// SPDX-License-Identifier: MIT
/* The MPU of ARMv7-M and ARMv8-M mainline, as far as it closes memory. */
#ifndef OBMALLOC_GUARD_MPU_H
#define OBMALLOC_GUARD_MPU_H

#include <stdbool.h>
#include <stdint.h>

#define MPU_REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))
#define MPU_TYPE              MPU_REGISTER(0xE000ED90)
#define MPU_CTRL              MPU_REGISTER(0xE000ED94)
#define MPU_RNR               MPU_REGISTER(0xE000ED98)
#define MPU_RBAR              MPU_REGISTER(0xE000ED9C)
#define MPU_RASR              MPU_REGISTER(0xE000EDA0) /* ARMv8-M: RLAR */
#define MPU_MAIR1             MPU_REGISTER(0xE000EDC4)

/* On, and other memory as without an MPU for privileged code. */
#define MPU_CTRL_ON 0x5u

/* [start, end), closed by one region. */
struct mpu_area {
    uint32_t start, end;
};

/* Makes region `number` close as much of the area as one region can, or nothing. Returns what it closes. The MPU is
 * off. Cost: on ARMv7-M some 500 instructions, else 20. */
struct mpu_area mpu_close(uint32_t number, struct mpu_area area);

/* How many regions are needed beside those that close: 1 on ARMv8-M, over [start, end), 0 on ARMv7-M. */
uint32_t mpu_begin(uint32_t number, uint32_t start, uint32_t end);

static inline void mpu_barrier(void) {
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

#endif
