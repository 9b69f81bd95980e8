# SPDX-License-Identifier: MIT
# test-boards: mps2-an386
"""Real programs as firmware: Lua's scripts and JSON's documents give the same under both flags, with both libraries,
and what they give on a PC.

Beside each script and document stands what it must print. Lua's source or the C++ packages may be missing: then their
part is skipped with the reason that the build left.
"""

import contextlib
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
APPS = REPOSITORY / "tests" / "apps"
sys.path[:0] = [str(APPS), str(REPOSITORY / "tests" / "harness")]

import run_app
import user
from run_app import boards

BOARD = "mps2-an386"
LIBCS = ("nano", "newlib")
FLAGS = (1, 0)
SCRIPTS = sorted((APPS / "lua" / "scripts").glob("*.lua"))
DOCUMENTS = sorted((APPS / "json" / "documents").glob("*.json"))
# What may be missing, and nothing else.
MISSING = re.compile(r"debian_source: the source of lua5\.4 cannot be had: |.* is missing; Debian: ")


class App(unittest.TestCase):
    name = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="apps.")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for libc in LIBCS:
            reason = self.images(libc) / f"{self.name}.missing"
            if reason.exists():
                text = reason.read_text().splitlines()[0]
                self.assertRegex(text, MISSING)
                self.skipTest(text)

    @staticmethod
    def images(libc):
        return pathlib.Path(boards.image_path(BOARD, libc, "any")).parent

    def run_app(self, libc, path, flag, metered=False, icount=False):
        image = self.images(libc) / f"{self.name}{'_metered' if metered else ''}.elf"
        return run_app.run(BOARD, image, path, flag, icount=icount)

    def runs(self, path):
        """What it comes to with each library and flag, which must be the same."""
        done = [(libc, flag, self.run_app(libc, path, flag)) for libc in LIBCS for flag in FLAGS]
        for libc, flag, run in done:
            with self.subTest(libc=libc, flag=flag):
                self.assertEqual((run.output, run.status), (done[0][2].output, done[0][2].status))
                self.assertEqual(run.report["arena_high_water_bytes"] > 0, flag == 1)
        return done[0][2]

    def assert_prints(self, path, status):
        run = self.runs(path)
        self.assertEqual(run.output, path.with_suffix(".out").read_text(encoding="utf-8"))
        self.assertEqual(run.status, status)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def command(self, path, *words):
        """run_app.py's exit status and output, as `make run` calls it."""
        output = io.StringIO()
        argv = ["run_app.py", "--app", self.name, "--board", BOARD, "--images", str(self.images("nano")), *words,
                str(path)]
        with mock.patch.object(sys, "argv", argv), contextlib.redirect_stdout(output), \
                self.assertRaises(SystemExit) as ended:
            run_app.main()
        return ended.exception.code, output.getvalue()


class Lua(App):
    name = "lua"

    def test_scripts(self):
        self.assertGreater(len(SCRIPTS), 6)
        for path in SCRIPTS:
            with self.subTest(path.stem):
                self.assert_prints(path, run_app.DONE)

    def test_errors_end_the_script(self):
        run = self.runs(self.write("wrong.lua", "print('before')\nlocal function f() error('so') end\nf()\n"))
        self.assertEqual(run.status, run_app.FAILED)
        self.assertTrue(run.output.startswith("before\nlua: wrong.lua:2: so\nstack traceback:\n"), run.output)
        run = self.runs(self.write("syntax.lua", "#!/usr/bin/lua\nx = = 1\n"))
        self.assertEqual((run.status, run.output), (run_app.FAILED, "lua: syntax.lua:2: unexpected symbol near '='\n"))
        run = self.runs(self.write("object.lua", "error({})\n"))
        self.assertTrue(run.output.startswith("lua: (error object is a table value)"), run.output)

    def test_memory_runs_out(self):
        """Nobody catches it: the program says so."""
        for name, text in {"all": "local t = {} while true do t[#t + 1] = {} end\n",
                           "big": "print(#('x'):rep(400000))\n",
                           "limit": "memory.limit(20000)\nlocal t = {}\nfor i = 1, 9999 do t[i] = i .. 'x' end\n",
                           "nothing": "memory.limit(0)\nprint({})\n"}.items():
            with self.subTest(name):
                run = self.runs(self.write(f"{name}.lua", text))
                self.assertEqual((run.status, run.output), (run_app.FAILED, "lua: not enough memory\n"))

    def test_os_exit_reports_too(self):
        for status in (0, 2, 70):
            run = self.runs(self.write("exit.lua", f"io.write('no newline') os.exit({status})\n"))
            self.assertEqual((run.status, run.output), (status, "no newline"))

    def test_what_does_not_end_well_is_told(self):
        path = APPS / "lua" / "scripts" / "closures.lua"
        with self.assertRaises(run_app.AppError) as caught:
            run_app.run(BOARD, self.images("nano") / "faults.elf", path, 1)
        self.assertIn("faults on mps2-an386 with flag 1 crashed, exit status 70; it said last:\n", str(caught.exception))
        with mock.patch.object(run_app, "copy_input", return_value="/no/such/file"), \
                self.assertRaises(run_app.AppError) as caught:
            self.run_app("nano", path, 0)
        self.assertEqual(str(caught.exception), "lua on mps2-an386 with flag 0: the host cannot open /no/such/file")

    def test_table(self):
        status, output = self.command(APPS / "lua" / "scripts" / "closures.lua")
        self.assertEqual(status, run_app.DONE)
        printed = (APPS / "lua" / "scripts" / "closures.out").read_text()
        self.assertTrue(output.startswith(printed + f"\nclosures.lua in Lua 5.4 on {BOARD} with newlib-nano (QEMU "))
        rows = dict(re.findall(r"^(.*?)  +(\S.*)$", output, re.MULTILINE))
        self.assertIn("use_main_obmalloc = 1    use_main_obmalloc = 0", output)
        for label in ("peak live bytes", "RAM used, bytes", "instructions, all", "in malloc and its kin"):
            first, second = (int(cell.replace(",", "")) for cell in rows[label].split())
            self.assertGreater(min(first, second), 1000, label)

    def test_counts_are_those_of_every_run(self):
        """Deterministic under icount, the meter changes no allocation, and what it counts is a part of the whole."""
        path = APPS / "lua" / "scripts" / "closures.lua"
        plain = [self.run_app("nano", path, 1, icount=True).report for _ in range(2)]
        metered = [self.run_app("nano", path, 1, metered=True, icount=True).report for _ in range(2)]
        self.assertEqual(plain[0], plain[1])
        self.assertEqual(metered[0], metered[1])
        for key in ("arena_high_water_bytes", "libc_high_water_bytes", "peak_live_bytes"):
            self.assertEqual(plain[0][key], metered[0][key])
        self.assertGreater(metered[0]["free_calls"], metered[0]["realloc_calls"])
        # --wrap sees the firmware's calls and none of ours, or the pools' side would have more.
        libc_alone = self.run_app("nano", path, 0, metered=True, icount=True).report
        for call in ("malloc_calls", "realloc_calls", "free_calls"):
            self.assertAlmostEqual(metered[0][call], libc_alone[call], delta=1, msg=call)
        self.assertLess(run_app.total(metered[0], "instructions"), plain[0]["instructions"])

    def test_instructions_go_on_counting_where_the_tick_wraps(self):
        """A loop twice as long takes twice as much, some wraps of 2.6 million instructions long."""
        counts = [self.run_app("nano", self.write(f"loop{n}.lua", f"for i = 1, {n} do end\n"), 0,
                               icount=True).report["instructions"] for n in (0, 1000000, 2000000)]
        first, second = counts[1] - counts[0], counts[2] - counts[1]
        self.assertGreater(first, 5000000)
        self.assertAlmostEqual(first / second, 1, delta=0.001)

    def test_difference_is_told(self):
        """An address, which is another one under the other flag."""
        path = self.write("address.lua", "print((tostring({})))\n")
        with self.assertRaises(run_app.AppError) as caught:
            self.command(path)
        self.assertIn("does not print the same:\n--- flag 1\n+++ flag 0\n", str(caught.exception))

    @unittest.skipUnless(shutil.which("lua5.4"), "lua5.4 is not installed; Debian: lua5.4")
    def test_what_is_expected_is_what_a_pc_prints(self):
        compared = 0
        for path in SCRIPTS:
            if "memory.limit" in path.read_text(encoding="utf-8"):
                continue
            with self.subTest(path.stem):
                done = subprocess.run(["lua5.4", path.name], cwd=path.parent, check=True, capture_output=True)
                self.assertEqual(done.stdout.decode(), path.with_suffix(".out").read_text(encoding="utf-8"))
                compared += 1
        self.assertGreater(compared, 5)


def edited(value):
    """What main.cc's first edits make of a document."""
    if isinstance(value, list):
        return [edited(element) for element in value]
    if not isinstance(value, dict):
        return value
    kept = {key: edited(member) for key, member in value.items() if member is not None}
    for key, member in list(kept.items()):
        if isinstance(member, list) and member and all(type(element) in (int, float) for element in member):
            kept[key + "_sum"] = sum(map(float, member))
    return kept


class Json(App):
    name = "json"

    def test_documents(self):
        self.assertGreater(len(DOCUMENTS), 5)
        for path in DOCUMENTS:
            with self.subTest(path.stem):
                text = path.with_suffix(".out").read_text(encoding="utf-8", errors="replace")
                self.assert_prints(path, run_app.FAILED if text.startswith("json: ") else run_app.DONE)

    def test_documents_are_edited_as_said(self):
        for name in ("nested", "text"):
            with self.subTest(name):
                path = APPS / "json" / "documents" / f"{name}.json"
                document = json.loads(path.read_text(encoding="utf-8"))
                output = self.run_app("nano", path, 1).output
                printed, last = output.rstrip("\n").rsplit("\n", 1)
                self.assertEqual(json.loads(printed), edited(document))
                self.assertTrue(last.endswith("read back the same"), last)

    def test_patch_that_cannot_be_done(self):
        output = (APPS / "json" / "documents" / "orders.out").read_text(encoding="utf-8")
        told = [line for line in output.splitlines() if line.startswith("patch: ")]
        self.assertEqual(len(told), 3)
        for line, kind in zip(told, ("other_error.501", "out_of_range.403", "parse_error.105")):
            self.assertIn(kind, line)

    def test_memory_runs_out(self):
        """bad_alloc out of a vector, a map and a string, while parsing and while printing."""
        texts = {"numbers": str(list(range(40000))), "objects": str([{"a": n} for n in range(9000)]).replace("'", '"'),
                 "string": '["' + "x" * 300000 + '"]', "printing": str(["y" * 2000] * 75).replace("'", '"'),
                 "deep": "[" * 60000}
        for name, text in texts.items():
            with self.subTest(name):
                run = self.runs(self.write(f"{name}.json", text))
                self.assertEqual((run.status, run.output), (run_app.FAILED, f"json: {name}.json: not enough memory\n"))

    def test_table(self):
        status, output = self.command(APPS / "json" / "documents" / "text.json", "--flag", "1")
        self.assertEqual(status, run_app.DONE)
        self.assertIn(f"\n\ntext.json in nlohmann-json on {BOARD} with newlib-nano (QEMU ", output)
        self.assertEqual(output.count("use_main_obmalloc = "), 1)


class Refused(unittest.TestCase):
    def assert_refused(self, sentence, *words):
        done = subprocess.run(["make", "run", *words, "again=true"], cwd=REPOSITORY, env=user.environment(),
                              capture_output=True, text=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        lines = [line for line in done.stderr.splitlines() if not line.startswith("make: *** [")]
        self.assertEqual((done.stdout, len(lines)), ("", 1), done.stderr)
        self.assertIn(sentence, lines[0])

    def test_make(self):
        for app in ("nix", "%", "lua json"):
            self.assert_refused(f"APP is '{app}'; it must be one of: lua json.", f"APP={app}")
        self.assert_refused("SCRIPT is not set; it must be a file, e.g. ", "APP=lua")
        self.assert_refused("there is no file 'nix.lua'", "APP=lua", "SCRIPT=nix.lua")
        self.assert_refused("there is no file 'it's'", "APP=json", "DOCUMENT=it's")
        self.assert_refused("APP=lua runs on mps2-an386 ", "APP=lua", "SCRIPT=x", "BOARD=microbit")

    def test_path(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("a b.lua", "x" * 190):
                path = pathlib.Path(folder) / name
                path.write_text("")
                self.assert_refused("it takes a path without spaces, of 180 bytes at most", "APP=lua",
                                    f"SCRIPT={path}", f"BUILD={os.environ['BUILD']}")


if __name__ == "__main__":
    unittest.main()
