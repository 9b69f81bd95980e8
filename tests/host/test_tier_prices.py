# SPDX-License-Identifier: MIT
# test-boards: mps2-an386
"""No tier costs more than prices.tsv says."""

import os
import pathlib
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "misuse"))

import prices

BUILD = pathlib.Path(os.environ.get("BUILD") or REPOSITORY / "build")


class Prices(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.found = prices.prices(BUILD)

    def test_none_is_dearer(self):
        self.assertEqual(prices.over(self.found), [])

    def test_each_tier_costs_more_than_the_one_below(self):
        for row in ("malloc, mean", "free, mean", "code, bytes"):
            values = [self.found[tier][row] for tier in prices.promises.TIERS]
            self.assertEqual(values, sorted(values), row)


if __name__ == "__main__":
    unittest.main()
