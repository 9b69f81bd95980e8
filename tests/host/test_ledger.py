# SPDX-License-Identifier: MIT
# test-per-board
"""The ledger: who allocated how much before main, and from which allocator, on every board."""

import os
import pathlib
import re
import subprocess
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "board" / "host"), str(REPOSITORY / "port" / "host")]

import boards
import callers

BOARD = os.environ.get("BOARD") or "mps2-an386"
LIBCS = ("newlib", "nano")
ROW = re.compile(r"^  (0x[0-9a-f]{8}|others) +(\d+) +(\d+)(?:  (.*\S))? *$")
SUMMARY = re.compile(r"^before main: (\d+) blocks, (\d+) bytes, (\d+) freed(.*)$", re.MULTILINE)
POOL = "_GLOBAL__sub_I__ZN9__gnu_cxx9__freeresEv"  # constructs libstdc++'s emergency pool
POOL_BYTES = 2528
SMALL_BYTES_MAX = 512
# What ledger_c.c asks for by itself, by function: {bytes: blocks}.
OWN = {"take_small": {13: 1, 200: 1, 1: 1}, "take_large": {600: 1}, "take_clean": {35: 1},
       "take_aligned": {40: 1}, "give_some": {60: 1}}


class Ledger:
    """One run: its rows [(function, blocks, bytes, allocator)], totals, and lines of the test."""

    def __init__(self, libc, image, flag):
        self.flag = flag
        self.elf = boards.image_path(BOARD, libc, image)
        run = boards.run(BOARD, self.elf, [f"use_main_obmalloc={flag}"])
        self.status, self.output = run.status, run.output
        rows = [match.groups() for match in map(ROW.match, run.output.splitlines()) if match]
        named = [row for row in rows if row[0] != "others"]
        functions = functions_at(self.elf, [int(row[0], 16) for row in named])
        self.rows = [(function, int(row[1]), int(row[2]), row[3])
                     for function, row in zip(functions, named)]
        self.others = [(int(row[1]), int(row[2])) for row in rows if row[0] == "others"]
        summary = SUMMARY.search(run.output)
        self.blocks, self.bytes, self.freed = (int(word) for word in summary.groups()[:3])
        self.remark = summary.group(4)
        self.checks = dict(line.split(" ", 2)[1:] for line in run.output.splitlines()
                           if line.startswith("check "))

    def allocator(self, size_bytes):
        return "pools" if self.flag and size_bytes <= SMALL_BYTES_MAX else "C library"


def functions_at(elf, addresses):
    """The function that holds the call before each return address, from the symbol table."""
    listing = subprocess.run(["arm-none-eabi-nm", "-S", elf], check=True, capture_output=True,
                             text=True).stdout
    symbols = [(int(start, 16) & ~1, int(size, 16), name) for start, size, name in
               re.findall(r"^(\w+) (\w+) [TtWw] (\S+)$", listing, re.MULTILINE)]
    return [next((name for start, size, name in symbols
                  if start <= (address & ~1) - 2 < start + size), None) for address in addresses]


def runs(*images):
    for libc in LIBCS:
        for image in images:
            for flag in (1, 0):
                yield libc, image, flag


class OnBoard(unittest.TestCase):
    def each(self, *images):
        for libc, image, flag in runs(*images):
            with self.subTest(libc=libc, image=image, flag=flag):
                ledger = Ledger(libc, image, flag)
                self.assertEqual(ledger.status, 0, ledger.output)
                yield libc, ledger

    def test_sums_and_what_main_allocates(self):
        for _, ledger in self.each("ledger_c", "ledger_cxx", "foreign_c", "foreign_cxx"):
            rows = [row for row in ledger.rows if row[3] != "nobody"]
            self.assertEqual(sum(row[1] for row in rows) + sum(row[0] for row in ledger.others),
                             ledger.blocks)
            self.assertEqual(sum(row[2] for row in rows) + sum(row[1] for row in ledger.others),
                             ledger.bytes)
            self.assertEqual(ledger.remark, "")
            self.assertEqual(ledger.checks["unchanged"], "1", "main was noted")
            self.assertEqual(ledger.checks["sound"], "1")
            taken, limit = map(int, ledger.checks["bytes"].split(" of "))
            self.assertLessEqual(taken, limit)
            if ledger.flag and "foreign_cxx" not in ledger.elf:
                self.assertEqual(int(ledger.checks["live"]), ledger.blocks - ledger.freed)

    def test_c(self):
        for libc, ledger in self.each("ledger_c", "foreign_c"):
            own = [row for row in ledger.rows if row[0] in OWN and row[3] != "nobody"]
            self.assertGreater(len(own), 3)
            for function, blocks, size_bytes, allocator in own:
                self.assertIn(size_bytes, OWN[function])
                self.assertEqual(blocks, OWN[function][size_bytes])
                self.assertIn(allocator, {ledger.allocator(size_bytes)} if self.has_room()
                              else {"pools", "C library"})
            libcs = {function: row for function, *row in ledger.rows if function not in OWN}
            self.assertIn("__smakebuf_r", libcs)
            if libc == "nano":
                self.assertEqual(libcs["__sfp"][:2], [1, 428])
            if self.has_room():
                self.assertEqual(libcs["__smakebuf_r"], [1, 1024, "C library"])
                self.assertEqual(len(own), 6)
                self.assertEqual((ledger.blocks, ledger.freed), (9 + (libc == "nano"), 2))

    def test_who_looks_before_main_sees_the_heap(self):
        for _, ledger in self.each("ledger_c", "foreign_c"):
            flag = ledger.flag
            tail = f"owned {flag} sound 1 latched 1 late 1"
            self.assertEqual(ledger.checks["constructor"], f"blocks {6 if flag else 0} {tail}")
            live = ledger.blocks - ledger.freed if flag else 0
            self.assertEqual(ledger.checks["main"], f"blocks {live} {tail}")

    def test_cxx(self):
        for _, ledger in self.each("ledger_cxx"):
            by_function = {function: row for function, *row in ledger.rows}
            self.assertEqual(by_function["_GLOBAL__sub_I_main"], [1, 52, ledger.allocator(52)])
            self.assertEqual(by_function["_Znwj"], [1, 120, ledger.allocator(120)])
            pool = by_function[POOL]
            self.assertEqual(pool[:2], [1, POOL_BYTES])
            self.assertIn(pool[2], ("C library",) if self.has_room() else ("C library", "nobody"))

    def test_last_constructor_ends_it_where_nobody_says_that_main_begins(self):
        """The runtime's constructors come behind ours: the pool is not seen, the program's are."""
        for _, ledger in self.each("foreign_cxx"):
            self.assertEqual([row[:3] for row in ledger.rows],
                             [("_GLOBAL__sub_I_main", 1, 52), ("_Znwj", 1, 120)])

    @staticmethod
    def has_room():
        """The smallest board cannot serve all of it."""
        return BOARD != "stm32vldiscovery"

    def test_names_for_people(self):
        ledger = Ledger("nano", "ledger_c", 1)
        lines = callers.with_names(ledger.elf, ledger.output).splitlines()
        self.assertEqual(len(lines), len(ledger.output.splitlines()))
        text = "\n".join(lines)
        for function in ("take_large", "take_clean", "__smakebuf_r"):
            self.assertRegex(text, rf"(?m)^  0x[0-9a-f]{{8}} .*  {function} \(\w+\.c:\d+\)$")
        self.assertIn("\nbefore main: ", text)

    def test_names_of_no_image(self):
        with self.assertRaisesRegex(callers.CallersError, "."):
            callers.names(REPOSITORY / "README.md", [0x100])
        for tool, sentence in (("false", "false ended with status 1 on README.md"),
                               ("true", "true printed 0 lines for 1 addresses of README.md")):
            with self.assertRaisesRegex(callers.CallersError, f"^{sentence}$"):
                callers.names("README.md", [0x100], tool)
        done = subprocess.run([sys.executable, REPOSITORY / "port" / "host" / "callers.py", "nowhere.elf"],
                              input="", capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, "callers.py: nowhere.elf does not exist\n")


if __name__ == "__main__":
    unittest.main()
