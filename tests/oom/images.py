# SPDX-License-Identifier: MIT
"""Which images of other folders are swept: those of tests/target, tests/conformance and tests/cpython."""

import os
import sys

import sweep
from sweep import boards

sys.path.insert(0, os.path.join(sweep.REPOSITORY, "tests"))

from runner import jobs

BOARDS = ("mps2-an386", "microbit")
FOLDERS = ("target", "conformance", "cpython")
# Of the C libraries other than nano, a sample: where they allocate for themselves, and where they are called.
SAMPLE_LIBCS = {"mps2-an386": {"newlib": ("heaps", "ownership", "ownership_float", "whole_family"),
                               "picolibc": ("heaps", "ownership", "ownership_picolibc", "whole_family")}}
# Programs with a main of their own: what they print is all that tells how they end.
MAINS = ("seed_one", "seed_zero", "overflow")
# Further words of a sweep's command line.
WORDS = {"heap_regions": ["vectors=read"]}

NO_REQUEST = "makes no request"
NOT_SWEPT = {
    ("libc_reserve", "microbit"): "the reserve does not fit beside what refuses requests",
    ("ownership_float", "microbit"): "without the reserve, which does not fit, nano's printf of floating point aborts",
}
for _name in ("board_tick", "check_slices", "cpython_word_unknown", "cpython_word_unlinked"):
    for _board in BOARDS:
        NOT_SWEPT[(_name, _board)] = NO_REQUEST
