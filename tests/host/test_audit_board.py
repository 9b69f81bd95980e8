# SPDX-License-Identifier: MIT
# test-per-board
"""The audit after linking: the board's own images are clean, with and without their maps."""

import os
import pathlib
import subprocess
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD") or REPOSITORY / "build")
BOARD = os.environ.get("BOARD", "mps2-an386")
TOOL = REPOSITORY / "port" / "host" / "audit.py"
# One of each: all entry points, a harness with printf, assembly measured in place, a fixed arena.
IMAGES = ("whole_family", "replay", "ownership_float", "region_whole")


def audited(image, *words):
    return subprocess.run([sys.executable, TOOL, image, *words], capture_output=True, text=True, check=False)


class Clean(unittest.TestCase):
    def test_images(self):
        for libc in ("nano", "newlib", "picolibc"):
            folder = BUILD / f"{BOARD}-{libc}"
            present = [folder / f"{name}.elf" for name in IMAGES if (folder / f"{name}.elf").is_file()]
            self.assertGreater(len(present), 1)
            for image in present:
                with self.subTest(libc=libc, image=image.name):
                    words = ["--map", image.with_suffix(".map")] if image.name == "replay.elf" else []
                    done = audited(image, *words)
                    self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)

    def test_a_broken_flag_is_seen(self):
        done = audited(BUILD / f"{BOARD}-nano" / "flag_linked_7.elf")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("FINDING config word damaged", done.stdout)


if __name__ == "__main__":
    unittest.main()
