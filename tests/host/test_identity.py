#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Under flag 0 an image with the port behaves as one without it, to the last pointer.

Each program of tests/identity is linked twice, with the port and with the C library alone, their heaps at
one address. Runs on mps2-an386, with every C library.
"""

import os
import re
import subprocess
import sys
import unittest

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(REPOSITORY, "board", "host"))

import boards  # noqa: E402

BOARD = "mps2-an386"
OPERATION_COUNT = 100_000
HASH = re.compile(r"^[0-9a-f]{16}$")
HASH_EVERY = 100
CASES = (
    "double_free double_free_after_another interior one_past_the_end misaligned static_storage "
    "static_storage_of_zeros realloc_of_a_freed_block realloc_to_nothing realloc_to_int_max "
    "malloc_huge calloc_that_wraps memalign_to_no_power_of_two memalign_that_wraps"
).split()
HANG_SECONDS = 2
# newlib follows words outside its heap here, and what lies there differs from image to image.
WILD = {"newlib": {"one_past_the_end", "misaligned", "static_storage"}, "nano": set(),
        "picolibc": set()}


def symbol(image, name):
    listing = subprocess.run(
        ["arm-none-eabi-nm", image], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    return int(re.search(rf"^([0-9a-f]+) . {name}$", listing, re.MULTILINE).group(1), 16)


def outcome(libc, image, words=(), timeout_seconds=60):
    """What a person sees of a run: its output, and how it ended."""
    run = boards.run(
        BOARD,
        boards.image_path(BOARD, libc, image),
        words,
        timeout_seconds=timeout_seconds,
    )
    # Where code lies differs between the two images; that a fault came, and which, must not.
    output = re.sub(r"(FAULT \w+( fault)?).*", r"\1", run.output)
    return output, "hang" if run.status is None else run.status


class Identity:
    """The tests, for each libc."""

    libc = ""

    def test_heaps_start_at_one_address(self):
        ours = boards.image_path(BOARD, self.libc, "identity_mix")
        stock = boards.image_path(BOARD, self.libc, "stock_mix")
        self.assertEqual(symbol(stock, "__stock_heap_start"), symbol(ours, "__heap_start"))
        self.assertLessEqual(symbol(stock, "__heap_start"), symbol(ours, "__heap_start"))
        self.assertEqual(symbol(stock, "__heap_end"), symbol(ours, "__heap_end"))

    def test_pointers_of_100000_operations(self):
        self.compare_mix("mix")

    def test_pointers_of_100000_operations_beside_a_heap(self):
        self.compare_mix("heaps")

    def test_first_pointers(self):
        """Before main and in it, of requests of odd sizes, also where a ledger notes them."""
        for program in ("first", "noted"):
            with self.subTest(program):
                stock = outcome(self.libc, f"stock_{program}")
                ours = outcome(self.libc, f"identity_{program}", ["use_main_obmalloc=0"])
                self.assertEqual(ours, stock)
                self.assertEqual((len(ours[0].split()), ours[1]), (10, 0))

    def compare_mix(self, program):
        stock, stock_status = outcome(self.libc, f"stock_{program}")
        ours, status = outcome(self.libc, f"identity_{program}", ["use_main_obmalloc=0"])
        self.assertEqual((status, stock_status), (0, 0))
        lines = ours.splitlines()
        scan = dict(line.split()[1:3] for line in lines if line.startswith("scan "))
        lines = [line for line in lines if not line.startswith("scan ")]
        for number, (one, other) in enumerate(zip(lines, stock.splitlines())):
            self.assertEqual(one, other, f"first difference in line {number}")
        self.assertEqual(len(lines), len(stock.splitlines()))
        hashes = [line for line in lines if HASH.match(line)]
        self.assertEqual(len(hashes), OPERATION_COUNT // HASH_EVERY)
        self.assertEqual(len(set(hashes)), len(hashes))
        self.assertEqual(scan["flag"], "00000000")
        unused_bytes = int(scan["arena_bytes_unused_by_libc"], 16)
        self.assertGreater(unused_bytes, 10_000)
        self.assertLess(unused_bytes, int(scan["arena_bytes"], 16), "libc's heap stayed outside")
        self.assertEqual(int(scan["written"], 16), 0, "the port wrote into the arena")

    def test_flag_1_differs(self):
        """The comparison can fail: the same image under flag 1 hands out other pointers."""
        stock, _ = outcome(self.libc, "stock_mix")
        ours, status = outcome(self.libc, "identity_mix", ["use_main_obmalloc=1"])
        self.assertEqual(status, 0)
        hashes = [[line for line in text.splitlines() if HASH.match(line)] for text in (ours, stock)]
        self.assertEqual(len(hashes[0]), len(hashes[1]))
        self.assertFalse(set(hashes[0]) & set(hashes[1]))
        written = re.search(r"^scan written ([0-9a-f]{8})$", ours, re.MULTILINE).group(1)
        self.assertGreater(int(written, 16), 0)

    def test_misuse(self):
        for index, name in enumerate(CASES):
            if name in WILD[self.libc]:
                continue
            with self.subTest(name):
                word = f"case={index}"
                stock = outcome(self.libc, "stock_misuse", [word], HANG_SECONDS)
                ours = outcome(
                    self.libc, "identity_misuse", [word, "use_main_obmalloc=0"], HANG_SECONDS
                )
                self.assertEqual(ours, stock)
                self.assertGreaterEqual(len(stock[0].splitlines()), 8)

    def test_misuse_knows_no_further_case(self):
        word = f"case={len(CASES)}"
        self.assertEqual(outcome(self.libc, "identity_misuse", [word])[1], 2)


class Newlib(Identity, unittest.TestCase):
    libc = "newlib"


class Nano(Identity, unittest.TestCase):
    libc = "nano"


class Picolibc(Identity, unittest.TestCase):
    libc = "picolibc"


if __name__ == "__main__":
    unittest.main()
