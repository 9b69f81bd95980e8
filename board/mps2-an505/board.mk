# SPDX-License-Identifier: MIT
# Arm MPS2, FPGA image AN505: Cortex-M33 with FPU, in its Secure state. QEMU: docs/system/arm/mps2.
BOARD_CPU := -mcpu=cortex-m33 -mthumb -mfpu=fpv5-sp-d16 -mfloat-abi=hard
BOARD_QEMU_MACHINE := mps2-an505
BOARD_TEST_REGION_BYTES := 65536
