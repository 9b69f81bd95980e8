# SPDX-License-Identifier: MIT
# test-boards: mps2-an386
"""What flag 0 costs beside the C library alone."""

import os
import pathlib
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "budget"))

import flag_0
import table
from trace_text import CALLOC, FREE, MALLOC, REALLOC

BUILD = pathlib.Path(os.environ.get("BUILD") or REPOSITORY / "build")
ROWS = table.rows()


class Flag0(unittest.TestCase):
    def test_beyond_the_c_library(self):
        for path, more in flag_0.extra(BUILD).items():
            with self.subTest(path):
                row = ROWS[path]
                print(f"note budget {path} {more} target {row.target[table.V7M]} "
                      f"budget {row.budget[table.V7M]}")
                self.assertLessEqual(more, row.budget[table.V7M])

    def test_every_kind_is_called_often(self):
        for libc in flag_0.LIBCS:
            for kind in (MALLOC, FREE, CALLOC, REALLOC):
                self.assertGreater(len(flag_0.differences(BUILD, libc)[kind]), 300)


if __name__ == "__main__":
    unittest.main()
