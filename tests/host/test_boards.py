# SPDX-License-Identifier: MIT
"""Each board is one folder and one linker file of five values, and its default trace fits its RAM."""

import pathlib
import re
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests" / "replay")]

import measure
from measure import boards

LINKER_VALUES = ["__flash_start", "__flash_bytes", "__ram_start", "__ram_bytes",
                 "__obmalloc_arena_default_bytes"]
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20}


class Boards(unittest.TestCase):
    def linker_lines(self, name):
        text = (REPOSITORY / "linker" / f"{name}.ld").read_text(encoding="utf-8")
        return text.splitlines()[1:]

    def test_linker_file_is_five_values(self):
        for name in boards.names():
            with self.subTest(name):
                # What may follow is further RAM, for heaps of its own.
                *values, last = self.linker_lines(name)[:len(LINKER_VALUES) + 1]
                self.assertEqual([line.split()[0] for line in values], LINKER_VALUES)
                self.assertEqual(last, "INCLUDE sections.ld")

    def test_folder_is_two_files(self):
        for name in boards.names():
            with self.subTest(name):
                files = sorted(path.name for path in (REPOSITORY / "board" / name).iterdir())
                self.assertEqual(files, ["board.c", "board.mk"])
                source = (REPOSITORY / "board" / name / "board.c").read_text(encoding="utf-8")
                self.assertIn(f'board_name[] = "{name}";', source)

    def test_every_linker_file_has_its_board(self):
        files = {path.stem for path in (REPOSITORY / "linker").glob("*.ld")}
        self.assertEqual(files - {"obmalloc", "sections"}, set(boards.names()))

    def test_default_trace_fits(self):
        """`make run` on any board shows a replay without failures, if any trace allows it."""
        peaks = {trace: measure.load_trace(trace)[1].peak_live_bytes
                 for trace in measure.known_traces()}
        smallest = min(peaks, key=peaks.get)
        for name in boards.names():
            with self.subTest(name):
                trace = boards.Board(name).values.get("BOARD_TRACE", "lua_json")
                text = "\n".join(self.linker_lines(name))
                count, unit = re.search(r"__ram_bytes = (\d+)([KM]?);", text).groups()
                if trace != smallest:
                    self.assertLess(peaks[trace] * 4 // 3, int(count) * UNITS[unit])


if __name__ == "__main__":
    unittest.main()
