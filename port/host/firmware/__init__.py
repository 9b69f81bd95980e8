# SPDX-License-Identifier: MIT
"""What a finished firmware says of itself: its ELF file, its code, its stack, the map of its link."""
