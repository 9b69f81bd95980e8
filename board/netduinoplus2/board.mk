# SPDX-License-Identifier: MIT
# Netduino Plus 2: STM32F405RG, Cortex-M4 with FPU. 64 KiB of CCM beside its RAM.
BOARD_CPU := -mcpu=cortex-m4 -mthumb -mfpu=fpv4-sp-d16 -mfloat-abi=hard
BOARD_QEMU_MACHINE := netduinoplus2
BOARD_OPENOCD_INTERFACE := interface/stlink.cfg
BOARD_OPENOCD_TARGET := target/stm32f4x.cfg
BOARD_TEST_REGION_BYTES := 32768
BOARD_TRACE := lua_strings
