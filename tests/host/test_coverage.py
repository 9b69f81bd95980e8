# SPDX-License-Identifier: MIT
"""All lines and branches of pools/ and port/ are executed by tests on this computer; exclusions have reasons."""

import os
import pathlib
import struct
import subprocess
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
COVERAGE = REPOSITORY / "tests" / "coverage"
sys.path.insert(0, str(COVERAGE))

import coverage
import figures
import gcda
import markers

BUILD = os.environ.get("BUILD") or str(REPOSITORY / "build")


def object_of(name, functions):
    """A dump's bytes of one object: functions {key: counters}; None = all counters are 0."""
    data = struct.pack("<4I", gcda.MAGIC, 12, 1, 2)
    for key, values in functions.items():
        data += struct.pack("<5I", gcda.TAG_FUNCTION, 12, *key)
        if values is None:
            data += struct.pack("<Ii", gcda.TAG_ARCS, -16)
        else:
            data += struct.pack(f"<2I{len(values)}Q", gcda.TAG_ARCS, 8 * len(values), *values)
    return struct.pack("<II", len(name), len(data)) + name.encode() + data


class Coverage(unittest.TestCase):
    def test_all_lines_and_branches_are_executed(self):
        done = subprocess.run(
            [sys.executable, str(COVERAGE / "coverage.py"), "--build", BUILD, "--jobs", "2", "--json"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn('"lost": 0', done.stdout.splitlines()[-1])
        self.assertIn("pools/heap.c", done.stdout)
        self.assertIn("port/cpython/domains.c", done.stdout)
        measured, _, left_out = done.stdout.partition("not measured here")
        for path in ("pools/link.c", "port/guard/giving.c", "port/libc_guard.c", "port/watch/record.c"):
            self.assertIn(path, measured)
            self.assertNotIn(path, left_out)


class NotMeasured(unittest.TestCase):
    def test_each_file_that_is_left_out_has_a_reason(self):
        rows, wrong = coverage.not_measured(["port/rtos/new.c", "port/new.c"])
        self.assertEqual((len(rows), len(wrong)), (1, 1))
        self.assertIn("needs an RTOS", rows[0])
        self.assertIn("port/new.c", wrong[0])


class Markers(unittest.TestCase):
    def test_the_sources_have_a_reason_for_each(self):
        _, wrong = markers.of_sources(str(REPOSITORY))
        self.assertEqual(wrong, [])

    def test_one_without_a_reason_is_found(self):
        for text in ("x; // GCOVR_EXCL_LINE", "x; /* GCOVR_EXCL_BR_LINE: */", "x; // LCOV_EXCL_LINE: no",
                     "// GCOVR_EXCL_STOP", "// GCOVR_EXCL_START: a reason that is long enough"):  # fmt: skip
            _, wrong = markers.of_text("a.c", text)
            self.assertEqual(len(wrong), 1, text)
        exclusions, wrong = markers.of_text("a.c", "x; /* GCOVR_EXCL_LINE: a reason that is long */")
        self.assertEqual((len(exclusions), wrong), (1, []))


    def test_lines_and_branches_that_they_leave_out(self):
        text = "a\n/* GCOVR_EXCL_START: why */\nb\n// GCOVR_EXCL_STOP\nc; // GCOVR_EXCL_LINE: w\nd; // GCOVR_EXCL_BR_LINE: w"
        self.assertEqual(markers.left_out(text), ({2, 3, 4, 5}, {6}))


class Counters(unittest.TestCase):
    def test_dumps_add_up(self):
        sums = {}
        gcda.add_dump(sums, object_of("a", {(1, 2, 3): [1, 0], (4, 5, 6): None}))
        gcda.add_dump(sums, object_of("a", {(1, 2, 3): [2, 5], (4, 5, 6): [0, 7]}) + object_of("b", {}))
        self.assertEqual(sums["a"].functions, {(1, 2, 3): [3, 5], (4, 5, 6): [0, 7]})
        self.assertIn("b", sums)

    def test_a_cut_dump_is_refused(self):
        whole = object_of("a", {(1, 2, 3): [1, 0]})
        for length in (4, len(whole) - 1):
            with self.assertRaises(gcda.Damaged):
                gcda.add_dump({}, whole[:length])


class Figures(unittest.TestCase):
    def test_builds_with_other_branches_count_apart(self):
        file = figures.File()
        file.add(7, 1, [1, 0])
        file.add(7, 1, [1, 1, 1, 1])
        self.assertEqual(file.missing_branches(), [7])
        file.add(7, 1, [0, 1])
        self.assertEqual(file.missing_branches(), [])
        file.add(8, 0, [])
        self.assertEqual(figures.gaps({"a.c": file}), ["a.c: never executed: lines 8"])
        self.assertEqual(figures.percent(999999, 1000000), "99.9 %")


if __name__ == "__main__":
    unittest.main()
