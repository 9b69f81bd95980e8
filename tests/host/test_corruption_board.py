# SPDX-License-Identifier: MIT
# test-boards: microbit mps2-an386 mps2-an505
"""A flipped bit of all of the allocator's state, and no walk before the next calls, on boards: tests/corruption/board.c."""

import os
import pathlib
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "corruption"))

import flips

BOARD = os.environ.get("BOARD") or "mps2-an386"
BUILD = os.environ.get("BUILD") or REPOSITORY / "build"


class CorruptionOnABoard(unittest.TestCase):
    def test_nothing_else_is_touched(self):
        wanted = [build for build in flips.builds() if build[0] == BOARD]
        self.assertNotEqual(wanted, [])
        for name, outcome in flips.board_outcomes(BUILD, wanted, flips.BOARD_SHORT).items():
            with self.subTest(name):
                self.assertEqual(outcome.lost, 0, outcome.text)
                self.assertGreater(outcome.tried, 100)
                self.assertGreater(outcome.told, 0)


if __name__ == "__main__":
    unittest.main()
