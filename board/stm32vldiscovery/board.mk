# SPDX-License-Identifier: MIT
# ST STM32VLDISCOVERY: STM32F100RB, Cortex-M3, 8 KiB of RAM. QEMU: docs/system/arm/stm32.
BOARD_CPU := -mcpu=cortex-m3 -mthumb
BOARD_QEMU_MACHINE := stm32vldiscovery
BOARD_OPENOCD_INTERFACE := interface/stlink.cfg
BOARD_OPENOCD_TARGET := target/stm32f1x.cfg
BOARD_TEST_REGION_BYTES := 4096
BOARD_TRACE := mosq_sub
SKIP_region_hook-newlib := full newlib, the test's 4 KiB region and the arena need more than 8 KiB of RAM
SKIP_libc_reserve := the reserve, and the memory that the test fills, need more than 8 KiB of RAM
SKIP_budget_malloc := its 8 KiB of RAM do not hold the region of these tests; lm3s6965evb has the same CPU
SKIP_budget_scarce := its 8 KiB of RAM do not hold the region of these tests; lm3s6965evb has the same CPU
SKIP_budget_free := its 8 KiB of RAM do not hold the region of these tests; lm3s6965evb has the same CPU
SKIP_budget_realloc := its 8 KiB of RAM do not hold the region of these tests; lm3s6965evb has the same CPU
SKIP_budget_calloc := its 8 KiB of RAM do not hold the region of these tests; lm3s6965evb has the same CPU
SKIP_budget_boot := its 8 KiB of RAM do not hold the region of these tests; lm3s6965evb has the same CPU
SKIP_test_assembly := its two copies of heap and region need more than 8 KiB of RAM
SKIP_cpython_debug-newlib := full newlib, the reports that the test keeps and the arena need more than 8 KiB of RAM
SKIP_cpython_statistics-newlib := full newlib, the text that the test keeps and two arenas need more than 8 KiB of RAM
