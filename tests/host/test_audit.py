# SPDX-License-Identifier: MIT
# test-boards: lm3s6965evb
"""make audit: each broken image is caught with its sentence, and the others are clean."""

import concurrent.futures
import json
import os
import pathlib
import re
import struct
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / name) for name in ("tests/audit", "port/host")]

import audit
import config_word
import recipes
import reports
from auditing import findings

BUILD = pathlib.Path(os.environ.get("BUILD") or REPOSITORY / "build")


class Images(unittest.TestCase):
    """All recipes, built once."""

    @classmethod
    def setUpClass(cls):
        wanted = {**{name: broken[0] for name, broken in recipes.BROKEN.items()}, **recipes.CLEAN, **recipes.STOCK}
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            built = pool.map(lambda pair: pair[1].build(BUILD, pair[0]), wanted.items())
            cls.images = dict(zip(wanted, built))

    def assert_found(self, expected, image, *words):
        status, text, complaints = reports.call(image, *words)
        self.assertEqual((status, complaints), (1 if expected else 0, ""), text)
        kinds = reports.findings(text)
        self.assertEqual(sorted(kinds), sorted(expected), text)
        for kind, parts in expected.items():
            for part in parts:
                self.assertIn(part, " ".join(kinds[kind]))
        count = sum(map(len, kinds.values()))
        last = text.splitlines()[-1]
        self.assertRegex(last, rf"^{count} findings?$" if expected else "^clean")

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
                self.assertIn(f", {libc}, ", reports.call(self.images[name])[1].splitlines()[0])

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
                self.assertIn(f"use_main_obmalloc = {flag}, at 0x0000", reports.call(image)[1])

    def test_stripped(self):
        with tempfile.TemporaryDirectory() as folder:
            image = pathlib.Path(folder) / "firmware.elf"
            recipes.run("arm-none-eabi-strip", self.images["clean_nano"], "-o", image)
            status, text, _ = reports.call(image)
            self.assertEqual(status, 0)
            self.assertIn("stripped: which code malloc and its kin reach", reports.one_line(text))
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
            status, text, _ = reports.call(image)
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


    def test_json(self):
        image = self.images["kernel_heap"]
        status, text, _ = reports.call(image, "--json")
        self.assertEqual(status, 1)
        told = json.loads(text)
        self.assertEqual({finding["kind"]: [finding["sentence"]] for finding in told["findings"]},
                         reports.findings(reports.call(image)[1]))
        self.assertEqual(sum(told["ram"].values()), 64 << 10)
        self.assertEqual(told["entries"]["malloc"]["homes"], ["obmalloc"])


if __name__ == "__main__":
    unittest.main()
