# SPDX-License-Identifier: MIT
"""port/host/flag.py on images made here: what it changes, what it leaves alone, what it refuses."""

import os
import pathlib
import re
import stat
import struct
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
TOOL = REPOSITORY / "port" / "host" / "flag.py"
sys.path.insert(0, str(TOOL.parent))

import config_word

FLASH_BASE = 0x0800FFF0  # so that the word straddles a 64 KiB border of Intel HEX
WORD_OFFSET = 12


def flash_with(*words):
    """Returns a flash image: some code, the words, some more code."""
    return bytes(range(WORD_OFFSET)) + b"".join(words) + bytes(range(100, 180))


def hex_record(kind, address, payload):
    record = bytes([len(payload), address >> 8 & 0xFF, address & 0xFF, kind]) + payload
    return f":{(record + bytes([-sum(record) & 0xFF])).hex().upper()}\r\n"


def hex_of(flash, base=FLASH_BASE, row_bytes=16):
    """Writes Intel HEX with CR LF, as many tools do."""
    lines, upper = [], None
    for offset in range(0, len(flash), row_bytes):
        address = base + offset
        if address >> 16 != upper:
            upper = address >> 16
            lines.append(hex_record(4, 0, upper.to_bytes(2, "big")))
        lines.append(hex_record(0, address & 0xFFFF, flash[offset:offset + row_bytes]))
    lines.append(hex_record(5, 0, base.to_bytes(4, "big")))
    lines.append(hex_record(1, 0, b""))
    return "".join(lines).encode("ascii")


def elf_of(flash, section_bytes=config_word.WORD.size, section=b".obmalloc_config",
           file_type=2):
    """Writes a 32-bit Arm ELF with one loaded segment and the word's section in it."""
    names = b"\0" + section + b"\0.shstrtab\0"
    flash_at = 52 + 32
    names_at = flash_at + len(flash)
    sections_at = names_at + len(names)
    header = struct.pack("<4sBBB9xHHIIIIIHHHHHH", b"\x7fELF", 1, 1, 1, file_type, 40, 1,
                         FLASH_BASE, 52, sections_at, 0x5000000, 52, 32, 1, 40, 3, 2)
    segment = struct.pack("<8I", 1, flash_at, FLASH_BASE, FLASH_BASE, len(flash), len(flash), 5, 4)
    table = bytes(40)
    table += struct.pack("<10I", 1, 1, 2, FLASH_BASE + WORD_OFFSET, flash_at + WORD_OFFSET,
                         section_bytes, 0, 0, 4, 0)
    table += struct.pack("<10I", 2 + len(section), 3, 0, 0, names_at, len(names), 0, 0, 1, 0)
    return header + segment + flash + names + table


FORMATS = {"elf": elf_of, "hex": hex_of, "bin": bytes}


class FlagTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.image = self.folder / "firmware"

    def run_tool(self, *arguments):
        return subprocess.run([sys.executable, str(TOOL), str(self.image), *map(str, arguments)],
                              capture_output=True, text=True, check=False)

    def assert_done(self, part, *arguments):
        done = self.run_tool(*arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(part, done.stdout)

    def assert_refused(self, data, part, *arguments):
        """The tool fails with one sentence that holds `part`, and touches nothing."""
        if data is not None:
            self.image.write_bytes(data)
        before = sorted(path.name for path in self.folder.iterdir())
        done = self.run_tool(*arguments)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(part, done.stderr)
        self.assertRegex(done.stderr, r"\Aflag\.py: .*firmware: [^\n]*\n\Z")
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), before)
        if data is not None:
            self.assertEqual(self.image.read_bytes(), data)


class Change(FlagTest):
    def test_only_the_word_changes(self):
        for name, write in FORMATS.items():
            for old, new in ((1, 0), (0, 1), (1, 1)):
                with self.subTest(format=name, old=old, new=new):
                    self.image.write_bytes(write(flash_with(config_word.word_of(old))))
                    self.assert_done(f"use_main_obmalloc = {new} (was {old};",
                                     "--use-main-obmalloc", new)
                    self.assertEqual(self.image.read_bytes(),
                                     write(flash_with(config_word.word_of(new))))
                    self.assert_done(f"use_main_obmalloc = {new} (")

    def test_lower_case_hex_stays_lower_case(self):
        before = hex_of(flash_with(config_word.word_of(1))).lower()
        self.image.write_bytes(before)
        self.assert_done("= 0", "--use-main-obmalloc", 0)
        self.assertEqual(self.image.read_bytes(),
                         hex_of(flash_with(config_word.word_of(0))).lower())

    def test_hex_records_of_any_length(self):
        for row_bytes in (1, 3, 7, 32):
            with self.subTest(row_bytes=row_bytes):
                self.image.write_bytes(hex_of(flash_with(config_word.word_of(1)),
                                              row_bytes=row_bytes))
                self.assert_done("= 0", "--use-main-obmalloc", 0)
                self.assertEqual(self.image.read_bytes(),
                                 hex_of(flash_with(config_word.word_of(0)), row_bytes=row_bytes))

    def test_elf_whose_linker_script_merged_the_section(self):
        self.image.write_bytes(elf_of(flash_with(config_word.word_of(1)), section=b".text"))
        self.assert_done("= 0", "--use-main-obmalloc", 0)
        self.assertEqual(self.image.read_bytes(),
                         elf_of(flash_with(config_word.word_of(0)), section=b".text"))

    def test_output_leaves_the_image_alone(self):
        before = flash_with(config_word.word_of(1))
        self.image.write_bytes(before)
        self.assert_done("= 0", "--use-main-obmalloc", 0, "--output", self.folder / "other")
        self.assertEqual(self.image.read_bytes(), before)
        self.assertEqual((self.folder / "other").read_bytes(), flash_with(config_word.word_of(0)))

    def test_mode_and_link_are_kept(self):
        target = self.folder / "real"
        target.write_bytes(flash_with(config_word.word_of(1)))
        target.chmod(0o751)
        self.image.symlink_to(target)
        self.assert_done("= 0", "--use-main-obmalloc", 0)
        self.assertTrue(self.image.is_symlink())
        self.assertEqual(stat.S_IMODE(target.stat().st_mode), 0o751)
        self.assertEqual(target.read_bytes(), flash_with(config_word.word_of(0)))
        self.assertEqual(len(os.listdir(self.folder)), 2)


class Refuse(FlagTest):
    def test_no_word(self):
        for name, write in FORMATS.items():
            with self.subTest(format=name):
                data = write(flash_with(bytes(20))) if name != "elf" else \
                    elf_of(flash_with(bytes(20)), section=b".text")
                self.assert_refused(data, "holds no config word")
                self.assert_refused(data, "holds no config word", "--use-main-obmalloc", 0)

    def test_two_words(self):
        flash = flash_with(config_word.word_of(1), config_word.word_of(0))
        for name, data in (("elf", elf_of(flash, section_bytes=40)), ("hex", hex_of(flash)),
                           ("bin", flash), ("merged", elf_of(flash, section=b".text"))):
            with self.subTest(format=name):
                self.assert_refused(data, "holds 2 config words", "--use-main-obmalloc", 0)

    def test_every_damaged_bit_but_the_version(self):
        """In an ELF the section tells the place, so that even damaged magic is named."""
        good = config_word.word_of(1)
        for index in [*range(8), *range(12, 20)]:
            word = bytearray(good)
            word[index] ^= 0x02
            with self.subTest(byte=index):
                with self.assertRaises(config_word.DamagedWord):
                    config_word.flag_of(bytes(word))

    def test_damaged_word_wants_repair(self):
        for field, part in ((0, "magic"), (12, "flag"), (16, "checksum")):
            word = bytearray(config_word.word_of(1))
            word[field] ^= 0x40
            for name, write in FORMATS.items():
                if field == 0 and name != "elf":
                    continue
                with self.subTest(format=name, field=part):
                    data = write(flash_with(bytes(word)))
                    for arguments in ((), ("--use-main-obmalloc", 0)):
                        self.assert_refused(data, f"is damaged: its {part}", *arguments)
                    self.assert_done("= 0 (was damaged", "--use-main-obmalloc", 0, "--repair")
                    self.assertEqual(self.image.read_bytes(),
                                     write(flash_with(config_word.word_of(0))))

    def test_unknown_layout_version(self):
        word = bytearray(config_word.word_of(1))
        word[8] = 9
        for name, write in FORMATS.items():
            with self.subTest(format=name):
                for extra in ((), ("--use-main-obmalloc", 0),
                              ("--use-main-obmalloc", 0, "--repair")):
                    self.assert_refused(write(flash_with(bytes(word))), "layout version 9", *extra)

    def test_cut_off_word(self):
        flash = flash_with(config_word.word_of(1))[:WORD_OFFSET + 15]
        self.assert_refused(flash, "is cut off in the middle of its config word")
        self.assert_refused(hex_of(flash), "ends in the middle of its config word")
        self.assert_refused(elf_of(flash_with(config_word.word_of(1)), section_bytes=15),
                            "of 15 bytes, a word has 20")

    def test_broken_elf(self):
        whole = elf_of(flash_with(config_word.word_of(1)))
        for length in (4, 20, 60, 120, len(whole) - 90, len(whole) - 1):
            with self.subTest(length=length):
                self.assert_refused(whole[:length], "", "--use-main-obmalloc", 0)

    def test_object_file(self):
        self.assert_refused(elf_of(flash_with(config_word.word_of(1)), file_type=1),
                            "is an object file")

    def test_missing_and_unwritable_files(self):
        self.assert_refused(None, "No such file")
        self.image.write_bytes(flash_with(config_word.word_of(1)))
        self.assert_refused(self.image.read_bytes(), "cannot be written", "--use-main-obmalloc", 0,
                            "--output", self.folder / "none" / "x")

    def test_bad_arguments(self):
        self.image.write_bytes(flash_with(config_word.word_of(1)))
        for arguments in (("--use-main-obmalloc", "2"), ("--repair",), ("--output", "x")):
            self.assertEqual(self.run_tool(*arguments).returncode, 2)


class RefuseHex(FlagTest):
    def setUp(self):
        super().setUp()
        self.lines = hex_of(flash_with(config_word.word_of(1))).splitlines(keepends=True)

    def assert_lines_refused(self, lines, part):
        self.assert_refused(b"".join(lines), part, "--use-main-obmalloc", 0)

    def test_damaged_records(self):
        def change(line, pattern, replacement):
            return re.sub(pattern, replacement, line, count=1)
        for pattern, replacement, part in (
                (rb"^:10", b":11", "line 4 is cut off or too long"),
                (rb"..\r\n$", b"\r\n", "line 4 is cut off or too long"),
                (rb"^:(.{8}).", rb":\1X", "line 4 is not made of pairs of hex digits"),
                (rb".\r\n$", b"\r\n", "line 4 is not made of pairs of hex digits"),
                (rb"^:", b";", "line 4 does not start with ':'"),
                (rb"^:.*", b":", "line 4 is cut off or too long"),
                (rb"64", b"65", "line 4 is damaged: the record's checksum is wrong")):
            with self.subTest(part=part):
                lines = list(self.lines)
                lines[3] = change(lines[3], pattern, replacement)
                self.assertNotEqual(lines[3], self.lines[3])
                self.assert_lines_refused(lines, part)

    def test_cut_off_file(self):
        self.assert_lines_refused(self.lines[:-1], "is cut off: no end record")
        self.assert_lines_refused(self.lines[:-1] + [b":000000"], "is cut off or too long")

    def test_record_behind_the_end(self):
        self.assert_lines_refused(self.lines + self.lines[1:2], "comes after the end record")

    def test_address_written_twice(self):
        self.assert_lines_refused([self.lines[0], self.lines[1], *self.lines[1:]],
                                  "line 3 writes address 0x800fff0 a second time")

    def test_unknown_record_type(self):
        lines = list(self.lines)
        lines.insert(1, hex_record(6, 0, b"").encode())
        self.assert_lines_refused(lines, "line 2 has unknown record type 6")


if __name__ == "__main__":
    unittest.main()
