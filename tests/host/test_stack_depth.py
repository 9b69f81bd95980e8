# SPDX-License-Identifier: MIT
# test-per-board
"""The stack that is read from an image, against what the compiler says of frames and what a run really uses."""

import os
import pathlib
import re
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "board" / "host"), str(REPOSITORY / "port" / "host")]

import boards
from firmware import code, elf_file, stack

BUILD = pathlib.Path(os.environ.get("BUILD") or REPOSITORY / "build")
BOARD = os.environ.get("BOARD", "mps2-an386")
LIBCS = ("nano", "newlib")
NAME = "stack_use"


def image(libc, name=NAME):
    return BUILD / f"{BOARD}-{libc}" / f"{name}.elf"


def read(path):
    return code.Code(elf_file.Firmware(path.read_bytes()))


def compiler_s_word(libc):
    """{function: bytes} of the library's C files, by GCC's -fstack-usage; names that occur twice left out."""
    found, twice = {}, set()
    for path in (BUILD / f"{BOARD}-{libc}" / "obmalloc").rglob("*.su"):
        for line in path.read_text("utf-8").splitlines():
            place, count, kind = line.split("\t")
            name = place.rsplit(":", 1)[1]
            if name in found or kind != "static":
                twice.add(name)
            found[name] = int(count)
    return {name: count for name, count in found.items() if name not in twice}


class Depth(unittest.TestCase):
    def test_frames_are_those_of_the_compiler(self):
        for libc in LIBCS:
            said, compared = compiler_s_word(libc), 0
            self.assertGreater(len(said), 80)
            for name in (NAME, "whole_family"):
                if not image(libc, name).is_file():
                    continue
                functions = read(image(libc, name))
                depths = stack.Stack(functions)
                for function, count in said.items():
                    found = functions.by_name.get(function)
                    if found is not None and not (found.source or "x.o").endswith(".o"):
                        self.assertEqual(depths.frame(found), count, f"{libc} {function}")
                        compared += 1
            self.assertGreater(compared, 40)

    def test_a_run_uses_no_more(self):
        """Under both flags; and the figure is no wild guess: the path of an aligned block is near it."""
        for libc in LIBCS:
            functions = read(image(libc))
            depths = stack.Stack(functions)
            for flag in (1, 0):
                done = boards.run(BOARD, str(image(libc)), [f"use_main_obmalloc={flag}"])
                self.assertEqual(done.status, 0, done.output)
                measured = {name: int(count) for name, count in
                            re.findall(r"^note stack (\w+) (\d+)$", done.output, re.MULTILINE)}
                self.assertEqual(len(measured), 7)
                for name, count in measured.items():
                    with self.subTest(libc=libc, flag=flag, entry=name):
                        stated = depths.worst(functions.named(name))
                        self.assertEqual(stated.open_ends, set())
                        self.assertLessEqual(count, stated.bytes, stated.chain)
                if flag:
                    self.assertGreater(measured["malloc"], 30)
                    without = stack.Stack(functions, without=("obmalloc_boot_flag", "obmalloc_boot_region"))
                    self.assertLessEqual(without.worst(functions.named("aligned_alloc")).bytes,
                                         measured["aligned_alloc"] * 3 // 2)


if __name__ == "__main__":
    unittest.main()
