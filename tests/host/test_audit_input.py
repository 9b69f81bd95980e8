# SPDX-License-Identifier: MIT
# test-boards: lm3s6965evb
"""What the audit answers to files that are no firmware or no longer whole, and how make calls it."""

import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / name) for name in ("tests/audit", "tests/harness")]

import recipes
import reports
import user

BUILD = pathlib.Path(os.environ.get("BUILD") or REPOSITORY / "build")
TOOL = REPOSITORY / "port" / "host" / "audit.py"


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.image = recipes.CLEAN["clean_nano"].build(BUILD, "bad_input")
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = pathlib.Path(cls.folder.name) / "file"

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def refused(self, part, *words):
        done = subprocess.run([sys.executable, TOOL, *map(str, words)], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertTrue(done.stderr.startswith(f"audit.py: {words[-1]}: "), done.stderr)
        self.assertIn(part, done.stderr)

    def refused_bytes(self, part, data):
        self.path.write_bytes(data)
        self.refused(part, self.path)

    def test_files(self):
        self.refused("No such file", self.path.parent / "nix.elf")
        self.refused("Is a directory", self.path.parent)
        self.refused_bytes("is empty", b"")
        self.refused_bytes("is no ELF file", b":020000040000FA\n")
        self.refused_bytes("is an archive of object files", b"!<arch>\n")
        self.refused_bytes("is cut off after 8 bytes", b"\x7fELF\x01\x01\x01\x00")
        self.refused("is an object file", self.image.parent / "startupc.o")

    def test_other_elf_files(self):
        data = self.image.read_bytes()
        self.refused_bytes("is for another machine (EM_386)", data[:18] + b"\x03\x00" + data[20:])
        self.refused_bytes("is an ELF file for 64 bits", data[:4] + b"\x02" + data[5:])
        self.refused_bytes("big-endian", data[:5] + b"\x02" + data[6:])
        self.refused_bytes("is no executable (ET_DYN)", data[:16] + b"\x03\x00" + data[18:])
        self.refused("is an ELF file for 64 bits", "/usr/bin/env")

    def test_truncated(self):
        data = self.image.read_bytes()
        for count in (30, 60, 200, 0x1800, len(data) // 2, len(data) - 8):
            with self.subTest(count):
                self.refused_bytes("is ", data[:count])

    def test_cortex_a(self):
        self.path.with_suffix(".c").write_text("void _start(void) { for (;;) { } }\n")
        recipes.run("arm-none-eabi-gcc", "-mcpu=cortex-a9", "-nostdlib", self.path.with_suffix(".c"), "-o", self.path)
        self.refused("is for a CPU of profile A", self.path)

    def test_maps(self):
        other = self.image.with_suffix(".map").read_text().replace("\n.text ", "\n.text2 ")
        self.path.write_text("no map\n")
        self.refused("is no map of a link", self.image, "--map", self.path)
        self.path.write_text(other)
        self.refused("is the map of another image: it has no section .text", self.image, "--map", self.path)
        self.path.write_text(re.sub(r"(?m)^(\.text\s+0x\w+\s+0x)", r"\g<1>1", other.replace(".text2", ".text")))
        self.refused("is the map of another image: .text is at 0x40", self.image, "--map", self.path)
        self.refused("No such file", self.image, "--map", self.path.parent / "nix.map")

    def test_without_pyelftools(self):
        folder = self.path.parent / "elftools"
        folder.mkdir()
        (folder / "__init__.py").write_text("raise ImportError\n")
        with mock.patch.dict(os.environ, PYTHONPATH=str(folder.parent)):
            self.refused("python3-pyelftools", self.image)

    def test_no_damage_ends_in_a_traceback(self):
        """Cut off anywhere, or with bytes changed: a sentence or a report. Where bytes lie depends on the image, so that
        it goes on until each status has come."""
        data, dice = self.image.read_bytes(), random.Random(4)
        interesting = [range(52), range(52, 52 + 3 * 32), range(len(data) - 20000, len(data))]
        statuses = set()
        for attempt in range(3000):
            if attempt >= 150 and statuses == {0, 1, 2}:
                break
            damaged = bytearray(data)
            if dice.random() < 0.3:
                del damaged[dice.randrange(len(damaged)):]
            for _ in range(dice.randrange(1, 8)):
                place = dice.choice(dice.choice(interesting))
                if place < len(damaged):
                    damaged[place] = dice.choice((0, 0xFF, 0x7F, dice.randrange(256)))
            self.path.write_bytes(damaged)
            status, out, err = reports.call(self.path)
            statuses.add(status)
            self.assertIn(status, (0, 1, 2))
            self.assertEqual(len(err.splitlines()), 1 if status == 2 else 0, err)
            self.assertEqual(out == "", status == 2)
        self.assertEqual(statuses, {0, 1, 2})


class Make(unittest.TestCase):
    def make(self, *words):
        return subprocess.run(["make", "audit", *words, f"BUILD={BUILD}"], cwd=REPOSITORY, env=user.environment(),
                              capture_output=True, text=True, check=False)

    def test_image_and_map(self):
        image = recipes.CLEAN["clean_nano"].build(BUILD, "make_audit")
        done = self.make(f"IMAGE={image}", f"MAP={image.with_suffix('.map')}", "PYTHON=echo")
        self.assertEqual(done.stdout.strip(), f"port/host/audit.py {image} --map {image.with_suffix('.map')}")

    def test_status(self):
        done = self.make("BOARD=lm3s6965evb", "IMAGE=replay")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout.splitlines()[-1], "clean")
        self.assertNotEqual(self.make("BOARD=lm3s6965evb", "IMAGE=flag_linked_7").returncode, 0)
        self.assertIn("no such file", self.make("IMAGE=nix").stderr)


if __name__ == "__main__":
    unittest.main()
