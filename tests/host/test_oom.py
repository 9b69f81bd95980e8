# SPDX-License-Identifier: MIT
# test-boards: mps2-an386
"""A request for memory fails, another one in each run: programs and real firmwares come to a clean end.

A sample of `make torture-oom`, which has all libraries, flags and modes.
"""

import os
import pathlib
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "oom"))

import images
import subjects
import sweep

BUILD = os.environ.get("BUILD") or "build"


class Swept(unittest.TestCase):
    def sweep(self, program, mode, libc="nano", flag=1, last=None):
        one = subjects.make(BUILD, libc, program, subjects.inputs(program)[0], flag, mode)
        if not os.path.isfile(one.image) and program in subjects.NEWLIB_ONLY:
            app = "lua" if program == "lua" else "json"
            reason = pathlib.Path(one.image).parent / f"{app}.missing"
            self.assertTrue(reason.exists(), f"{one.image} is not built, and no reason is left")
            self.skipTest(reason.read_text().splitlines()[0])
        return one, one.run(last=last)

    def assert_survives(self, least, *arguments, **words):
        one, (tried, lost) = self.sweep(*arguments, **words)
        self.assertGreaterEqual(tried, least)
        self.assertEqual(lost, [], one.name)


class Programs(Swept):
    def test_family(self):
        self.assert_survives(90, "family", "full", last=90)

    def test_contents(self):
        self.assert_survives(60, "contents", "once", last=60)

    def test_libc(self):
        self.assert_survives(30, "libc", "all")
        self.assert_survives(30, "libc", "once", libc="newlib", flag=0)
        self.assert_survives(4, "libc", "all", libc="picolibc")

    def test_python(self):
        self.assert_survives(90, "python", "once", last=90)

    def test_cxx(self):
        self.assert_survives(90, "cxx", "once", last=90)

    def test_trace(self):
        self.assert_survives(30, "trace", "all", last=30)


class Firmwares(Swept):
    def test_lua(self):
        self.assert_survives(300, "lua", "once")
        self.assert_survives(20, "lua", "all", last=20)

    def test_json(self):
        self.assert_survives(80, "json", "once")
        self.assert_survives(80, "json", "all", flag=0)

    def test_without_the_reserve_nano_gives_up(self):
        """And this finds it: an assertion in printf of floating point, a null pointer in stdio's set-up."""
        _, (_, lost) = self.sweep("lua_bare", "all", last=1) if self.lua_is_there() else (None, (0, None))
        if lost is None:
            self.skipTest("Lua is not built")
        self.assertEqual(lost, [(1, "ended with status 70")])
        one = subjects.make(BUILD, "nano", "lua_bare", subjects.inputs("lua")[0], 1, "once")
        count = one.request_count()
        _, lost = one.run(first=count - 90, last=count)
        self.assertIn("ended with status 134", {complaint for _, complaint in lost})

    @staticmethod
    def lua_is_there():
        return os.path.isfile(sweep.boards.image_path(subjects.BOARD, "nano", "oom_lua_bare", BUILD))


class Images(unittest.TestCase):
    """Of other folders, a sample of the n."""

    def assert_holds(self, folder, name, mode, flag=1, every=12, runs=12, is_fatal=False):
        one = images.make(BUILD, "mps2-an386", "nano", folder, name, flag, mode, is_fatal)
        count = one.request_count()
        one.every, one.step = every, max(1, (count - every) // runs)
        tried, lost = one.run(last=count)
        self.assertEqual(lost, [], one.name)
        self.assertGreaterEqual(tried, min(count, every))

    def test_target(self):
        self.assert_holds("target", "heaps", "once")
        self.assert_holds("target", "out_of_memory", "all", every=5, runs=10)
        self.assert_holds("target", "whole_family", "full")
        self.assert_holds("target", "whole_family", "once", flag=0)

    def test_conformance(self):
        self.assert_holds("conformance", "misc_interpreter_config", "all")

    def test_cpython(self):
        self.assert_holds("cpython", "serial", "full")
        self.assert_holds("cpython", "overflow", "once")
        self.assert_holds("cpython", "overflow", "all", is_fatal=True)


class Judge(unittest.TestCase):
    """Each thing that a run can lose is noticed."""

    GOOD = {"hits": 1, "of_firmware": 5, "of_libc": 2, "status": 1, "same": 0, "said": 1, "stopped": 0, "live": 0,
            "usual": 0, "libc": 3, "sound": 1, "misuses": 0, "sums": 1}

    def complaint(self, **values):
        usual = sweep.Record(0, **{**self.GOOD, "hits": 0, "status": 0})
        return sweep.judge_program(sweep.Record(3, **{**self.GOOD, **values}), usual)

    def test_good(self):
        self.assertIsNone(self.complaint())
        self.assertIsNone(self.complaint(status=0, same=1, said=0))
        self.assertIsNone(self.complaint(live=7, stopped=1))

    def test_bad(self):
        for values in ({"hits": 0}, {"status": 70}, {"status": 3}, {"said": 0}, {"said": 0, "status": 0}, {"live": 1},
                       {"sound": 0}, {"misuses": 1}, {"sums": 0}):
            with self.subTest(values):
                self.assertIsNotNone(self.complaint(**values))

    CASES = {"hits": 1, "status": 0, "cases": 4, "passed": 3, "failed": 1, "ended": 1, "unasked": 0, "unsound": 0,
             "misused": 0, "left": 0, "uncounted": 0, "sound": 1}

    def test_cases(self):
        usual = sweep.Record(0, **{**self.CASES, "hits": 0, "failed": 0})
        self.assertIsNone(sweep.judge_cases(usual, usual))
        self.assertIsNone(sweep.judge_cases(sweep.Record(3, **self.CASES), usual))
        for word, value in (("hits", 0), ("status", 1), ("cases", 3), ("ended", 0), ("unasked", 1), ("unsound", 1),
                            ("misused", 1), ("left", 1), ("uncounted", 1), ("sound", 0)):
            with self.subTest(word):
                self.assertIsNotNone(sweep.judge_cases(sweep.Record(3, **{**self.CASES, word: value}), usual))

    def test_fatal(self):
        usual = sweep.Record(0, **{**self.GOOD, "hits": 0, "status": 134, "same": 1, "said": 0})
        self.assertIsNone(sweep.judge_fatal(usual, usual))
        self.assertIsNone(sweep.judge_fatal(sweep.Record(1, **self.GOOD), usual))
        self.assertIsNone(sweep.judge_fatal(sweep.Record(1, **{**self.GOOD, "status": 134, "same": 1, "said": 0}), usual))
        self.assertIsNotNone(sweep.judge_fatal(sweep.Record(1, **{**self.GOOD, "status": 70}), usual))
        self.assertIsNotNone(sweep.judge_program(usual, usual))

    def test_sample(self):
        """Each up to a number, then in steps that are no multiple of anything, and never past the end twice."""
        plan = sweep.Plan(1, 5000, every=50, step=20)
        tried, at = [], 1
        while at <= 5000:
            tried.append(at)
            at = plan.after(at)
        self.assertEqual(tried[:50], list(range(1, 51)))
        self.assertTrue(200 < len(tried) < 400, len(tried))
        self.assertGreater(len({second - first for first, second in zip(tried[50:], tried[51:])}), 15)
        self.assertEqual(sweep.Plan(1, 9).after(4), 5)

    def test_line(self):
        record = sweep.parse("@@ at=4 hits=1 status=0")
        self.assertEqual((record.at, record["hits"], record["status"]), (4, 1, 0))
        self.assertIsNone(sweep.parse("FAULT BusFault"))


if __name__ == "__main__":
    unittest.main()
