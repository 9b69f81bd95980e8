# SPDX-License-Identifier: MIT
# Arm MPS2, FPGA image AN386: Cortex-M4 with FPU. QEMU: docs/system/arm/mps2.
BOARD_CPU := -mcpu=cortex-m4 -mthumb -mfpu=fpv4-sp-d16 -mfloat-abi=hard
BOARD_QEMU_MACHINE := mps2-an386
BOARD_TEST_REGION_BYTES := 65536
