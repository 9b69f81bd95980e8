# SPDX-License-Identifier: MIT
# test-boards: microbit mps2-an386 mps2-an505
"""An interrupt at every instruction: the short form of `make torture-interrupts`."""

import os
import pathlib
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests" / "lock"), str(REPOSITORY / "board" / "host")]

import coverage
import mutants

BOARD = os.environ.get("BOARD", "mps2-an386")
# A policy each, and what else is swept with it: nested interrupts in some paths, states from seeds.
NESTED_PATHS = ("realloc, moves",)
SWEEPS = {
    "microbit": {"primask": [()]},
    "mps2-an386": {"primask": [(), ("seed=1", "seeds=8")], "hooks": [()]},
    "mps2-an505": {"basepri": [(), ("urgent=1", "seed=1", "seeds=8")]},
}
NESTED = {"microbit": ("primask", 1), "mps2-an386": ("hooks", 2), "mps2-an505": ("basepri", 4)}
UNLOCKED_PATHS_MIN = 50


class EveryInstruction(unittest.TestCase):
    def hold(self, lock, words):
        found = coverage.measure(BOARD, coverage.image_of(BOARD, lock), words)
        print(f"note {lock} {' '.join(words)}: {found.summary()}")
        self.assertEqual(found.errors, [])
        self.assertEqual(found.executed, found.hit | found.held_off)
        return found

    def test_is_hit_or_held_off(self):
        for lock, all_words in SWEEPS[BOARD].items():
            for words in all_words:
                with self.subTest(lock, words=words):
                    found = self.hold(lock, words)
                    self.assertGreater(len(found.hit), 100)
                    self.assertEqual(bool(found.held_off), "urgent=1" not in words)

    def test_nested(self):
        lock, places = NESTED[BOARD]
        image = coverage.image_of(BOARD, lock)
        numbers = {name: number for (number, _), name in coverage.names(BOARD, image).items()}
        for name in NESTED_PATHS:
            with self.subTest(name):
                self.hold(lock, (f"path={numbers[name]}", f"nested={places}"))


class Measure(unittest.TestCase):
    """The measure itself: what it says of a sweep that has a hole, or a lock that lets interrupts through."""

    def setUp(self):
        if BOARD != "mps2-an386":
            self.skipTest("one board is enough")
        self.image = coverage.image_of(BOARD, "primask")
        self.words = ("path=1",)
        self.window, self.end = coverage.executed(BOARD, self.image, self.words)[(1, 0)]
        (self.sweep,) = coverage.sweeps(coverage.run(BOARD, self.image, self.words), "sweep")
        off = coverage.are_off(self.window, self.image.masks)
        self.offset = coverage.Coverage(self.image, self.image.masks).find_offset(self.window, off, self.sweep.hits)

    def errors(self, masks=None):
        found = coverage.Coverage(self.image, self.image.masks if masks is None else masks)
        found.offset = self.offset
        found.add(self.sweep, self.window, self.end)
        return found.errors

    def test_whole(self):
        self.assertEqual(self.errors(), [])

    def test_instruction_left_out(self):
        left_out = self.sweep.hits[10]
        del self.sweep.hits[10]
        self.assertTrue(any(f"(0x{left_out:x})" in error for error in self.errors()))

    def test_end_not_reached(self):
        del self.sweep.hits[-12:]
        (error,) = self.errors()
        self.assertRegex(error, r"no interrupt at \d+ of \d+ instructions: .*\+\d+ \(0x")

    def test_held_off_longer_than_the_lock(self):
        late = max(i for i, hit in enumerate(self.sweep.hits) if hit == max(self.sweep.hits, key=self.sweep.hits.count))
        self.sweep.hits[late] = self.sweep.hits[late + 1]
        self.assertIn("it came at", self.errors()[0])

    def test_lock_that_is_none(self):
        self.assertNotEqual(self.errors(masks={}), [])


class WithoutLock(unittest.TestCase):
    """Each path is damaged but those in which nothing can be."""

    def test_is_damaged(self):
        if BOARD != "mps2-an386":
            self.skipTest("one board is enough; make torture-interrupts has all")
        found = mutants.unlocked(BOARD)
        self.assertGreaterEqual(len(found), UNLOCKED_PATHS_MIN)
        self.assertEqual({name for name, sentence in found.items() if sentence is None}, mutants.UNHARMED)


if __name__ == "__main__":
    unittest.main()
