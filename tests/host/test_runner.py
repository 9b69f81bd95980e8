# SPDX-License-Identifier: MIT
"""A test that fails turns the whole run red, in whatever way it fails."""

import os
import re
import subprocess
import sys
import unittest

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.environ.get("BUILD", "build")
REASONS = {
    "aborts": "fault: signal raised",
    "ends_early": "ended without `done`, status 0",
    "fails": "got 2 (0x2), expected 3 (0x3)",
    "faults": "fault: UsageFault",
    "fills_stack": "fault: the stack reserve was too small",
    "hangs": "no end within 5 s",
    "overflows_stack": "fault: UsageFault",
    "shows_nothing": "shows no case",
    "status_only": "status 3, though no case failed",
}


def run(*arguments):
    return subprocess.run(
        [sys.executable, os.path.join(TESTS, "run_tests.py"), "--build", BUILD, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


class Failures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.done = run("--self", "--timeout-seconds", "5")

    def test_run_is_red(self):
        self.assertEqual(self.done.returncode, 1)

    def test_each_program_fails_for_its_reason(self):
        for name, reason in REASONS.items():
            with self.subTest(name):
                pattern = rf"^FAIL mps2-an505 +{name} .*\n(?:     .*\n)*?     .*{re.escape(reason)}"
                self.assertRegex(self.done.stdout, re.compile(pattern, re.MULTILINE))

    def test_no_program_is_left_out(self):
        sources = os.listdir(os.path.join(TESTS, "harness", "self"))
        self.assertEqual(sorted(REASONS), sorted(name[:-2] for name in sources))

    def test_failure_on_the_pc_counts(self):
        self.assertRegex(self.done.stdout, re.compile(r"^FAIL PC +fails ", re.MULTILINE))

    def test_last_line_counts_the_failures(self):
        summary = self.done.stdout.splitlines()[-1]
        self.assertEqual(summary, f"8 passed, {len(REASONS) + 1} failed, 2 skipped")

    def test_programs_that_hold_are_green(self):
        one = run("--host", "--only", "test_class")
        self.assertEqual(one.returncode, 0, one.stdout)
        self.assertRegex(one.stdout.splitlines()[-1], r"^[1-9][0-9]* passed, 0 failed$")

    def test_a_python_test_runs_on_the_boards_that_it_names(self):
        size, flag_0 = ("test_size_budget", "test_flag_0_cost")
        self.assertIn("passed, 0 failed", run("--boards", "microbit", "--only", size).stdout)
        for place, name in ((["--host"], size), (["--boards", "mps2-an505"], size),
                            (["--boards", "microbit"], flag_0)):
            self.assertIn("no test is named", run(*place, "--only", name).stderr)

    def test_a_group_runs_by_its_name(self):
        lines = run("--host", "--only", "conformance").stdout.splitlines()
        ran = [line.split()[2] for line in lines if line.startswith(("ok ", "FAIL "))]
        self.assertEqual(ran, ["test_cpython_differential.py"])

    def test_nothing_to_run_is_red(self):
        nothing = run("--host", "--only", "no_such_test")
        self.assertNotEqual(nothing.returncode, 0)
        self.assertIn("no_such_test", nothing.stderr)


if __name__ == "__main__":
    unittest.main()
