# SPDX-License-Identifier: MIT
# test-per-board
"""Traces replayed on a board: every block's contents hold under both flags, and damage is noticed."""

import os
import pathlib
import random
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "replay"))

import measure
from measure import ReplayError, boards
import trace_binary
from trace_text import ALIGNED, CALLOC, FREE, MALLOC, REALLOC, Operation, SlotStates, Trace

BOARD = os.environ.get("BOARD", "mps2-an386")
RECORDED = ("mosq_sub", "cxx_aligned", "expat_soap")
# A board that has this many times a trace's peak must not fail a request: the room is split
# between arena and libc, and neither packs without gaps.
ENOUGH_RAM = 3


def mixed_trace():
    """All kinds of operations, little enough live for 8 KiB boards, where newlib, which asks for
    RAM in steps of 4 KiB, gets its first KiB only."""
    generator = random.Random(20)
    states, operations, live = SlotStates(), [], set()

    def do(*fields):
        operation = Operation(*fields)
        states.apply(operation)
        operations.append(operation)

    for _ in range(2000):
        slot = generator.randrange(12)
        size_bytes = generator.choice((0, 1, 8, generator.randrange(64), generator.randrange(64)))
        if slot not in live:
            kind = generator.choice((MALLOC, MALLOC, CALLOC, ALIGNED))
            do(kind, slot, size_bytes, 16 if kind == ALIGNED else 0)
            live.add(slot)
        elif generator.random() < 0.3:
            do(REALLOC, slot, max(1, size_bytes))
        else:
            do(FREE, slot)
            live.discard(slot)
    do(MALLOC, 20, 520)
    return Trace("mixed", operations, states.slot_count, states.peak_live_bytes)


class Replay:
    """The tests, for each libc."""

    libc = ""

    def setUp(self):
        skips = boards.Board(BOARD).skips()
        reason = skips.get(("replay", None)) or skips.get(("replay", self.libc))
        if reason:
            self.skipTest(reason)
        self.elf = boards.image_path(BOARD, self.libc, "replay")
        self.mixed = mixed_trace()

    def replay(self, trace, flag, *words):
        return measure.replay(BOARD, self.elf, trace_binary.encode(trace), flag, words)

    def check_complete(self, report, trace):
        """Nothing failed, and all that the trace wanted was done."""
        self.assertTrue(report["sound"], report)
        self.assertEqual((report["failures"], report["skipped"]), (0, 0))
        self.assertEqual(report["operations"], len(trace.operations))
        self.assertEqual(report["peak_live_bytes"], trace.peak_live_bytes)
        if report["has_tick"]:
            self.assertEqual(len(report["calls"]), len(trace.operations))
            figures = measure.kind_figures(report, trace)
            for kind, key in ((MALLOC, "malloc"), (FREE, "free"), (REALLOC, "realloc")):
                calls = sum(operation.kind == kind for operation in trace.operations)
                self.assertEqual(figures.get(f"{key}_calls", 0), calls)
                self.assertGreaterEqual(figures.get(f"{key}_instructions", 0), 5 * calls)

    def test_mixed_flag_1(self):
        report = self.replay(self.mixed, 1)
        self.check_complete(report, self.mixed)
        self.assertGreater(report["arena_blocks"], report["libc_blocks"])
        self.assertGreater(report["arena_high_water_bytes"], self.mixed.peak_live_bytes // 2)

    def test_mixed_flag_0(self):
        report = self.replay(self.mixed, 0)
        self.check_complete(report, self.mixed)
        self.assertEqual((report["arena_blocks"], report["arena_bytes"]), (0, 0))
        self.assertGreaterEqual(report["libc_high_water_bytes"], self.mixed.peak_live_bytes)

    def test_recorded(self):
        for name in RECORDED:
            _, trace = measure.load_trace(name)
            for flag in (1, 0):
                with self.subTest(trace=name, flag=flag):
                    try:
                        report = self.replay(trace, flag)
                    except ReplayError as error:
                        self.assertIn("more slots than this board has RAM for", str(error))
                        self.assertGreater(trace.slot_count, 100)
                        continue
                    if report["region_bytes"] >= ENOUGH_RAM * trace.peak_live_bytes:
                        self.check_complete(report, trace)
                    else:
                        self.assertTrue(report["sound"], report)

    def test_same_figures_in_every_run(self):
        self.assertEqual(self.replay(self.mixed, 1), self.replay(self.mixed, 1))

    def test_damage_is_noticed(self):
        for flag in (1, 0):
            for operation in (50, 1999):
                with self.subTest(flag=flag, operation=operation):
                    report = self.replay(self.mixed, flag, f"corrupt={operation}")
                    self.assertEqual(report["damaged"], 1)
                    self.assertFalse(report["sound"])
                    self.assertGreaterEqual(report["mismatches"], 1)
                    self.assertGreaterEqual(report["mismatch_operation"], operation)
                    self.assertIn("contents differ", measure.mismatch_sentence(report))

    def assert_refused(self, data, part):
        with self.assertRaises(ReplayError) as caught:
            measure.replay(BOARD, self.elf, data, 1)
        self.assertIn(part, str(caught.exception))

    def test_bad_files(self):
        data = trace_binary.encode(self.mixed)
        damaged = bytearray(data)
        damaged[-1] ^= 1
        self.assert_refused(bytes(damaged), "the trace's operations are damaged")
        self.assert_refused(data[:-1], "the trace is cut off")
        self.assert_refused(data[:20], "the trace is cut off")
        self.assert_refused(b"", "the trace is cut off")
        self.assert_refused(bytes(64), "the file is not a binary trace")
        self.assert_refused(data[:4] + b"\x02" + data[5:], "unknown format version")
        self.assert_refused(data[:12] + b"\xff" + data[13:], "the trace's header is damaged")

    def test_too_many_slots(self):
        trace = Trace("", [Operation(MALLOC, (1 << 20) - 1, 8)], 1 << 20, 8)
        self.assert_refused(trace_binary.encode(trace), "more slots than this board has RAM for")


class Nano(Replay, unittest.TestCase):
    libc = "nano"


class Newlib(Replay, unittest.TestCase):
    libc = "newlib"


if __name__ == "__main__":
    unittest.main()
