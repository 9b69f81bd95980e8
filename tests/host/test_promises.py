# SPDX-License-Identifier: MIT
"""The page of promises shows the table that the tests hold the tiers to, and the program does what it lists."""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests" / "misuse"), str(REPOSITORY / "tests" / "harness")]

import outcome
import promises
import user

CASES = REPOSITORY / "tests" / "misuse" / "cases.c"


def make(*words):
    return subprocess.run(["make", *words], cwd=REPOSITORY, env=user.environment(), capture_output=True, text=True,
                          check=False)


class Promises(unittest.TestCase):
    def test_the_page_shows_the_table(self):
        self.assertIn(promises.markdown(), promises.PAGE.read_text("utf-8"))

    def test_the_program_has_the_cases_of_the_table(self):
        listed = re.findall(r"MISUSE\((\w+)\),", CASES.read_text("utf-8"))
        self.assertEqual(listed, [row.case for row in promises.rows()])

    def test_a_word_for_what_came_of_it(self):
        trapped = ("acted\naccess to 0x20000040 by 0x00000100: memory that was freed, block 0x20000040, 40 bytes, "
                   "freed from 0x00000200\n")
        for status, output, kinds, read, contents, word in (
                (None, "", (), "", "lost", "hangs"), (70, "", (), "", "lost", "faults"),
                (70, trapped, (), "", "lost", "trapped"), (0, "", ("foreign",), "", "changed", "named"),
                (0, "", (), "dddddddd", "held", "pattern"), (0, "", (), "22222222", "held", "unnoticed"),
                (0, "", (), "", "changed", "corrupts"), (0, "", (), "", "shared", "corrupts")):
            self.assertEqual(outcome.word_of(status, output, kinds, read, contents), word)

    def test_a_promise_that_is_not_kept_is_told(self):
        row = promises.rows()[0]
        unnoticed = outcome.Outcome("unnoticed", (), (), "held", "")
        self.assertIsNone(promises.broken(row, "none", unnoticed))
        self.assertIn("unnoticed", promises.broken(row, "basic", unnoticed))
        detail = {"freed_by": "-", "caller": "give"}
        named = outcome.Outcome("named", ("double_free",), (detail,), "held", "")
        self.assertIsNone(promises.broken(row, "basic", named))
        self.assertIn("who freed it", promises.broken(row, "full", named))
        self.assertIn("contents are shared", promises.broken(row, "basic", named._replace(contents="shared")))
        self.assertIn("rather than double_free", promises.broken(row, "basic", named._replace(kinds=("foreign",))))

    def test_tiers_that_there_are_not(self):
        for tier in ("all", "", "full trap"):
            done = make("run", f"TIER={tier}")
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(f"TIER is '{tier}'; it must be one of: none basic full paranoid trap", done.stderr)

    def test_what_other_build_systems_are_told(self):
        """By query.mk, which CMake, Zephyr and PlatformIO ask."""
        for tier, define, source in (("basic", "", "entry.c"), ("full", "-DPOOLS_LINKS_ENCODED", "damage.c"),
                                     ("paranoid", "-DOBMALLOC_GUARDED", "guard.c"), ("trap", "-DOBMALLOC_TRAPPED", "mpu.c")):
            with tempfile.TemporaryDirectory() as folder:
                done = make("-s", "--no-print-directory", "-f", "port/package/query.mk", "OBMALLOC_CPU=-mcpu=cortex-m4 -mthumb",
                            f"OBMALLOC_TIER={tier}", f"OBMALLOC_BUILD={folder}")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            answer = dict(line.split("=", 1) for line in done.stdout.splitlines())
            self.assertIn(define, answer["public"])
            self.assertEqual("OBMALLOC" in answer["public"] or "POOLS" in answer["public"], tier != "basic")
            self.assertTrue(any(name.endswith(f"/{source}") for name in answer["sources"].split()), tier)
            self.assertNotIn("-D", answer["includes"])

    def test_trap_where_there_is_no_mpu(self):
        done = subprocess.run(["arm-none-eabi-gcc", "-mcpu=cortex-m0", "-mthumb", "-DOBMALLOC_TRAPPED", "-Iport",
                               "-fsyntax-only", "-x", "c", "port/guard/trap.h"], cwd=REPOSITORY, capture_output=True,
                              text=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("wants the MPU of ARMv7-M or ARMv8-M mainline: choose paranoid", done.stderr)


if __name__ == "__main__":
    unittest.main()
