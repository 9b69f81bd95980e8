# SPDX-License-Identifier: MIT
# test-boards: microbit
"""Code and static RAM of all that serves under flag 1, for v6-M at -Os."""

import os
import pathlib
import re
import subprocess
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "budget"))
sys.path.insert(0, str(REPOSITORY / "board" / "host"))

import boards
import size
import table

BUILD = pathlib.Path(os.environ.get("BUILD") or REPOSITORY / "build")
ROWS = table.rows()
TIMEOUT_SECONDS = 60


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

    def test_what_is_small_serves_as_well(self):
        """The cases of tests/unit and tests/target that budget.mk names, built as small."""
        images = sorted(path for path in (BUILD / size.FOLDER).glob("*.elf") if path.stem != "plain")
        self.assertIn("test_storm", [path.stem for path in images])
        for path in images:
            with self.subTest(path.stem):
                run = boards.run("microbit", str(path), ["use_main_obmalloc=1"], [], TIMEOUT_SECONDS)
                self.assertEqual(run.status, 0, run.output)
                self.assertTrue(run.output.endswith("done\n"), run.output)


if __name__ == "__main__":
    unittest.main()
