# SPDX-License-Identifier: MIT
# test-boards: mps2-an386 microbit
"""Budgets that no image on a board can hold: flag 0 beside the C library alone, sizes; and the table."""

import os
import pathlib
import re
import subprocess
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "budget"))

import counts
import flag_0
import size
import table
from trace_text import CALLOC, FREE, MALLOC, REALLOC

BOARD = os.environ.get("BOARD", "mps2-an386")
BUILD = pathlib.Path(os.environ.get("BUILD") or REPOSITORY / "build")
ROWS = table.rows()


@unittest.skipUnless(BOARD == flag_0.BOARD, "compared on mps2-an386")
class Flag0(unittest.TestCase):
    def test_beyond_the_c_library(self):
        for path, more in flag_0.extra(BUILD).items():
            with self.subTest(path):
                row = ROWS[path]
                print(f"note budget {path} {more} target {row.target[table.V7M]} "
                      f"budget {row.budget[table.V7M]}")
                self.assertLessEqual(more, row.budget[table.V7M])

    def test_every_kind_is_called_often(self):
        for libc in flag_0.LIBCS:
            for kind in (MALLOC, FREE, CALLOC, REALLOC):
                self.assertGreater(len(flag_0.differences(BUILD, libc)[kind]), 300)


@unittest.skipUnless(BOARD == "microbit", "counted on microbit, for v6-M")
class Size(unittest.TestCase):
    def test_code_and_static_ram(self):
        for path, size_bytes in size.sizes(BUILD).items():
            with self.subTest(path):
                row = ROWS[path]
                print(f"note budget {path} {size_bytes} target {row.target[table.V6M]} "
                      f"budget {row.budget[table.V6M]}")
                self.assertLessEqual(size_bytes, row.budget[table.V6M],
                                     size.by_object(BUILD, (".text", ".rodata", ".data", ".bss")))

    def test_the_private_c_library_is_left_out_and_nothing_else(self):
        """Against nm: what the archive's objects define and the image has."""
        folder = BUILD / size.FOLDER
        elf = folder / "plain.elf"
        listing = subprocess.run(["arm-none-eabi-nm", "-S", str(elf)], check=True,
                                 capture_output=True, text=True).stdout
        symbols = re.findall(r" ([0-9a-f]+) ([DdBb]) (\w+)$", listing, re.MULTILINE)
        ours = {name: int(size_hex, 16) for size_hex, _, name in symbols
                if name.startswith("obmalloc_") and name != "obmalloc_arena"}
        self.assertIn("obmalloc_heap", ours)
        self.assertEqual(size.sizes(BUILD)["bytes_static_ram"], sum(ours.values()), ours)


class Table(unittest.TestCase):
    def test_every_path_is_counted_and_every_count_is_a_path(self):
        named = set()
        for image in counts.images():
            source = (REPOSITORY / "tests" / "target" / f"{image}.c").read_text("utf-8")
            cases = set(re.findall(r"^BUDGET_CASE\((\w+)\)", source, re.MULTILINE))
            self.assertEqual(cases, set(re.findall(r"TEST_ENTRY\((\w+)\)", source)), image)
            self.assertFalse(cases & named)
            named |= cases
        others = {path for path in ROWS if re.match("flag_0_|bytes_|worst_", path)}
        self.assertEqual(named | others, set(ROWS))

    def test_rewriting_changes_the_budgets_alone(self):
        text = table.TABLE.read_text("utf-8")
        same = {(path, name): row.budget[name] for path, row in ROWS.items() for name in row.budget}
        self.assertEqual(table.with_budgets(text, same), text)
        path = next(iter(ROWS))
        changed = table.rows(table.with_budgets(text, {(path, table.V6M): 777}))
        self.assertEqual(changed.pop(path).budget[table.V6M], 777)
        self.assertEqual(changed, {name: row for name, row in ROWS.items() if name != path})

    def test_a_line_that_is_no_row_is_refused(self):
        with self.assertRaises(ValueError):
            table.rows('BUDGET(malloc_fast, 15, 13, 20, "too few")\n')


if __name__ == "__main__":
    unittest.main()
