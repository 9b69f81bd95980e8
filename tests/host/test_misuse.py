# SPDX-License-Identifier: MIT
# test-boards: mps2-an386 microbit
"""Every misuse in every tier on a board: what is promised of it is kept."""

import os
import pathlib
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "misuse"))

import matrix
import outcome
import promises

BOARD = os.environ.get("BOARD") or "mps2-an386"
BUILD = os.environ.get("BUILD") or REPOSITORY / "build"


class Misuse(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rows = promises.rows()
        where = matrix.columns(BUILD, BOARD, with_stock=False)
        cls.found = matrix.measure(where, cls.rows, 1)

    def test_every_promise_is_kept(self):
        for tier in matrix.tiers_of(BOARD):
            for row in self.rows:
                with self.subTest(tier=tier, misuse=row.case):
                    self.assertIsNone(promises.broken(row, tier, self.found[row.case, tier]),
                                      self.found[row.case, tier].output)

    def test_who_meets_damage_tells_it(self):
        for case, entry in (("damage_met_by_aligned_alloc", "aligned_alloc"),
                            ("damage_met_by_posix_memalign", "posix_memalign"),
                            ("damage_met_by_the_library", "malloc")):
            with self.subTest(case=case):
                found = outcome.run(BOARD, matrix.image(BUILD, BOARD, "full"), case)
                self.assertEqual(found.details[0]["entry"], entry, found.output)

    def test_realloc_tells_an_overrun_once(self):
        found = outcome.run(BOARD, matrix.image(BUILD, BOARD, "paranoid"), "overrun_met_by_realloc")
        self.assertEqual(found.kinds, ("overrun",), found.output)

    def test_no_report_hangs_or_stops_the_program(self):
        for (case, tier), outcome in self.found.items():
            if outcome.kinds and outcome.word == "named":
                self.assertIn("\ncontents ", outcome.output, f"{tier}: {case}")

    def test_a_tier_promises_no_less_than_the_one_below(self):
        rank = {None: 0, "pattern": 1, "named": 2, "trapped": 3}
        for row in self.rows:
            ranks = [rank[promise.word if promise else None] for promise in row.promises.values()]
            self.assertEqual(ranks, sorted(ranks), row.case)


if __name__ == "__main__":
    unittest.main()
