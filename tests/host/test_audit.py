# SPDX-License-Identifier: MIT
# test-boards: lm3s6965evb
"""make audit: each broken image is caught with its sentence, the others are clean, and bad input gets one line."""

import concurrent.futures
import contextlib
import io
import json
import os
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / name) for name in ("tests/audit", "tests/harness", "port/host")]

import audit
import config_word
import recipes
import user
from auditing import findings

BUILD = pathlib.Path(os.environ.get("BUILD") or REPOSITORY / "build")
TOOL = REPOSITORY / "port" / "host" / "audit.py"


def call(*words):
    """(exit status, what is printed, what goes to stderr) of the tool, called in this process."""
    out, err = io.StringIO(), io.StringIO()
    with mock.patch.object(sys, "argv", ["audit.py", *map(str, words)]), contextlib.redirect_stdout(out), \
            contextlib.redirect_stderr(err):
        try:
            audit.main()
            status = None
        except SystemExit as end:
            status = end.code
    return status, out.getvalue(), err.getvalue()


def one_line(text):
    return re.sub(r"\s+", " ", text)


class Images(unittest.TestCase):
    """All recipes, built once."""

    @classmethod
    def setUpClass(cls):
        wanted = {**{name: broken[0] for name, broken in recipes.BROKEN.items()}, **recipes.CLEAN, **recipes.STOCK}
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            built = pool.map(lambda pair: pair[1].build(BUILD, pair[0]), wanted.items())
            cls.images = dict(zip(wanted, built))

    def found(self, image, *words):
        """{kind: [sentences]} of an image, and the whole text."""
        status, text, complaints = call(image, "--json", *words)
        self.assertEqual(complaints, "")
        listed = json.loads(text)["findings"]
        self.assertEqual(status, 1 if listed else 0)
        kinds = {}
        for finding in listed:
            kinds.setdefault(finding["kind"], []).append(finding["sentence"])
        return kinds

    def assert_found(self, expected, image, *words):
        kinds = self.found(image, *words)
        self.assertEqual(sorted(kinds), sorted(expected), kinds)
        for kind, parts in expected.items():
            for part in parts:
                self.assertIn(part, " ".join(kinds[kind]))
        status, text, _ = call(image, *words)
        self.assertEqual(status, 1 if expected else 0)
        for kind, sentences in kinds.items():
            for sentence in sentences:
                self.assertIn(f"FINDING {kind}: {sentence}", one_line(text))
        self.assertIn("clean" if not expected else "finding", text.splitlines()[-1])

    def test_broken(self):
        for name, (_, expected) in recipes.BROKEN.items():
            with self.subTest(name):
                image = self.images[name]
                words = ["--map", image.with_suffix(".map")] if name in recipes.WITH_MAP else []
                self.assert_found(expected, image, *words)

    def test_broken_with_the_map(self):
        """The map tells owners by their archives; the same is found."""
        for name, (_, expected) in recipes.BROKEN.items():
            with self.subTest(name):
                image = self.images[name]
                if name == "passed_over_cxx":
                    expected = {"archive passed over": ["obmalloc is not in this image, though ", "libobmalloc.a was on "
                                                        "the link line", "-Wl,-u,malloc"]}
                self.assert_found(expected, image, "--map", image.with_suffix(".map"))

    def test_clean(self):
        for name in recipes.CLEAN:
            for words in ([], ["--map", self.images[name].with_suffix(".map")]):
                with self.subTest(name, words=words):
                    self.assert_found({}, self.images[name], *words)

    def test_stock(self):
        for name, recipe in recipes.STOCK.items():
            with self.subTest(name):
                self.assert_found({"obmalloc is absent": ["obmalloc is not in this image: malloc at 0x"]},
                                  self.images[name])
                libc = {"nano": "newlib-nano"}.get(recipe.libc, recipe.libc)
                self.assertIn(f", {libc}, ", call(self.images[name])[1].splitlines()[0])

    def test_every_kind_of_finding_is_among_them(self):
        text = pathlib.Path(findings.__file__).read_text(encoding="utf-8")
        kinds = set(re.findall(r'Finding\(\s*"([^"]+)"', text))
        expected = {kind for _, kinds in recipes.BROKEN.values() for kind in kinds}
        # What test_config_word makes of a clean image.
        self.assertEqual(kinds - expected, {"config word missing"})
        self.assertGreater(len(kinds), 15)

    def test_config_word(self):
        clean = self.images["clean_nano"].read_bytes()
        start = clean.index(config_word.MAGIC)
        with tempfile.TemporaryDirectory() as folder:
            image = pathlib.Path(folder) / "firmware.elf"
            for offset, part in ((0, "its magic is "), (12, "its flag is 0x"), (16, "its checksum is 0x")):
                damaged = bytearray(clean)
                damaged[start + offset] ^= 0x40
                image.write_bytes(damaged)
                self.assert_found({"config word damaged": [part, "it counts as 0"]}, image)
            recipes.run("arm-none-eabi-objcopy", "--remove-section=.obmalloc_config", self.images["clean_nano"], image)
            self.assert_found({"config word missing": ["section .obmalloc_config"]}, image)
            for flag in (0, 1):
                image.write_bytes(clean[:start] + config_word.word_of(flag) + clean[start + 20:])
                self.assertIn(f"use_main_obmalloc = {flag}, at 0x0000", call(image)[1])

    def test_stripped(self):
        with tempfile.TemporaryDirectory() as folder:
            image = pathlib.Path(folder) / "firmware.elf"
            recipes.run("arm-none-eabi-strip", self.images["clean_nano"], "-o", image)
            status, text, _ = call(image)
            self.assertEqual(status, 0)
            self.assertIn("stripped: which code malloc and its kin reach", one_line(text))
            self.assertIn("use_main_obmalloc = 1, at 0x0000", text)
            self.assertTrue(text.endswith("clean, as far as a stripped image can tell\n"))
            recipes.run("arm-none-eabi-strip", self.images["arena_misaligned"], "-o", image)
            self.assert_found({"arena misaligned": []}, image)
            recipes.run("arm-none-eabi-strip", self.images["stock_nano"], "-o", image)
            self.assert_found({"obmalloc is absent": ["it holds no config word"]}, image)
            # Without section headers too.
            data = bytearray(self.images["clean_nano"].read_bytes())
            struct.pack_into("<I", data, 32, 0)
            struct.pack_into("<HHH", data, 46, 0, 0, 0)
            image.write_bytes(data)
            status, text, _ = call(image)
            self.assertEqual(status, 0, text)
            self.assertIn("use_main_obmalloc = 1, at 0x0000", text)

    def test_parts_of_the_ram_add_up(self):
        for name, image in self.images.items():
            with self.subTest(name):
                subject = audit.subject_of(image)
                start, end = subject.memory.ram
                pieces = subject.memory.pieces()
                self.assertEqual((pieces[0].start, pieces[-1].end), (start, end))
                self.assertEqual([piece.end for piece in pieces[:-1]], [piece.start for piece in pieces[1:]])

    def test_budget_of_one(self):
        """Against the symbols that the linker script sets."""
        image = self.images["clean_nano"]
        subject = audit.subject_of(image, image.with_suffix(".map"))
        listing = recipes.run("arm-none-eabi-nm", image)
        values = {name: int(value, 16) for value, name in re.findall(r"^(\w+) \w (\w+)$", listing, re.MULTILINE)}
        sums = audit.report.sums(subject)
        self.assertEqual(sums["data"], values["_edata"] - values["_sdata"])
        self.assertEqual(sums["bss"], values["_ebss"] - values["_sbss"])
        self.assertEqual(sums["arena"], values["__obmalloc_arena_end"] - values["__obmalloc_arena_start"])
        self.assertEqual(sums["libc heap"], values["__obmalloc_arena_start"] - values["__heap_start"])
        self.assertEqual(sums["stack reserve"], values["_estack"] - values["__heap_end"])
        self.assertEqual(sum(sums.values()), 64 << 10)


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
        """Cut off anywhere, or with bytes changed: a sentence or a report."""
        data, dice = self.image.read_bytes(), random.Random(4)
        interesting = [range(52), range(52, 52 + 3 * 32), range(len(data) - 20000, len(data))]
        statuses = set()
        for _ in range(150):
            damaged = bytearray(data)
            if dice.random() < 0.3:
                del damaged[dice.randrange(len(damaged)):]
            for _ in range(dice.randrange(1, 8)):
                place = dice.choice(dice.choice(interesting))
                if place < len(damaged):
                    damaged[place] = dice.choice((0, 0xFF, 0x7F, dice.randrange(256)))
            self.path.write_bytes(damaged)
            status, out, err = call(self.path)
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
