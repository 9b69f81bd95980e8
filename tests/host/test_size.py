# SPDX-License-Identifier: MIT
# test-boards: microbit
"""make size: its sums against arm-none-eabi-size and the budgets, its tables, and what it refuses."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / name) for name in ("tests/budget", "tests/harness", "port/host")]

import image_size
import size as budget_size
import user

BUILD = pathlib.Path(os.environ.get("BUILD") or REPOSITORY / "build")
PLAIN = BUILD / budget_size.FOLDER / "plain.elf"
TOOL = REPOSITORY / "port" / "host" / "image_size.py"


def make(*words):
    return subprocess.run(["make", "size", f"BUILD={BUILD}", *words], cwd=REPOSITORY, env=user.environment(),
                          capture_output=True, text=True, check=False)


class Sums(unittest.TestCase):
    def test_all_of_it(self):
        """Berkeley's text counts all that is read-only, as here; the arena is bss to it."""
        for name in ("replay", "whole_family"):
            image = image_size.Image(BUILD / "microbit-nano" / f"{name}.elf")
            words = subprocess.run(["arm-none-eabi-size", image.path], check=True, capture_output=True,
                                   text=True).stdout.splitlines()[1].split()
            arena = sum(section.size for section in image.firmware.sections if section.name == ".obmalloc_arena")
            totals = image.totals()
            # Constructors' lists are data to it, and lie in the flash.
            lists = sum(section.size for section in image.firmware.sections if section.name.endswith("_array"))
            self.assertEqual((totals["text"], totals["data"], totals["bss"] + arena),
                             (int(words[0]) + lists, int(words[1]) - lists, int(words[2])))

    def test_owners_add_up(self):
        image = image_size.Image(PLAIN)
        owners = image.by_object()
        for kind in image_size.KINDS:
            self.assertEqual(sum(counts[kind] for objects in owners.values() for counts in objects.values()),
                             image.totals()[kind])

    def test_obmalloc_is_what_the_budget_counts(self):
        image = image_size.Image(PLAIN)
        ours = image_size.summed(image.by_object()[image_size.OURS])
        budget = budget_size.sizes(BUILD)
        self.assertEqual(ours["text"], budget["bytes_text"])
        self.assertEqual(ours["data"] + ours["bss"], budget["bytes_static_ram"])


class Tables(unittest.TestCase):
    def test_one_board(self):
        done = make("BOARD=microbit")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        image = image_size.Image(BUILD / "microbit-nano" / "entry_points.elf")
        for name in ("malloc", "posix_memalign", "_memalign_r"):
            depth = image.depths()[name][0].bytes
            self.assertRegex(done.stdout, rf"(?m)^{name} +{depth:,} ")
        self.assertRegex(done.stdout, r"(?m)^  boot\.o +\d+")
        self.assertNotIn("not counted", done.stdout)
        # The compiler's word on boot.c, whose functions are in the image.
        said = (BUILD / "microbit-nano" / "obmalloc" / "port" / "boot.su").read_text("utf-8").splitlines()
        most = max(int(line.split("\t")[1]) for line in said)
        self.assertRegex(done.stdout, rf"(?m)^  boot\.o( +[\d,]+){{3}} +{most}$")
        self.assertLess(max(map(len, done.stdout.splitlines())), 130)

    def test_a_file(self):
        done = make(f"IMAGE={PLAIN}")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        total = image_size.Image(PLAIN).totals()["text"]
        self.assertRegex(done.stdout, rf"(?m)^all +{total:,} ")

    def test_several(self):
        done = subprocess.run([sys.executable, TOOL, PLAIN, BUILD / "microbit-nano" / "replay.elf"],
                              capture_output=True, text=True, check=True)
        rows = done.stdout.splitlines()[2:]
        self.assertEqual([row.split()[0] for row in rows], ["microbit-nano", "microbit-nano"])
        self.assertTrue(all(len(re.findall(r" [\d,]+", row)) == 10 for row in rows), done.stdout)

    def test_refusals(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "firmware.elf"
            path.write_bytes(PLAIN.read_bytes())
            for part in ("firmware.map: No such file", "is no map of a link", "is the map of another image"):
                done = subprocess.run([sys.executable, TOOL, path], capture_output=True, text=True, check=False)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertEqual(len(done.stderr.splitlines()), 1)
                self.assertIn(part, done.stderr)
                other = BUILD / "microbit-nano" / "replay.map"
                path.with_suffix(".map").write_text("no map" if "No such" in part else other.read_text())


if __name__ == "__main__":
    unittest.main()
