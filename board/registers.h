// SPDX-License-Identifier: MIT
/* Registers of Arm's system control space, the few that are used here. */
#ifndef BOARD_REGISTERS_H
#define BOARD_REGISTERS_H

#include <stdint.h>

#define REGISTER(address) ((volatile uint32_t *)(uintptr_t)(address))

#define REGISTER_SYST_CSR REGISTER(0xE000E010)
#define REGISTER_SYST_RVR REGISTER(0xE000E014)
#define REGISTER_SYST_CVR REGISTER(0xE000E018)
#define REGISTER_SHCSR    REGISTER(0xE000ED24)
#define REGISTER_CFSR     REGISTER(0xE000ED28)
#define REGISTER_HFSR     REGISTER(0xE000ED2C)
#define REGISTER_MMFAR    REGISTER(0xE000ED34)
#define REGISTER_BFAR     REGISTER(0xE000ED38)
#define REGISTER_CPACR    REGISTER(0xE000ED88)

/* Processor clock, counter on, no interrupt. */
#define REGISTER_SYST_CSR_RUN UINT32_C(0x5)

/* MMFAR holds the address of a memory access that faulted. */
#define REGISTER_CFSR_MMARVALID UINT32_C(0x80)

/* MemManage, BusFault and UsageFault arrive under their own names instead of as HardFault. */
#define REGISTER_SHCSR_FAULTS_ENABLED UINT32_C(0x00070000)

#define REGISTER_CPACR_CP10_CP11_FULL UINT32_C(0x00F00000)

#endif
