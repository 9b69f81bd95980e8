# SPDX-License-Identifier: MIT
"""The linker scripts: where the arena comes to lie, and what they refuse, in which words.

Each case links a few instructions with linker/mps2-an386.ld: 512 KiB of RAM, an eighth of it and at
most 8 KiB reserved for the stack.
"""

import os
import re
import subprocess
import tempfile
import unittest

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = """
.syntax unified
.thumb
.section .vectors, "a"
.word __stack_top, board_reset
.text
.global board_reset
.thumb_func
board_reset: b .
.bss
.space BSS_BYTES
"""
THREAD_STORAGE = """
.section .tdata, "awT"
.word 1, 2, 3
.section .tbss, "awT", %nobits
.space 8
"""
RAM_START, RAM_END, STACK_LIMIT = 0x20000000, 0x20080000, 0x2007E000


class Link(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def link(self, symbols=(), bss_bytes=4096, script="mps2-an386.ld", more=""):
        """Returns (exit status, the linker's words, {symbol: value})."""
        source = os.path.join(self.folder.name, "program.s")
        image = os.path.join(self.folder.name, "program.elf")
        with open(source, "w", encoding="utf-8") as file:
            file.write(PROGRAM.replace("BSS_BYTES", str(bss_bytes)) + more)
        command = ["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-nostdlib", source]
        command += [f"-Wl,--defsym={symbol}" for symbol in symbols]
        command += ["-L", os.path.join(REPOSITORY, "linker"), "-T", script, "-o", image]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            return done.returncode, done.stderr, {}
        listing = subprocess.run(
            ["arm-none-eabi-nm", image], stdout=subprocess.PIPE, text=True, check=True
        ).stdout
        values = {
            name: int(value, 16) for value, name in re.findall(r"^([0-9a-f]+) . (\S+)$", listing, re.M)
        }
        return 0, done.stderr, values

    def layout(self, *symbols, **options):
        status, words, values = self.link(symbols, **options)
        self.assertEqual(status, 0, words)
        self.assertEqual(values["__heap_start"] % 8, 0)
        self.assertLessEqual(values["__heap_start"], values["__obmalloc_arena_start"])
        self.assertLessEqual(values["__obmalloc_arena_end"], values["__heap_end"])
        self.assertLessEqual(values["__heap_end"], values["__stack_limit"])
        self.assertEqual(values["__obmalloc_arena_start"] % 8, 0)
        self.assertEqual(values["__obmalloc_arena_end"] % 8, 0)
        return values

    def refused(self, sentence, *symbols, **options):
        status, words, _ = self.link(symbols, **options)
        self.assertNotEqual(status, 0)
        self.assertIn(sentence, words)

    def test_default_of_the_board(self):
        values = self.layout()
        self.assertEqual(values["__heap_start"], RAM_START + 4096)
        self.assertEqual(values["__heap_end"], STACK_LIMIT)
        self.assertEqual(values["__obmalloc_arena_start"], STACK_LIMIT - 0x40000)

    def test_size_of_the_link_line(self):
        values = self.layout("__obmalloc_arena_size=0x8000")
        self.assertEqual(values["__obmalloc_arena_start"], STACK_LIMIT - 0x8000)

    def test_start_is_aligned_at_the_arena_s_cost(self):
        values = self.layout("__obmalloc_arena_size=0x8001")
        self.assertEqual(values["__obmalloc_arena_start"], STACK_LIMIT - 0x8000)

    def test_whole_region(self):
        values = self.layout("__obmalloc_arena_size=0", bss_bytes=4096 + 8)
        self.assertEqual(values["__obmalloc_arena_start"], RAM_START + 4096 + 8)
        self.assertEqual(values["__obmalloc_arena_end"], STACK_LIMIT)

    def test_stack_reserve(self):
        values = self.layout("__stack_reserve_bytes=0x1004")
        self.assertEqual(values["__stack_limit"], RAM_END - 0x1004)
        self.assertEqual(values["__obmalloc_arena_end"], RAM_END - 0x1008)

    def test_strip_makes_it_smaller(self):
        image = os.path.join(self.folder.name, "program.elf")
        for more in ("", THREAD_STORAGE):
            with self.subTest(more=more):
                self.layout(more=more)
                linked_bytes = os.path.getsize(image)
                subprocess.run(["arm-none-eabi-strip", image], check=True)
                self.assertLess(os.path.getsize(image), linked_bytes)

    def test_thread_storage_is_in_order(self):
        values = self.layout(more=THREAD_STORAGE)
        self.assertEqual(values["__data_end"], values["__tls_start"] + 16)
        self.assertEqual(values["__bss_start"], values["__data_end"])
        self.assertEqual(values["__bss_end"], values["__bss_start"] + 8 + 4096)

    def test_smallest_arena(self):
        """1032 bytes leave 1024, the least that pools/ opens, wherever the region ends."""
        for stack_bytes in (0x1000, 0x1001, 0x1004, 0x1007):
            values = self.layout("__obmalloc_arena_size=1032",
                                 f"__stack_reserve_bytes={stack_bytes}")
            self.assertGreaterEqual(
                values["__obmalloc_arena_end"] - values["__obmalloc_arena_start"], 1024)

    def test_arena_too_small(self):
        self.refused("obmalloc: the arena is too small", "__obmalloc_arena_size=1016")

    def test_arena_does_not_fit(self):
        self.refused("obmalloc: the arena does not fit", "__obmalloc_arena_size=0x80000")

    def test_no_room_for_the_dynamic_region(self):
        self.refused("no RAM is left for the dynamic region", bss_bytes=0x7E000)

    def test_no_room_for_the_stack_reserve(self):
        self.refused("leave no room for the stack reserve", bss_bytes=0x7F000)

    def test_region_overlaps_the_stack_reserve(self):
        """An integrator's script that sets the region's end by hand."""
        with open(os.path.join(REPOSITORY, "linker", "sections.ld"), encoding="utf-8") as file:
            sections = file.read()
        changed = sections.replace("__heap_end = __stack_limit;", "__heap_end = __stack_top;")
        self.assertNotEqual(sections, changed)
        script = os.path.join(self.folder.name, "own.ld")
        with open(os.path.join(REPOSITORY, "linker", "mps2-an386.ld"), encoding="utf-8") as file:
            values = file.read().replace("INCLUDE sections.ld", "")
        with open(script, "w", encoding="utf-8") as file:
            file.write(values + changed)
        self.refused("the dynamic region overlaps the stack reserve", script=script)


if __name__ == "__main__":
    unittest.main()
