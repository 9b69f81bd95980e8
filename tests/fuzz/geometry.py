#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes a header for pools/geometry.h with numbers that a seed draws from the ranges in which the code holds."""

import pathlib
import random
import sys

# The ranges that pools/geometry.h asserts. The last two have no other bound than that a search ends, and a longer
# END_CUT_BYTES does nothing in heaps of 16 KiB.
RANGES = {
    "POOLS_PLENTY_CHUNK_PARTS": (1, 32),
    "POOLS_CARVE_SHIFT": (4, 24),
    "POOLS_END_CUT_BYTES": (513, 4096),
    "POOLS_DRAIN_LOOKS": (1, 8),
    "POOLS_BIN_TRIES": (1, 16),
    "POOLS_LAST_BIN_TRIES": (1, 32),
    "POOLS_KEY_LOOKS": (1, 16),
    "POOLS_ALIGNED_LOOKS": (1, 8),
}


def header(seed):
    dice = random.Random(seed)
    lines = [f"#undef {name}\n#define {name} {dice.randint(low, high)}u" for name, (low, high) in RANGES.items()]
    return "\n".join(["/* SPDX-License-Identifier: MIT */", f"/* geometry.py, seed {seed} */", *lines]) + "\n"


def main():
    if len(sys.argv) != 3 or not sys.argv[1].isdigit():
        sys.exit("geometry.py: wants SEED FILE, the seed a number")
    path, text = pathlib.Path(sys.argv[2]), header(int(sys.argv[1]))
    if not path.is_file() or path.read_text("utf-8") != text:
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
