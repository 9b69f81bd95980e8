# SPDX-License-Identifier: MIT
# Arm MPS3, FPGA image AN547: Cortex-M55 with FPU and MVE, in its Secure state. QEMU: docs/system/arm/mps2.
BOARD_CPU := -mcpu=cortex-m55 -mthumb -mfloat-abi=hard
BOARD_QEMU_MACHINE := mps3-an547
BOARD_TEST_REGION_BYTES := 65536
