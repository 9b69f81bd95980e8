# SPDX-License-Identifier: MIT
# test-boards: microbit mps2-an386
"""The planted leak of tests/see/leaky.c is found: in a recording, and by the sample that needs none."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / folder) for folder in ("board/host", "tests", "port/host")]

import boards
import callers
from recording import file_format, history
from runner import jobs

BOARD = os.environ.get("BOARD") or "mps2-an386"
_, WATCHERS = jobs.see_builds(BOARD)
ELF = boards.image_path(BOARD, "nano", "leaky", lock=WATCHERS)
ROUNDS, HISTORY_LENGTH, EVENTS = 2000, 32, 125
EVENT_BYTES, READING_BYTES, CONFIGURATION_BYTES = 32, 28, 1200
# What a block has more than was asked for, at most: rounded up to 8 bytes, and 8 more.
SLACK_BYTES = 15
ROW = re.compile(r"^  0x([0-9a-f]{8}) +(\d+) +(\d+) +(\d+) +(\d+)  $", re.MULTILINE)
SUMMARY = re.compile(r"^(\d+) blocks live, (\d+) bytes; of these known one by one: (\d+) blocks, (\d+) bytes", re.MULTILINE)


def run_leaks(*arguments):
    return subprocess.run([sys.executable, REPOSITORY / "port/host/leaks.py", *map(str, arguments)], capture_output=True,
                          text=True, check=False)


class PlantedLeak(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.runs = {}
        cls.folder = tempfile.TemporaryDirectory(prefix="leaks.")
        for flag in (1, 0):
            path = pathlib.Path(cls.folder.name) / f"r{flag}"
            run = boards.run(BOARD, ELF, [f"record={path}", f"use_main_obmalloc={flag}", "sites=1"], ["-icount", "shift=8"])
            assert run.status == 0, run.output
            cls.runs[flag] = path, run.output

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def each(self):
        for flag, (path, output) in self.runs.items():
            with self.subTest(flag=flag):
                yield path, output

    def test_recording_names_it_and_nothing_else(self):
        for path, _ in self.each():
            done = run_leaks("--elf", ELF, "--json", path)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            found = json.loads(done.stdout)
            self.assertTrue(found["is_whole"])
            sites = {site["name"].split(" ")[0]: site for site in found["sites"]}
            self.assertEqual([site["name"].split(" ")[0] for site in found["sites"] if site["grows"]], ["make_event"])
            self.assertEqual(found["sites"][0], sites["make_event"])
            held = {name: (site["blocks"], site["bytes"]) for name, site in sites.items()}
            self.assertEqual(held["make_event"], (EVENTS, EVENTS * EVENT_BYTES))
            self.assertEqual(held["load_configuration"], (1, CONFIGURATION_BYTES))
            self.assertEqual(held["make_reading"], (HISTORY_LENGTH, HISTORY_LENGTH * READING_BYTES))
            self.assertNotIn("send", held)
            self.assertLess(abs(sites["make_event"]["growth_bytes"] - EVENTS * EVENT_BYTES // 2), 5 * EVENT_BYTES)
            self.assertEqual((sites["load_configuration"]["growth_bytes"], sites["make_reading"]["growth_bytes"]), (0, 0))
            self.assertEqual(found["time_unit"], "s")
            self.assertGreater(sites["load_configuration"]["oldest"], 20 * sites["make_reading"]["oldest"])
            duration = sites["load_configuration"]["oldest"]
            self.assertAlmostEqual(sites["make_event"]["slope"] * duration / (EVENTS * EVENT_BYTES), 1, delta=0.1)

    def test_table_is_for_people(self):
        path, _ = self.runs[1]
        text = run_leaks("--elf", ELF, path).stdout
        self.assertRegex(text, r"(?m)^     125      4,000 .*  make_event \(leaky\.c:\d+\)  GROWS$")
        self.assertEqual(text.count("GROWS"), 1)
        self.assertRegex(run_leaks(path).stdout, r"(?m)^     125      4,000 .*  0x[0-9a-f]{8}  GROWS$")
        self.assertRegex(run_leaks("--sites", 1, path).stdout, r"(?m)^ +\d+ +[\d,]+ +4 others$")

    def test_place_is_where_it_is_allocated(self):
        path, _ = self.runs[1]
        line = int(re.search(r"make_event \(leaky\.c:(\d+)\)", run_leaks("--elf", ELF, path).stdout).group(1))
        source = (REPOSITORY / "tests/see/leaky.c").read_text(encoding="utf-8").splitlines()
        self.assertIn("struct event *make_event(int round) {", "".join(source[line - 3:line]))

    def test_sample_agrees_with_the_recording(self):
        """For each caller the truth, by the recording, lies within the bounds that the firmware printed."""
        for path, output in self.each():
            live = history.follow(file_format.load(path)).live.values()
            blocks, all_bytes, tracked_blocks, tracked_bytes = map(int, SUMMARY.search(output).groups())
            self.assertEqual(blocks, len(live))
            requested = sum(block.bytes for block in live)
            self.assertTrue(requested <= all_bytes <= requested + SLACK_BYTES * blocks)
            untracked = all_bytes - tracked_bytes
            rows = {int(row[0], 16): tuple(map(int, row[1:])) for row in ROW.findall(output)}
            self.assertEqual(sum(row[2] for row in rows.values()), tracked_bytes)
            for caller in {block.caller for block in live} | set(rows):
                mine = [block.bytes for block in live if block.caller == caller]
                _, estimate, at_least, _ = rows.get(caller, (0, 0, 0, 0))
                self.assertLessEqual(at_least, sum(mine) + SLACK_BYTES * len(mine))
                self.assertGreaterEqual(at_least + untracked, sum(mine))
                self.assertTrue(at_least <= estimate <= at_least + untracked)

    def test_ages_agree(self):
        """Of the oldest block, in ticks, by two clocks: one reads the tick, the other adds up what was recorded."""
        for path, output in self.each():
            oldest = max(int(row[4]) for row in ROW.findall(output))
            recording = file_format.load(path)
            live = history.follow(recording).live.values()
            recorded = recording.operations[-1].tick - min(block.born_tick for block in live)
            self.assertLess(abs(oldest - recorded), oldest // 100)

    def test_sample_puts_it_first(self):
        for _, output in self.each():
            named = callers.with_names(ELF, output)
            first = next(line for line in named.splitlines() if line.startswith("  0x"))
            self.assertRegex(first, r"  make_event \(leaky\.c:\d+\)$")

    def test_other_firmware(self):
        path, _ = self.runs[1]
        other = boards.image_path(BOARD, "nano", "ring", lock=WATCHERS)
        done = run_leaks("--elf", other, path)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"^leaks\.py: .*: was not recorded by the firmware .*\n$")

    def test_firmware_that_crashed(self):
        path, _ = self.runs[1]
        cut = pathlib.Path(self.folder.name) / "cut"
        cut.write_bytes(path.read_bytes()[:-1000])
        self.assertEqual(run_leaks(cut).returncode, 1)
        done = run_leaks("--partial", cut)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("GROWS", done.stdout)


if __name__ == "__main__":
    unittest.main()
