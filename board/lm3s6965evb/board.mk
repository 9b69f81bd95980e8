# SPDX-License-Identifier: MIT
# TI Stellaris LM3S6965: Cortex-M3, 64 KiB of RAM. QEMU: docs/system/arm/stellaris.
BOARD_CPU := -mcpu=cortex-m3 -mthumb
BOARD_QEMU_MACHINE := lm3s6965evb
BOARD_OPENOCD_INTERFACE := interface/ftdi/luminary.cfg
BOARD_OPENOCD_TARGET := target/stellaris.cfg
BOARD_TEST_REGION_BYTES := 40960
BOARD_TRACE := lua_queens
