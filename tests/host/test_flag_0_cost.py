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


# With the guard (port/libc_guard.c), what it may add to each.
GUARD_MORE = {"flag_0_malloc": 5, "flag_0_free": 0, "flag_0_calloc": 9, "flag_0_realloc": 6}


def flag_0_budget(path):
    """For calloc and realloc newlib's own wrappers cost what the first look costs: 3 there, too."""
    return max(3, ROWS[path].budget[table.V7M])


class Flag0(unittest.TestCase):
    def test_beyond_the_c_library(self):
        for path, more in flag_0.extra(BUILD).items():
            with self.subTest(path):
                row = ROWS[path]
                print(f"note budget {path} {more} target {row.target[table.V7M]} "
                      f"budget {row.budget[table.V7M]}")
                self.assertLessEqual(more, row.budget[table.V7M])

    def test_beyond_a_c_library_without_a_jump(self):
        jump = 1
        for path, more in flag_0.extra(BUILD, flag_0.LIBCS_WITHOUT_A_JUMP).items():
            with self.subTest(path):
                self.assertLessEqual(more, flag_0_budget(path) + jump)

    def test_guard(self):
        """README.md names these."""
        before = flag_0.extra(BUILD, ("nano",))
        for path, more in flag_0.extra(BUILD, ("nano",), "-guard").items():
            with self.subTest(path):
                print(f"note guard {path} {more - before[path]}")
                self.assertLessEqual(more - before[path], GUARD_MORE[path])
                self.assertEqual(more > before[path], path != "flag_0_free", "the guard is not there")

    def test_every_kind_is_called_often(self):
        for libc in (*flag_0.LIBCS, *flag_0.LIBCS_WITHOUT_A_JUMP):
            for kind in (MALLOC, FREE, CALLOC, REALLOC):
                self.assertGreater(len(flag_0.differences(BUILD, libc)[kind]), 300)


if __name__ == "__main__":
    unittest.main()
