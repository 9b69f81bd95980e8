# SPDX-License-Identifier: MIT
"""tests/replay/run.py, what `make run` calls: its table, and its sentences when there is none."""

import contextlib
import io
import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

REPLAY = pathlib.Path(__file__).resolve().parents[1] / "replay"
sys.path.insert(0, str(REPLAY))

import measure
import run
from measure import boards

BOARD = "mps2-an386"


class Run(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.elf = boards.image_path(BOARD, "nano", "replay")

    def run_py(self, *arguments, board=BOARD, elf=None, environment=None):
        command = [sys.executable, str(REPLAY / "run.py"), "--board", board, "--elf",
                   elf or self.elf, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, env=environment,
                              check=False)

    def assert_refused(self, part, *arguments, **options):
        done = self.run_py(*arguments, **options)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn(part, done.stderr)
        self.assertTrue(done.stderr.startswith("run.py: "), done.stderr)

    def table(self, *arguments):
        done = self.run_py(*arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def row(self, table, label):
        lines = [line for line in table.splitlines() if line.startswith(label)]
        self.assertEqual(len(lines), 1, table)
        return lines[0][len(label):].split()

    def test_both_flags_by_default(self):
        table = self.table()
        self.assertTrue(table.startswith(f"lua_json on {BOARD} with newlib-nano (QEMU "))
        self.assertIn("use_main_obmalloc = 1    use_main_obmalloc = 0\n", table)
        self.assertEqual(self.row(table, "operations"), ["55,341", "55,341"])
        self.assertEqual(self.row(table, "failures"), ["0", "0"])
        self.assertEqual(self.row(table, "peak live bytes"), ["96,496", "96,496"])
        self.assertEqual(self.row(table, "contents of every block"), ["held", "held"])
        pools, newlib = map(float, self.row(table, "instructions per malloc"))
        self.assertLess(pools, newlib)
        self.assertLess(max(map(len, table.splitlines())), 100)

    def test_one_flag(self):
        for flag in ("0", "1"):
            table = self.table("--flag", flag, "--trace", "mosq_sub")
            self.assertEqual(table.count("use_main_obmalloc ="), 1)
            self.assertIn(f"use_main_obmalloc = {flag}", table)

    def test_trace_by_path(self):
        text = self.folder / "mine.trace"
        text.write_text("# mine: three calls\na 0 5\ng 1 64 100\nf 0\n")
        table = self.table("--trace", text)
        self.assertTrue(table.startswith("mine on "), table)
        self.assertEqual(self.row(table, "operations"), ["3", "3"])
        self.assertNotIn("per realloc", table)

    def test_failures_are_told(self):
        text = self.folder / "huge"
        text.write_text("a 0 1000000000\nf 0\n")
        table = self.table("--trace", text)
        self.assertEqual(self.row(table, "failures"), ["1", "1"])
        self.assertIn("wants more RAM than the board has", table)

    def test_damage_is_a_failure(self):
        """A block whose contents did not hold: the table says it, and run.py fails by name."""
        replay = measure.replay

        def damaged_replay(board, elf, trace_bytes, flag, **options):
            return replay(board, elf, trace_bytes, flag, ["corrupt=1000"], **options)

        output = io.StringIO()
        command_line = ["run.py", "--board", BOARD, "--elf", self.elf, "--trace", "mosq_sub"]
        with mock.patch.object(measure, "replay", damaged_replay), \
                mock.patch.object(sys, "argv", command_line), \
                contextlib.redirect_stdout(output), \
                self.assertRaises(measure.ReplayError) as caught:
            run.main()
        self.assertEqual(self.row(output.getvalue(), "contents of every block"),
                         ["DAMAGED", "DAMAGED"])
        self.assertRegex(str(caught.exception), r"with flag 1, .*contents differ.*; with flag 0, ")

    def test_unknown_trace(self):
        self.assert_refused("there is no trace and no file 'nix'; the traces are: busybox_ash",
                            "--trace", "nix")

    def test_bad_traces(self):
        (self.folder / "bad").write_text("a 0 8\nf 1\n")
        self.assert_refused("bad:2: slot 1 is empty", "--trace", self.folder / "bad")
        data = (measure.TRACES / "mosq_sub.obmt").read_bytes()
        (self.folder / "cut").write_bytes(data[:-5])
        self.assert_refused("is cut off: 3530 bytes, its header says 3535",
                            "--trace", self.folder / "cut")

    def test_unknown_board_and_image(self):
        self.assert_refused("no board 'nix'; the boards are: ", board="nix")
        self.assert_refused("there is no image", elf=str(self.folder / "none.elf"))

    def test_missing_qemu(self):
        self.assert_refused("qemu-system-arm is not installed", environment={"PATH": "/nowhere"})

    def test_hang(self):
        self.assert_refused("did not end the replay with flag 1 within 0.001 s",
                            "--timeout-seconds", "0.001")

    def test_image_that_is_no_replay(self):
        other = boards.image_path(BOARD, "nano", "ownership")
        self.assert_refused("crashed, exit status", elf=other)


if __name__ == "__main__":
    unittest.main()
