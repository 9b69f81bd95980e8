#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Config word, boot hook, damage: who has the last word on the flag, in finished images.

Starts tests/target/flag_order.c in every way that a firmware can be started; the image's own cases check
the rest of the way, from the boot to the latch.
"""

import os
import re
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(REPOSITORY, "board", "host"))

import boards  # noqa: E402

BOARD = "mps2-an386"
LIBC = "nano"
FROM_CONFIG_WORD, FROM_DAMAGED_WORD, FROM_BOOT_HOOK = 0, 1, 2
MAGIC = b"OBMCFG\r\x1a"
FLAG_OFFSET, CHECKSUM_OFFSET = 12, 16


class FlagOrder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.image = os.path.join(folder.name, "flag_order.elf")
        with open(boards.image_path(BOARD, LIBC, "flag_order"), "rb") as file:
            self.write(file.read())

    def write(self, data):
        with open(self.image, "wb") as file:
            file.write(data)

    def flip_bit(self, offset, bit):
        with open(self.image, "rb") as file:
            data = bytearray(file.read())
        self.assertEqual(data.count(MAGIC), 1)
        data[data.index(MAGIC) + offset] ^= 1 << bit
        self.write(data)

    def set_flag(self, flag):
        tool = os.path.join(REPOSITORY, "port", "host", "flag.py")
        subprocess.run(
            [sys.executable, tool, self.image, "--use-main-obmalloc", str(flag)],
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def check(self, words, flag, source, damaged=0, hook_ignored=0):
        run = boards.run(BOARD, self.image, words)
        self.assertEqual(run.status, 0, run.output)
        self.assertTrue(run.output.endswith("done\n"), run.output)
        note = re.search(
            r"flag (\d+) source (\d+) damaged (\d+) hook_ignored (\d+)", run.output
        )
        found = tuple(map(int, note.groups()))
        self.assertEqual(found, (flag, source, damaged, hook_ignored))

    def test_word_alone(self):
        self.check([], 1, FROM_CONFIG_WORD)

    def test_word_rewritten(self):
        self.set_flag(0)
        self.check([], 0, FROM_CONFIG_WORD)
        self.set_flag(1)
        self.check([], 1, FROM_CONFIG_WORD)

    def test_word_rewritten_in_raw_images(self):
        elf = self.image
        for target, suffix in (("binary", "bin"), ("ihex", "hex")):
            self.image = f"{elf[:-len('elf')]}{suffix}"
            subprocess.run(["arm-none-eabi-objcopy", "-O", target, elf, self.image], check=True)
            for flag in (0, 1):
                with self.subTest(suffix=suffix, flag=flag):
                    self.set_flag(flag)
                    self.check([], flag, FROM_CONFIG_WORD)

    def test_hook_beats_word(self):
        self.check(["use_main_obmalloc=0"], 0, FROM_BOOT_HOOK)
        self.check(["use_main_obmalloc=1"], 1, FROM_BOOT_HOOK)
        self.set_flag(0)
        self.check(["use_main_obmalloc=0"], 0, FROM_BOOT_HOOK)
        self.check(["use_main_obmalloc=1"], 1, FROM_BOOT_HOOK)

    def test_bad_word_of_the_command_line(self):
        for word in ("7", "10", "-1", "yes", ""):
            with self.subTest(word):
                self.check([f"use_main_obmalloc={word}"], 1, FROM_CONFIG_WORD, hook_ignored=1)

    def test_damaged_word(self):
        for offset, bit in ((0, 3), (5, 0), (8, 1), (FLAG_OFFSET, 0), (CHECKSUM_OFFSET, 7)):
            with self.subTest(offset=offset):
                with open(boards.image_path(BOARD, LIBC, "flag_order"), "rb") as file:
                    self.write(file.read())
                self.flip_bit(offset, bit)
                self.check([], 0, FROM_DAMAGED_WORD, damaged=1)
                self.check(["use_main_obmalloc=1"], 1, FROM_BOOT_HOOK, damaged=1)


if __name__ == "__main__":
    unittest.main()
