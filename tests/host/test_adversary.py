# SPDX-License-Identifier: MIT
# test-boards: mps2-an386
"""The adversary finds no call that is costlier than the stated worst; and it would say so."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
ADVERSARY = REPOSITORY / "tests" / "adversary"
sys.path.insert(0, str(ADVERSARY))

import searches
import trace_text

BUILD = os.environ.get("BUILD") or str(REPOSITORY / "build")
REGION_BYTES, SEED, PLAYS = 2048, 1, 400


def run(*words):
    return subprocess.run([sys.executable, str(ADVERSARY / "adversary.py"), "--build", BUILD, *words],
                          capture_output=True, text=True, check=False)


class Adversary(unittest.TestCase):
    def test_finds_nothing_over_the_stated_worst(self):
        done = run()
        print(done.stdout)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_same_search_finds_the_same(self):
        outcomes = [searches.search(BUILD, REGION_BYTES, SEED, PLAYS) for _ in range(2)]
        self.assertEqual(outcomes[0], outcomes[1])

    def test_calls_that_merge_all_pools_are_not_among_the_bounded(self):
        """The replay has a count for the same calls: those above the kind's worst are such."""
        outcome = searches.search(BUILD, REGION_BYTES, SEED, PLAYS)
        self.assertGreater(outcome.seen["reclaim"], max(outcome.seen[kind]
                                                        for kind in searches.BOUNDED))

    def test_a_costlier_call_is_red_with_its_sequence(self):
        found = searches.search(BUILD, REGION_BYTES, SEED, PLAYS).seen
        for kind in searches.BOUNDED:
            for below, status in ((0, 0), (1, 1)):
                with self.subTest(kind, below=below), tempfile.TemporaryDirectory() as folder:
                    stated = [f"{other}={found[other] - (below if other == kind else 0)}"
                              for other in searches.BOUNDED]
                    done = run("--search", f"{REGION_BYTES},{SEED}", "--plays", str(PLAYS),
                               "--into", folder, "--stated", *stated)
                    self.assertEqual(done.returncode, status, done.stdout + done.stderr)
                    self.assertEqual("OVER: " in done.stdout, bool(below))
                    path = pathlib.Path(folder) / f"worst_{kind}.txt"
                    text = path.read_text("utf-8")
                    self.assertEqual(text in done.stdout, bool(below))
                    self.check_sequence(text, kind, found[kind])

    def check_sequence(self, text, kind, instructions):
        """It is a trace; the replay's count of its last call is the adversary's."""
        trace = trace_text.parse_text(text.splitlines(), kind)
        self.assertEqual(searches.replayed(BUILD, REGION_BYTES, trace.operations)[-1], instructions)
        self.assertRegex(text, re.escape(f"{kind} {instructions} instructions in the last call"))


if __name__ == "__main__":
    unittest.main()
