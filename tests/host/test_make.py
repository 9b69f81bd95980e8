# SPDX-License-Identifier: MIT
"""What make answers to a command line that asks for what there is not: a sentence, and no success."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests" / "harness"), str(REPOSITORY / "board" / "host")]

import boards
import user

BOARDS = " ".join(boards.names())
# What is built is the user's, perhaps with other flags: leave it alone.
NO_BUILD = "again=true"


def make(*arguments):
    """Runs make as from a shell, not as a part of the make that runs this test."""
    return subprocess.run(["make", *arguments], cwd=REPOSITORY, env=user.environment(),
                          capture_output=True, text=True, check=False)


class Refused(unittest.TestCase):
    def assert_refused(self, sentence, *arguments):
        """One sentence, and but for make's own word on the failed recipe nothing else."""
        done = make(*arguments)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout, "")
        lines = [line for line in done.stderr.splitlines() if not line.startswith("make: *** [")]
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertIn(sentence, lines[0])

    def test_board(self):
        for name in ("nix", "", "%", "microbit lm3s6965evb", "../board/microbit"):
            for target in ("run", "test", "flash", "flag", "debug", "images"):
                with self.subTest(target=target, board=name):
                    self.assert_refused(f"BOARD is '{name}'; it must be one of: {BOARDS}.",
                                        target, f"BOARD={name}")

    def test_libc(self):
        self.assert_refused("LIBC is 'glibc'; it must be one of: nano newlib.", "run",
                            "LIBC=glibc")

    def test_flag(self):
        for value in ("7", "yes", "0 1"):
            for target in ("run", "flash", "flag", "debug"):
                with self.subTest(target=target, value=value):
                    self.assert_refused(f"USE_MAIN_OBMALLOC is '{value}'; it must be one of: 0 1.",
                                        target, f"USE_MAIN_OBMALLOC={value}")

    def test_image(self):
        for target in ("flash", "debug"):
            self.assert_refused("IMAGE is 'nix'; it must be one of: ", target, "IMAGE=nix")

    def test_image_that_the_board_cannot_hold(self):
        self.assert_refused("IMAGE is 'region_hook', skipped on stm32vldiscovery: full newlib, ",
                            "flash", "BOARD=stm32vldiscovery", "LIBC=newlib", "IMAGE=region_hook")

    def test_image_of_flag(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assert_refused(f"IMAGE is 'nix': no such file, and no {folder}/mps2-an386-nano/"
                                "nix.elf either", "flag", "IMAGE=nix", f"BUILD={folder}")
            self.assert_refused("IMAGE is 'replay': no such file", "flag", f"BUILD={folder}")
        self.assert_refused("flag.py: Makefile: holds no config word", "flag", "IMAGE=Makefile")

    def test_trace(self):
        for name in ("nix", "it's", "a b"):
            self.assert_refused(f"there is no trace and no file '{name}'; the traces are: ",
                                "run", f"TRACE={name}", NO_BUILD)

    def test_only(self):
        self.assert_refused("no test is named 'nix'", "test", "ONLY=nix", NO_BUILD)


class Helps(unittest.TestCase):
    def test_every_target_of_the_rule_book_is_listed(self):
        done = make("help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        listed = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")]
        for target in ("setup", "run", "test", "flash", "flag", "debug", "clean", "help"):
            self.assertIn(target, listed)
        self.assertIn(f"Boards: {BOARDS}\n", done.stdout)
        self.assertLess(max(map(len, done.stdout.splitlines())), 120)


if __name__ == "__main__":
    unittest.main()
