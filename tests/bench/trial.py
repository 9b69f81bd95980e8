# SPDX-License-Identifier: MIT
"""Measures one allocator on one trace: what calls take, and the smallest region that suffices."""

from typing import NamedTuple

import figures
import measure
import search
import trace_binary

# Both ends of a region are multiples of it, and so is what allocators hand out.
STEP_BYTES = 8
SLOT_BYTES = 8
# The replay ends a region at a multiple of it.
REGION_END_BYTES = 4096


class BenchError(Exception):
    """A sentence that says why there is no figure that could be trusted."""


class Result(NamedTuple):
    subject: str
    trace: str
    operations: int
    peak_live_bytes: int
    static_bytes: int
    region_bytes: int        # the smallest one that suffices
    speed_region_bytes: int  # the one in which calls were timed
    costs: dict              # figures.costs()

    @property
    def ram_over_peak(self):
        return (self.region_bytes + self.static_bytes) / self.peak_live_bytes


def round_up(size_bytes):
    return -(-size_bytes // STEP_BYTES) * STEP_BYTES


class Trial:
    """One allocator, one trace."""

    def __init__(self, board, subject, name, trace):
        self.board = board
        self.subject = subject
        self.name = name
        self.trace = trace
        self.data = trace_binary.encode(trace)
        table_bytes = trace.slot_count * SLOT_BYTES + REGION_END_BYTES
        self.largest_bytes = (subject.room_bytes() - table_bytes) // STEP_BYTES * STEP_BYTES

    def run(self, region_bytes, icount):
        words = [*self.subject.words(region_bytes), "stop_at_failure=1"]
        report = measure.replay(self.board, self.subject.elf, self.data, self.subject.flag, words,
                                icount=icount)
        if not report["sound"]:
            raise BenchError(f"{self.subject.name} on {self.name}, {region_bytes} bytes: "
                             f"{measure.mismatch_sentence(report)}")
        if report["region_bytes"] != region_bytes:
            raise BenchError(f"{self.subject.name} on {self.name} was to have {region_bytes} bytes "
                             f"and had {report['region_bytes']}: {report['boot']}")
        return report

    def suffices(self, region_bytes):
        return self.run(region_bytes, icount=False)["failures"] == 0

    def speed(self, region_bytes):
        """Returns {group: Cost} in the first region from this size up that suffices, and its
        size."""
        while True:
            report = self.run(region_bytes, icount=True)
            if report["failures"] == 0:
                return figures.costs(self.trace.operations, report["calls"]), region_bytes
            if region_bytes == self.largest_bytes:
                raise search.NoSize(f"not even {region_bytes} bytes suffice")
            region_bytes = min(self.largest_bytes, round_up(region_bytes * 5 // 4))

    def result(self):
        """Measures. Raises search.NoSize iff the board is too small for the trace."""
        peak_bytes = self.trace.peak_live_bytes
        costs, speed_region_bytes = self.speed(min(self.largest_bytes, round_up(2 * peak_bytes)))
        smallest_bytes = search.smallest(self.suffices, round_up(peak_bytes * 9 // 8),
                                         self.largest_bytes, STEP_BYTES)
        return Result(self.subject.name, self.name, len(self.trace.operations), peak_bytes,
                      self.subject.static_bytes(), smallest_bytes, speed_region_bytes, costs)
