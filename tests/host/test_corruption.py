# SPDX-License-Identifier: MIT
"""A flipped bit of the pools' state, and no walk before the next calls, on the PC: tests/corruption/corruption.c."""

import os
import pathlib
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "corruption"))

import flips

BUILD = os.environ.get("BUILD") or REPOSITORY / "build"


class Corruption(unittest.TestCase):
    def test_no_call_leaves_the_heap_in_tier_full(self):
        for kind, outcome in flips.pc_outcomes(BUILD, flips.PC_SHORT).items():
            with self.subTest(kind):
                self.assertEqual(outcome.lost, 0, outcome.text)
                self.assertGreater(outcome.tried, 5000)
                self.assertGreater(outcome.told, 500)

    def test_a_call_that_does_is_seen(self):
        outcome = flips.pc_outcome(BUILD, "basic", flips.PC_SHORT)
        self.assertGreater(outcome.lost, 100)


if __name__ == "__main__":
    unittest.main()
