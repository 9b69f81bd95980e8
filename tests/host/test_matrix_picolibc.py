# SPDX-License-Identifier: MIT
"""C and C++ firmwares with picolibc: CPUs, optimisation, LTO, float ABI (tests/harness/matrix.py)."""

import pathlib
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "harness"))

import matrix

Matrix = matrix.cases("picolibc")
