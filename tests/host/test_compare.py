# SPDX-License-Identifier: MIT
"""`make compare`: what it measures with each flag, what it recommends, and why."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests" / "compare")]

from verdict import Measured, judge

COMPARE = REPOSITORY / "tests" / "compare" / "compare.py"
BUILD = os.environ.get("BUILD") or str(REPOSITORY / "build")
BOARD_BYTES = 100_000


def measured(flag, region=10_000, instructions=30.0, worst=300, held=1.3):
    return Measured(flag, "pools" if flag else "newlib", region, instructions, worst, held)


class Verdict(unittest.TestCase):
    def test_instructions_decide_where_there_is_room(self):
        verdict = judge(measured(1, region=12_000), measured(0, instructions=80.0), BOARD_BYTES)
        self.assertEqual(verdict.flag, 1)
        self.assertRegex(verdict.reasons[0], r"^instructions: 30\.0 per call with pools, 2\.67 times as many")
        self.assertRegex(verdict.against[0], r"^RAM: newlib needs 10,000 bytes, 2,000 \(16\.7%\) less than pools")

    def test_ram_decides_where_it_is_short(self):
        verdict = judge(measured(1, region=99_000), measured(0, region=90_000, instructions=80.0), BOARD_BYTES)
        self.assertEqual(verdict.flag, 0)
        self.assertRegex(verdict.reasons[0], r"^RAM: newlib needs 90,000")
        self.assertRegex(verdict.against[0], r"^instructions: 30\.0 per call with pools")

    def test_what_does_not_fit_is_no_choice(self):
        for fits in (0, 1):
            both = [measured(1), measured(0)]
            both[fits] = both[fits]._replace(region_bytes=None)
            verdict = judge(*both, BOARD_BYTES)
            self.assertEqual(verdict.flag, fits)
            self.assertRegex(verdict.reasons[0], r"does not fit the board's 100,000 bytes")

    def test_neither_fits(self):
        with self.assertRaises(ValueError):
            judge(measured(1, region=None), measured(0, region=None), BOARD_BYTES)

    def test_without_a_difference_the_library_alone_is_right(self):
        verdict = judge(measured(1), measured(0, region=10_100, instructions=31.0, worst=310, held=1.31), BOARD_BYTES)
        self.assertEqual(verdict.flag, 0)
        self.assertRegex(verdict.reasons[0], r"^neither needs clearly less RAM")
        self.assertEqual(verdict.against, [])

    def test_the_slower_one_with_the_better_worst_case_is_heard(self):
        verdict = judge(measured(1, worst=900), measured(0, instructions=60.0), BOARD_BYTES)
        self.assertEqual(verdict.flag, 1)
        self.assertIn("worst call: 300 instructions with newlib, 900 with pools", verdict.against)

    def test_a_board_without_a_tick(self):
        verdict = judge(measured(1, region=9_000, instructions=None, worst=None),
                        measured(0, instructions=None, worst=None), BOARD_BYTES)
        self.assertEqual(verdict.flag, 1)
        self.assertRegex(verdict.reasons[0], r"^RAM: pools needs 9,000")


class OnTheBoard(unittest.TestCase):
    def compare(self, trace, *words):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([sys.executable, COMPARE, "--build", BUILD, "--trace", trace, "--output", folder,
                                   *words], capture_output=True, text=True, check=False)
            return done, {path.name: path.read_text("utf-8") for path in pathlib.Path(folder).glob("*")}

    def test_a_real_program(self):
        done, files = self.compare("mosq_sub")
        self.assertEqual(done.returncode, 0, done.stderr)
        region = re.search(r"^smallest region, bytes +([\d,]+) +([\d,]+)$", done.stdout, re.MULTILINE)
        ours, libc = (int(group.replace(",", "")) for group in region.groups())
        self.assertTrue(5277 < ours < libc < 3 * 5277, region.group())
        calls = re.search(r"^  all calls +([\d.]+) / \d+ / \d+ +([\d.]+) / \d+ / [\d,]+$", done.stdout, re.MULTILINE)
        self.assertLess(2 * float(calls[1]), float(calls[2]))
        held = re.findall(r"^  use_main_obmalloc = ([01]) +(.*)$", done.stdout, re.MULTILINE)
        self.assertEqual([flag for flag, _ in held], ["1", "0"])
        for _, numbers in held:
            self.assertTrue(all(1 <= float(number) < 9 for number in numbers.split() if number != "-"), numbers)
        self.assertIn("Recommended: use_main_obmalloc = 1\n", done.stdout)
        self.assertIn("Geometry, from make tune: __obmalloc_arena_size = ", done.stdout)
        self.assertIn("<svg", files["fragmentation.svg"])
        self.assertIn("__obmalloc_arena_size", files["arena.ld"])

    def test_where_newlib_is_the_better_choice(self):
        with tempfile.TemporaryDirectory() as folder:
            # So much in large blocks that no room is left for the map, which is a 65th of the region.
            trace = pathlib.Path(folder) / "large.txt"
            trace.write_text("# large blocks\n" + "".join(f"a {slot} 50550\n" for slot in range(10)), "utf-8")
            done, _ = self.compare(str(trace))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Recommended: use_main_obmalloc = 0\n", done.stdout)
        self.assertRegex(done.stdout, r"RAM: with pools the program does not fit the board's [\d,]+ bytes")
        self.assertRegex(done.stdout, r"Without obmalloc in the image \d+ bytes of static RAM and [\d,]+ of code")

    def test_errors_are_sentences(self):
        for trace, sentence in (("nowhere", "there is no trace and no file 'nowhere'"), ("/dev/null", "/dev/null")):
            done, files = self.compare(trace)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, f"^compare: .*{sentence}")
            self.assertEqual(len(done.stderr.splitlines()), 1)
            self.assertEqual(files, {})
        done, _ = self.compare("mosq_sub", "--build", "/nowhere")
        self.assertRegex(done.stderr, r"^compare: there is no image .*; `make compare` builds it$")


if __name__ == "__main__":
    unittest.main()
