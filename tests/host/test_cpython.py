# SPDX-License-Identifier: MIT
# test-boards: microbit mps2-an386
"""What a user of CPython's debug hooks sees on the console, and the hooks with serial numbers."""

import os
import pathlib
import re
import subprocess
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "board" / "host"))

import boards

BOARD = os.environ["BOARD"]
SOURCE = REPOSITORY / "tests" / "cpython" / "overflow.c"
# abort() raises SIGABRT.
ABORTED = 128 + 6
DUMP = r"""Debug memory block at address p=0x[0-9a-f]+: API 'm'
    20 bytes originally requested
    The 3 pad bytes at p-3 are FORBIDDENBYTE, as expected\.
    The 4 pad bytes at tail=0x[0-9a-f]+ are not all FORBIDDENBYTE \(0xfd\):
        at tail\+0: 0x73 \*\*\* OUCH
        at tail\+1: 0xfd
        at tail\+2: 0xfd
        at tail\+3: 0xfd
    Data at p: 74 77 65 6e 74 79 2d 6f \.\.\. 68 61 72 61 63 74 65 72

Fatal Python error: _PyMem_DebugRawFree: bad trailing pad byte
Python runtime state: initialized

Called from (0x[0-9a-f]{8})
"""


def image(libc, name):
    return boards.image_path(BOARD, libc, name, os.environ["BUILD"])


def run(path, *words):
    return subprocess.run(boards.qemu_command(BOARD, path, words), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, check=False)


class Console(unittest.TestCase):
    def test_overflow_is_found_under_every_debug_name(self):
        line = next(number for number, text in enumerate(SOURCE.read_text("utf-8").splitlines(), 1)
                    if "here it is found" in text)
        for libc in ("nano", "newlib", "picolibc"):
            for name in ("debug", "malloc_debug", "pymalloc_debug"):
                with self.subTest(libc=libc, name=name):
                    path = image(libc, "overflow")
                    done = run(path, f"PYTHONMALLOC={name}")
                    self.assertEqual(done.returncode, ABORTED, done.stdout + done.stderr)
                    found = re.search(DUMP, done.stdout + done.stderr)
                    self.assertIsNotNone(found, done.stdout + done.stderr)
                    # A return address: the call is before it.
                    address = hex((int(found.group(1), 16) & ~1) - 2)
                    place = subprocess.run(["arm-none-eabi-addr2line", "-e", path, address],
                                           capture_output=True, text=True, check=True).stdout
                    self.assertRegex(place, rf"overflow\.c:{line}\b")

    def test_without_hooks_nobody_looks(self):
        for words, wanted in ((("use_main_obmalloc=1",), "Small block threshold = 512"),
                              (("PYTHONMALLOC=default",), "Small block threshold = 512"),
                              (("PYTHONMALLOC=malloc",), "")):
            with self.subTest(words):
                done = run(image("nano", "overflow"), *words)
                self.assertEqual(done.returncode, 0, done.stdout)
                self.assertTrue(done.stdout.startswith(wanted) and bool(done.stdout) == bool(wanted))

    def test_unknown_name_has_a_sentence(self):
        done = run(image("nano", "overflow"), "PYTHONMALLOC=dlmalloc")
        self.assertEqual((done.returncode, done.stdout),
                         (1, "Py_InitializeFromConfig: PYTHONMALLOC: unknown allocator\n"))

    def test_serial_numbers(self):
        done = run(image("nano", "serial"))
        self.assertEqual((done.returncode, done.stdout), (0, "ok calls_are_numbered\ndone\n"))


if __name__ == "__main__":
    unittest.main()
