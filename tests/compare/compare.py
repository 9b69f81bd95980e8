#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Replays a trace with either flag and says on one page which one is right for it, and why.

RAM is the smallest dynamic region in which every request succeeds; instructions are counted in a region of
twice the peak. The first call, which reads the flag and opens the arena, counts in neither worst case.
"""

import argparse
import pathlib
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests" / folder) for folder in ("bench", "replay", "tune")]

import measure  # finds the traces' modules for the others
import outputs
import picture
import search
import subject
import tables
import trace_binary
import verdict
from arena import Shape
from figures import ALL, costs
from progress import Progress
from trial import BenchError, Trial, round_up
from tuner import Tuner

LABELS = {"nano": "newlib-nano", "newlib": "newlib", "picolibc": "picolibc"}
SAMPLE_COUNT = 60
SHOWN_SAMPLES = 10


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trace", required=True, help="name in tests/traces, or a file in either form")
    parser.add_argument("--name", help="what to call the program")
    parser.add_argument("--build", default="build", help="build directory")
    parser.add_argument("--board", default="mps2-an386")
    parser.add_argument("--libc", default="nano", choices=LABELS)
    parser.add_argument("--output", type=pathlib.Path, required=True, help="folder to write to")
    return parser.parse_args()


class Side:
    """One flag: its subject, the shape of its region, and what was measured in it."""

    def __init__(self, arguments, name, trace, one, shape):
        self.flag = one.flag
        self.shape = shape  # None: does not fit the board
        self.title = f"pools + {LABELS[arguments.libc]}" if one.fixed_arena else \
            "pools" if one.flag else LABELS[arguments.libc]
        self.costs, self.samples, self.held_over_live = {}, [], None
        self.board_failures = self.linked_failures(arguments, one, trace)
        if shape is not None:
            self.measure(Trial(arguments.board, one, name, trace), trace, shape)

    @staticmethod
    def linked_failures(arguments, one, trace):
        """Requests that fail in the board's own region and arena."""
        return measure.replay(arguments.board, one.elf, trace_binary.encode(trace), one.flag,
                              icount=False)["failures"]

    def measure(self, trial, trace, shape):
        region_bytes = min(trial.largest_bytes,
                           max(shape.region_bytes, round_up(2 * trace.peak_live_bytes)))
        arena_bytes = shape.arena_bytes * region_bytes // shape.region_bytes // 8 * 8
        report = trial.run(region_bytes, arena_bytes, icount=True)
        if report["failures"]:
            raise BenchError(f"{trial.name} fails in {region_bytes} bytes, though not in {shape.region_bytes}")
        if report["has_tick"]:
            calls = [None, *report["calls"][1:]]
            self.costs = costs(trace.operations, calls)
        every = max(1, len(trace.operations) // SAMPLE_COUNT)
        words = [*trial.subject.words(region_bytes, arena_bytes), f"sample_every={every}"]
        sampled = measure.replay(trial.board, trial.subject.elf, trial.data, self.flag, words, icount=False)
        self.samples = sampled["samples"]
        live = sum(live for _, live, _ in self.samples)
        self.held_over_live = sum(held for _, _, held in self.samples) / live if live else None

    def measured(self):
        every = self.costs.get(ALL)
        return verdict.Measured(self.flag, self.title, self.shape and self.shape.region_bytes,
                                every and every.mean, every and every.worst, self.held_over_live)


def spread(side, group):
    cost = side.costs.get(group)
    return f"{cost.mean:,.1f} / {cost.median:,} / {cost.worst:,}" if cost else tables.NONE


def page(arguments, name, trace, sides, board_bytes):
    """The table's rows."""
    def row(label, cell):
        return [label, *(cell(side) for side in sides)]

    def of_shape(cell):
        return lambda side: cell(side.shape) if side.shape else tables.NONE

    rows = [row("", lambda side: f"use_main_obmalloc = {side.flag}"),
            row("allocator", lambda side: side.title),
            row("smallest region, bytes", of_shape(lambda shape: f"{shape.region_bytes:,}")),
            row("  of it the arena", lambda side: tables.NONE if not side.shape or not side.flag else
                f"{side.shape.arena_bytes:,}" if side.shape.arena_bytes else "all"),
            row("  over the peak", of_shape(lambda shape: f"{shape.region_bytes / trace.peak_live_bytes:.3f}")),
            row(f"failures in the board's {board_bytes:,}", lambda side: f"{side.board_failures:,}"),
            row("instructions: mean / median / worst", lambda side: ""),
            row("  all calls", lambda side: spread(side, ALL))]
    for group, label in (("malloc_small", "malloc <= 512"), ("malloc_large", "malloc > 512"),
                         ("free_small", "free <= 512"), ("free_large", "free > 512"),
                         ("calloc", "calloc"), ("realloc", "realloc"), ("aligned", "memalign")):
        if any(group in side.costs for side in sides):
            rows.append(row(f"  {label}", lambda side, group=group: spread(side, group)))
    return rows


def print_fragmentation(sides):
    """Held over live at equal distances through the run."""
    shown = [side for side in sides if side.samples]
    if not shown:
        return
    print("\nheld over live, through the run (1 = not a byte beside what is live)")
    count = len(shown[0].samples)
    places = sorted({index * (count - 1) // (SHOWN_SAMPLES - 1) for index in range(SHOWN_SAMPLES)})
    rows = [["  after so many operations", *(f"{shown[0].samples[place][0]:,}" for place in places), "mean"]]
    for side in shown:
        cells = [f"{held / live:.2f}" if live else tables.NONE
                 for _, live, held in (side.samples[place] for place in places)]
        mean = f"{side.held_over_live:.2f}" if side.held_over_live else tables.NONE
        rows.append([f"  use_main_obmalloc = {side.flag}", *cells, mean])
    tables.print_columns(rows)


def print_verdict(chosen, board_bytes, saved):
    print(f"\nRecommended: use_main_obmalloc = {chosen.flag}")
    for sentence in chosen.reasons:
        print(f"  {sentence}.")
    for sentence in chosen.against:
        print(f"  But {sentence}.")
    if chosen.flag == 0 and saved:
        print(f"  Without obmalloc in the image {saved[0]:,} bytes of static RAM and {saved[1]:,} of code are saved "
              "besides.")


def saved_without(known, one, libc):
    """(RAM, code) that an image without obmalloc does without; None where its image is not built."""
    peer = known.get(libc)
    if peer is None or not (peer.folder / "plain.map").is_file():
        return None
    ours, theirs = one.footprint(), peer.footprint()
    return ours[0] - theirs[0], ours[1] - theirs[1]


def main():
    arguments = parse_arguments()
    name, trace = measure.load_trace(arguments.trace)
    name = arguments.name or name
    if trace.peak_live_bytes == 0:
        raise BenchError(f"the trace '{name}' never holds a byte, so there is nothing to compare")
    known = subject.subjects(arguments.build, arguments.board, arguments.libc)
    off = known["ours-off"]
    if not off.is_built:
        raise BenchError(f"there is no image {off.elf}; `make compare` builds it")
    progress = Progress(0)
    board_bytes = off.room_bytes()
    try:
        trial = Trial(arguments.board, off, name, trace)
        progress.count("the C library's smallest region")
        try:
            off_shape = Shape(trial.smallest_region(0, trial.start_bytes()), 0)
        except search.NoSize:
            off_shape = None
        tuner = Tuner(arguments.board, known["ours"], known["ours-fixed"], progress.count)
        try:
            advice = tuner.advice(name, trace, 0)
            on_shape, reason = advice.recommended, advice.reason
        except search.NoSize:
            on_shape, reason = None, "the program does not fit the board"
        on = known["ours-fixed" if on_shape and on_shape.arena_bytes else "ours"]
        progress.count("calls")
        sides = [Side(arguments, name, trace, on, on_shape), Side(arguments, name, trace, off, off_shape)]
    finally:
        progress.end()
    print(f"{name} on {arguments.board} with {LABELS[arguments.libc]}: {len(trace.operations):,} operations, "
          f"{trace.peak_live_bytes:,} bytes live at the peak\n")
    tables.print_columns(page(arguments, name, trace, sides, board_bytes))
    print_fragmentation(sides)
    try:
        chosen = verdict.judge(sides[0].measured(), sides[1].measured(), board_bytes)
    except ValueError as error:
        raise BenchError(f"{name} on {arguments.board}: {error}: {trace.peak_live_bytes:,} bytes are live at the "
                         f"peak, and the region has {board_bytes:,}") from None
    print_verdict(chosen, board_bytes, saved_without(known, on, arguments.libc))
    written = []
    if on_shape:
        print(f"\nGeometry, from make tune: __obmalloc_arena_size = {on_shape.arena_bytes}; {reason}.")
        written = outputs.write(arguments.output, on_shape, outputs.default_geometry(REPOSITORY),
                                f"make compare TRACE={name} LIBC={arguments.libc}")
    drawn = {side.flag: (side.title, side.samples) for side in sides if side.samples}
    if drawn:
        arguments.output.mkdir(parents=True, exist_ok=True)
        path = arguments.output / "fragmentation.svg"
        picture.write(path, f"{name} on {arguments.board}: what is live, and what is held for it", drawn)
        written = [*written, path]
    print(f"written: {' '.join(map(str, written))}")


if __name__ == "__main__":
    try:
        main()
    except (BenchError, measure.ReplayError, OSError) as failure:
        sys.exit(f"compare: {failure}")
    except KeyboardInterrupt:
        sys.exit("\ncompare: interrupted")
