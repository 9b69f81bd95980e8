# SPDX-License-Identifier: MIT
# test-per-board
"""What `make flash` and `make debug` do with an image, and what a fault says, on $BOARD."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(REPOSITORY, "board", "host"))

import boards  # noqa: E402

BOARD = os.environ.get("BOARD", "mps2-an386")
IMAGE = boards.image_path(BOARD, "nano", "test_class")


def tool(name, *arguments):
    return subprocess.run(
        [sys.executable, os.path.join(REPOSITORY, "board", "host", name), "--board", BOARD, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )


class Flash(unittest.TestCase):
    def boot(self, target, suffix):
        """Converts the image, hides the ELF from QEMU, and returns what it prints."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, f"flash.{suffix}")
            subprocess.run(["arm-none-eabi-objcopy", "-O", target, IMAGE, path], check=True)
            done = tool("qemu.py", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_raw_images_run_as_the_elf_does(self):
        expected = tool("qemu.py", IMAGE).stdout
        self.assertEqual(expected.splitlines()[-1], "done")
        self.assertEqual(self.boot("binary", "bin"), expected)
        self.assertEqual(self.boot("ihex", "hex"), expected)

    def test_image_that_is_not_there(self):
        done = tool("qemu.py", "no_such.elf")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("no_such.elf does not exist", done.stderr)


class Fault(unittest.TestCase):
    def test_fault_is_named_with_its_place_and_ends_the_program(self):
        image = boards.image_path(BOARD, "nano", "faults")
        done = tool("qemu.py", image)
        self.assertEqual(done.returncode, 70)
        fault = re.search(r"^FAULT (\S+) pc=0x([0-9a-f]{8}) lr=0x", done.stdout, re.MULTILINE)
        self.assertIn(fault.group(1), ("HardFault", "UsageFault"))
        where = subprocess.run(
            ["arm-none-eabi-addr2line", "-f", "-e", image, fault.group(2)],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        self.assertEqual(where.stdout.splitlines()[0], "test_faults")


class Debug(unittest.TestCase):
    def test_gdb_is_attached_at_reset_and_reaches_main(self):
        done = tool("debug.py", "--commands", "info symbol $pc; break main; continue; bt", IMAGE)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"board_reset|start_fpu|guard_stack|name_faults")
        self.assertRegex(done.stdout, re.compile(r"^#0 +main \(\)", re.MULTILINE))
        self.assertNotIn("done", done.stdout.splitlines(), "the program ran on behind gdb's end")

    def test_program_runs_to_its_end_under_gdb(self):
        done = tool("debug.py", "--commands", "continue", IMAGE)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("done", done.stdout.splitlines())

    def test_command_that_fails_is_a_failure(self):
        done = tool("debug.py", "--commands", "print no_such_name; info symbol $pc", IMAGE)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn('No symbol "no_such_name" in current context.', done.stderr)


if __name__ == "__main__":
    unittest.main()
