# SPDX-License-Identifier: MIT
# BBC micro:bit: nRF51822, Cortex-M0, 16 KiB of RAM. QEMU: docs/system/arm/nrf.
BOARD_CPU := -mcpu=cortex-m0 -mthumb
BOARD_QEMU_MACHINE := microbit
BOARD_OPENOCD_INTERFACE := interface/cmsis-dap.cfg
BOARD_OPENOCD_TARGET := target/nrf51.cfg
BOARD_TEST_REGION_BYTES := 10240
BOARD_TRACE := mosq_sub
