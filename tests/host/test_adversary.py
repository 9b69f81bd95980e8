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
REGION_BYTES, SEED, PLAYS = 2048, 2, 200


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
        """They are the costliest of all, and no kind that is bounded has one."""
        seen = searches.search(BUILD, REGION_BYTES, SEED, PLAYS).seen
        self.assertGreater(seen["reclaim"], 2 * max(seen[kind] for kind in searches.BOUNDED))

    def test_a_costlier_call_is_red_with_its_sequence(self):
        """Each kind in turn is stated 1 below what the search finds; at what it finds all is green."""
        found = searches.search(BUILD, REGION_BYTES, SEED, PLAYS).seen
        for lowered in (None, *searches.BOUNDED):
            with self.subTest(lowered), tempfile.TemporaryDirectory() as folder:
                stated = [f"{kind}={found[kind] - (kind == lowered)}" for kind in searches.BOUNDED]
                done = run("--search", f"{REGION_BYTES},{SEED}", "--plays", str(PLAYS),
                           "--into", folder, "--stated", *stated)
                self.assertEqual(done.returncode, 1 if lowered else 0, done.stdout + done.stderr)
                self.assertEqual(re.findall(r"^OVER: (\w+) ", done.stdout, re.MULTILINE),
                                 [lowered] if lowered else [])
                if lowered:
                    text = (pathlib.Path(folder) / f"worst_{lowered}.txt").read_text("utf-8")
                    self.assertIn(text, done.stdout)
                    self.check_sequence(text, lowered, found[lowered])

    def test_a_block_that_a_realloc_leaves_is_freed_as_what_it_is(self):
        lines = ["op a 0 1", "op f 0", "op a 1 100", f"op r 1 {2 * REGION_BYTES}", "kept", "op f 1"]
        operations, failed = searches.sequence(lines)
        self.assertEqual(failed, {3})
        taken = searches.replayed(BUILD, REGION_BYTES, operations)[-1]
        found = searches.confirmed(BUILD, "free_small", taken, REGION_BYTES, SEED, lines)
        self.assertEqual(found.operations, operations)
        with self.assertRaises(searches.SearchError):
            searches.confirmed(BUILD, "free_large", taken, REGION_BYTES, SEED, lines)

    def check_sequence(self, text, kind, instructions):
        """It is a trace; the replay's count of its last call is the adversary's."""
        trace = trace_text.parse_text(text.splitlines(), kind)
        self.assertEqual(searches.replayed(BUILD, REGION_BYTES, trace.operations)[-1], instructions)
        self.assertRegex(text, re.escape(f"{kind} {instructions} instructions in the last call"))


if __name__ == "__main__":
    unittest.main()
