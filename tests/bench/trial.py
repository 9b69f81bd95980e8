# SPDX-License-Identifier: MIT
"""Measures one allocator on one trace: what calls take, and the smallest region that suffices.

A region suffices iff every request of the trace succeeds in it. Calls are timed in a region of twice
the peak of live bytes, or in the next one that suffices, each a quarter larger.

A fixed arena shares the region with the C library's heap, so its size has to be chosen: it is the one
that `make tune` finds for the trace, see arena.py. Where calls are timed there is room, and the arena has
the same share of it.
"""

from fractions import Fraction
from typing import NamedTuple

import arena
import figures
import measure
import search
import trace_binary

# Both ends of a region are multiples of it, and so is what allocators hand out.
STEP_BYTES = 8
# The replay's, tests/replay/player.h and workspace.h.
SLOT_BYTES = 8
REGION_END_BYTES = 4096
# A region below this is refused by the port, whoever asks.
REGION_BYTES_MIN = 512
# What the port takes for an arena, POOLS_REGION_BYTES_MIN.
ARENA_BYTES_MIN = 1024


class BenchError(Exception):
    """A sentence that says why there is no figure that could be trusted."""


class Result(NamedTuple):
    subject: str
    trace: str
    operations: int
    peak_live_bytes: int
    static_bytes: int
    code_bytes: int
    region_bytes: int        # the smallest one that suffices
    arena_bytes: int         # of it a fixed arena; 0 = there is none beside a heap
    costs: dict              # figures.costs()
    speed_region_bytes: int  # the region in which calls were timed
    speed_arena_bytes: int

    @property
    def ram_over_peak(self):
        return (self.region_bytes + self.static_bytes) / self.peak_live_bytes


def round_up(size_bytes, step_bytes=STEP_BYTES):
    return -(-size_bytes // step_bytes) * step_bytes


class Trial:
    """One allocator, one trace, on one board."""

    def __init__(self, board, subject, name, trace):
        self.board = board
        self.subject = subject
        self.name = name
        self.trace = trace
        self.data = trace_binary.encode(trace)
        table_bytes = trace.slot_count * SLOT_BYTES + REGION_END_BYTES
        self.largest_bytes = max(0, subject.room_bytes() - table_bytes) // STEP_BYTES * STEP_BYTES

    def run(self, region_bytes, arena_bytes, icount=False):
        """Replays once, to the first request that fails."""
        words = [*self.subject.words(region_bytes, arena_bytes), "stop_at_failure=1"]
        report = measure.replay(self.board, self.subject.elf, self.data, self.subject.flag, words,
                                icount=icount)
        place = f"{self.subject.name} on {self.name} in {region_bytes} bytes"
        if not report["sound"]:
            raise BenchError(f"{place}: {measure.mismatch_sentence(report)}")
        if report["region_bytes"] != region_bytes:
            raise BenchError(f"{place} had {report['region_bytes']}: {report['boot']}")
        if report["failures"] == 0 and report["peak_live_bytes"] != self.trace.peak_live_bytes:
            raise BenchError(f"{place} held {report['peak_live_bytes']} bytes at the peak, the "
                             f"trace has {self.trace.peak_live_bytes}")
        return report

    def suffices(self, region_bytes, arena_bytes=0):
        if region_bytes < max(REGION_BYTES_MIN, self.trace.peak_live_bytes, arena_bytes):
            return False
        report = self.run(region_bytes, arena_bytes)
        # The port hands everything to the C library when the arena is too small for it.
        is_open = report["arena_bytes"] > 0 or not self.subject.flag
        return is_open and report["failures"] == 0

    def smallest_region(self, arena_bytes, start_bytes):
        return search.smallest(lambda size: self.suffices(size, arena_bytes),
                               min(start_bytes, self.largest_bytes), self.largest_bytes, STEP_BYTES)

    def uses_both(self, shape):
        """Returns true iff it suffices, and the C library serves a part: an arena beside a heap that is
        never used would be the whole region under another name. A trace that fits the smallest arena
        leaves the library nothing."""
        if shape.region_bytes < max(REGION_BYTES_MIN, self.trace.peak_live_bytes):
            return False
        report = self.run(shape.region_bytes, shape.arena_bytes)
        used = report["libc_high_water_bytes"] > 0 or shape.arena_bytes == ARENA_BYTES_MIN
        return report["arena_bytes"] > 0 and report["failures"] == 0 and used

    def start_bytes(self):
        """A region that many traces need about."""
        return round_up(max(REGION_BYTES_MIN, self.trace.peak_live_bytes * 9 // 8))

    def best_fixed(self):
        """Returns the arena.Shape with a heap beside the arena that needs least RAM."""
        finder = arena.ArenaSearch(self.uses_both, ARENA_BYTES_MIN, STEP_BYTES)
        return finder.best(self.start_bytes(), self.largest_bytes)

    def timed(self, region_bytes, arena_share):
        """Times calls in the first region from this size up that suffices. Returns the costs, and
        the sizes of region and arena."""
        region_bytes = min(self.largest_bytes, round_up(region_bytes))
        while True:
            arena_bytes = int(arena_share * region_bytes) // STEP_BYTES * STEP_BYTES
            report = self.run(region_bytes, arena_bytes, icount=True)
            if not report["has_tick"]:
                raise BenchError(f"{self.board} has no tick that can tell instructions apart")
            if report["failures"] == 0:
                costs = figures.costs(self.trace.operations, report["calls"])
                return costs, region_bytes, arena_bytes
            if region_bytes == self.largest_bytes:
                raise search.NoSize(f"calls cannot be timed even in {region_bytes} bytes")
            region_bytes = min(self.largest_bytes, round_up(region_bytes * 5 // 4))

    def result(self):
        """Measures. Raises search.NoSize iff the board is too small for the trace."""
        peak_bytes = self.trace.peak_live_bytes
        arena_bytes, arena_share = 0, Fraction(0)
        if self.subject.fixed_arena:
            region_bytes, arena_bytes = self.best_fixed()
            arena_share = Fraction(arena_bytes, region_bytes)
        else:
            region_bytes = self.smallest_region(0, self.start_bytes())
        timed = self.timed(max(2 * peak_bytes, region_bytes), arena_share)
        return Result(self.subject.name, self.name, len(self.trace.operations), peak_bytes,
                      *self.subject.footprint(), region_bytes, arena_bytes, *timed)
