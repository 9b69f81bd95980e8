# SPDX-License-Identifier: MIT
"""A simulated week on 64 KiB: nothing is lost and nothing creeps; a planted leak and planted fragmentation are red."""

import pathlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SOAK = REPOSITORY / "tests" / "soak"
sys.path.insert(0, str(SOAK))

import picture_soak
import soak
import trend

BUILD = pathlib.Path(os.environ.get("BUILD") or REPOSITORY / "build")
PROGRAM = BUILD / "host" / "soak" / "soak"
OBJECTS = BUILD / "host" / "soak"
COMPILE = ["gcc", "-std=gnu11", "-O2", "-fno-builtin", "-w", "-c"]
# What a freed block does where free memory lies before it, and what the walk says where it was not merged.
MERGE = ("space_give.h", "if ((marks & MAP_FIRST) != 0 && link_is_sound_before(heap, chunk)) {",
         "if (false) {")
WALK = ("check_parts.c", "if (space_is_free(heap, chunk + bytes)) {", "if (false) {")


def run(*words):
    return subprocess.run([sys.executable, str(SOAK / "soak.py"), "--build", str(BUILD), *words], capture_output=True,
                          text=True, check=False)


def mutant(folder, *changes):
    """The program with other pools: (file, text, its replacement) each."""
    pools = pathlib.Path(folder) / "pools"
    shutil.copytree(REPOSITORY / "pools", pools)
    for name, text, replacement in changes:
        source = (pools / name).read_text("utf-8")
        assert source.count(text) == 1, f"{name} has {source.count(text)} times: {text}"
        (pools / name).write_text(source.replace(text, replacement), "utf-8")
    subprocess.run([*COMPILE, *map(str, pools.glob("*.c"))], cwd=pools, check=True)
    others = [path for path in OBJECTS.rglob("*.o") if path.parent != OBJECTS / "pools"]
    program = pathlib.Path(folder) / "soak"
    subprocess.run(["gcc", *map(str, [*pools.glob("*.o"), *others]), "-o", str(program)], check=True)
    return program


class Week(unittest.TestCase):
    def test_nothing_is_lost_and_nothing_creeps(self):
        done = run()
        print(done.stdout)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertIn("6,048,000 operations", done.stdout)

    def test_a_leak_is_a_creep(self):
        done = run("--leak-runs", "4")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("a creep: largest request served, mean: -", done.stderr)
        self.assertIn("bytes are not free when nothing is live", done.stderr)

    def test_fragmentation_lets_requests_fail(self):
        """Free memory that is not merged: 64 KiB no longer do, though the walk is told to overlook it."""
        with tempfile.TemporaryDirectory() as folder:
            done = run("--program", str(mutant(folder, MERGE, WALK)))
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertRegex(done.stderr, r"soak.py: [\d,]+ requests failed")
        self.assertIn("bytes are not free when nothing is live", done.stderr)

    def test_fragmentation_is_found_by_the_walk(self):
        with tempfile.TemporaryDirectory() as folder:
            done = run("--program", str(mutant(folder, MERGE)))
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("or the arena is not sound", done.stderr)

    def test_the_board_lives_the_same_life(self):
        here = soak.live(PROGRAM, 3, 3, 20000)
        there = soak.live_on_board(BUILD, 3, 3, 20000)
        self.assertEqual(here.text, there.text)
        self.assertEqual(len(here.samples), 3)

    def test_no_program(self):
        done = run("--program", "nix")
        self.assertEqual((done.returncode, done.stderr), (1, "soak.py: nix: No such file or directory; `make host` builds it\n"))


class Trend(unittest.TestCase):
    def creeps(self, values, bad):
        return trend.creeps(trend.trend(trend.parts(values)), bad, soak.ARENA_BYTES)

    def noise(self, spread, drift, count=365):
        dice = random.Random(5)
        return [20000 + drift * i / count + dice.uniform(-spread, spread) for i in range(count)]

    def test_noise_is_none(self):
        self.assertFalse(self.creeps(self.noise(4000, 0), +1))
        self.assertFalse(self.creeps(self.noise(4000, 0), -1))

    def test_a_drift_is_one_into_the_bad_direction_only(self):
        self.assertTrue(self.creeps(self.noise(1000, 2000), +1))
        self.assertFalse(self.creeps(self.noise(1000, 2000), -1))
        self.assertTrue(self.creeps(self.noise(1000, -2000), -1))

    def test_a_few_bytes_do_not_matter(self):
        self.assertFalse(self.creeps(self.noise(1, 200), +1))
        self.assertTrue(self.creeps(self.noise(1, 300), +1))

    def test_coming_up_is_none(self):
        self.assertFalse(self.creeps([9000] * 15 + self.noise(1000, 0, 350), +1))

    def test_figures_that_never_change_are_none(self):
        self.assertFalse(self.creeps([7] * 100, +1))


class Picture(unittest.TestCase):
    def setUp(self):
        lines = (SOAK / "year.tsv").read_text("utf-8").splitlines()
        names = lines[0].split("\t")[1:]
        self.assertEqual(names, [series.name for series in trend.SERIES])
        self.year = [dict(zip(names, map(int, line.split("\t")[1:]))) for line in lines[1:]]

    def test_it_is_drawn_from_the_year(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "soak.svg"
            picture_soak.write(path, self.year, soak.ARENA_BYTES)
            self.assertEqual(path.read_text("utf-8"), (SOAK / "soak.svg").read_text("utf-8"))

    def test_the_year_is_of_this_allocator(self):
        """Its first days are what they are today; `make torture-soak REFRESH=1` lives it anew."""
        self.assertEqual(len(self.year), soak.YEAR_DAYS)
        self.assertEqual(soak.live(PROGRAM, 1, 3, soak.DAY_OPERATIONS).samples, self.year[:3])


if __name__ == "__main__":
    unittest.main()
