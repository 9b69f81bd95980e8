# SPDX-License-Identifier: MIT
# Arm MPS2, FPGA image AN500: Cortex-M7 with FPU. QEMU: docs/system/arm/mps2.
BOARD_CPU := -mcpu=cortex-m7 -mthumb -mfpu=fpv5-d16 -mfloat-abi=hard
BOARD_QEMU_MACHINE := mps2-an500
BOARD_TEST_REGION_BYTES := 65536
