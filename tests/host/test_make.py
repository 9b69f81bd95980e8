# SPDX-License-Identifier: MIT
"""What make answers to a command line that asks for what there is not: a sentence, and no success."""

import pathlib
import shutil
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
        self.assert_refused("LIBC is 'glibc'; it must be one of: nano newlib picolibc.", "run",
                            "LIBC=glibc")

    def test_flag(self):
        for value in ("7", "yes", "0 1"):
            for target in ("run", "flash", "flag", "debug"):
                with self.subTest(target=target, value=value):
                    self.assert_refused(f"USE_MAIN_OBMALLOC is '{value}'; it must be one of: 0 1.",
                                        target, f"USE_MAIN_OBMALLOC={value}")

    def test_picture(self):
        self.assert_refused("FORM is 'pdf'; it must be one of: html svg text.", "heapmap", "FORM=pdf")
        self.assert_refused("IMAGE is 'nix'; it must be one of: ", "heapmap", "IMAGE=nix")
        self.assert_refused("heapmap.py: nix: No such file or directory", "heapmap", "RECORDING=nix")

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


class PassesOn(unittest.TestCase):
    """What the targets hand to the tools, shown by an echo in Python's place."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.out = pathlib.Path(folder.name) / "microbit-nano"
        self.out.mkdir()
        for image in ("seed_zero", "replay"):
            shutil.copy(boards.image_path("microbit", "nano", image), self.out)

    def command(self, *arguments):
        done = make(*arguments, "BOARD=microbit", f"BUILD={self.out.parent}", "PYTHON=echo",
                    NO_BUILD)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.split()

    def test_run(self):
        words = self.command("run", "TRACE=cxx_text")
        self.assertEqual(words, ["tests/replay/run.py", "--board", "microbit", "--elf",
                                 f"{self.out}/replay.elf", "--trace", "cxx_text", "--flag",
                                 "both", "--libc-name", "nano"])
        words = self.command("run", "USE_MAIN_OBMALLOC=0")
        self.assertEqual(words[5:9], ["--trace", "mosq_sub", "--flag", "0"])

    def test_flash_boots_from_the_raw_image(self):
        words = self.command("flash", "IMAGE=seed_zero", "USE_MAIN_OBMALLOC=1", "WORDS=a=b")
        self.assertEqual(words, ["board/host/qemu.py", "--board", "microbit",
                                 f"{self.out}/seed_zero.bin", "use_main_obmalloc=1", "a=b"])
        self.assertTrue((self.out / "seed_zero.bin").is_file())
        self.assertTrue((self.out / "seed_zero.hex").read_bytes().startswith(b":"))
        words = self.command("flash")
        self.assertEqual(words[3:5], ["--elf", f"{self.out}/replay.bin"])

    def test_debug(self):
        words = self.command("debug", "IMAGE=seed_zero", "GDB_COMMANDS=print 'x'")
        self.assertEqual(words, ["board/host/debug.py", "--board", "microbit", "--commands",
                                 "print", "'x'", f"{self.out}/seed_zero.elf"])
        words = self.command("debug", "USE_MAIN_OBMALLOC=0")
        self.assertEqual(words[-2:], ["use_main_obmalloc=0", "trace=tests/traces/mosq_sub.obmt"])

    def test_flag(self):
        image = f"{self.out}/seed_zero.elf"
        self.assertEqual(self.command("flag", "IMAGE=seed_zero"), ["port/host/flag.py", image])
        self.assertEqual(self.command("flag", f"IMAGE={image}", "USE_MAIN_OBMALLOC=0"),
                         ["port/host/flag.py", image, "--use-main-obmalloc", "0"])

    def test_test(self):
        words = self.command("test", "ONLY=it's*")
        words[words.index("--jobs") + 1] = "N"
        self.assertEqual(words, ["tests/run_tests.py", "--build", str(self.out.parent), "--boards",
                                 "microbit", "--jobs", "N", "--only", "it's*"])


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
