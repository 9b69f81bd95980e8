# SPDX-License-Identifier: MIT
"""Which shape of the dynamic region needs least RAM for a trace, and whether that can be relied on.

The default is the shape that needs no size: all of the region is the arena. A fixed arena is recommended
iff it needs less for the trace, and tuned on the trace's first half alone it needs less on the second half
too. Every figure is that of replays on the board, which check every block's contents.
"""

import concurrent.futures
from typing import NamedTuple, Optional

import search
from arena import Shape
from figures import ALL, costs
from halves import halves
from trial import BenchError, Trial, round_up


class Measured(NamedTuple):
    """What a shape needs on a trace."""

    shape: Shape
    over_peak: float               # with the allocator's static RAM
    tight_instructions: Optional[float]  # per operation, in that region; None without a tick
    roomy_instructions: Optional[float]  # in twice the peak, or that region where it is more


class Advice(NamedTuple):
    whole: Measured
    fixed: Measured
    linked: Optional[Measured]     # with the size that the board's linker script gives; None if too small
    linked_bytes: int
    recommended: Shape
    reason: str


class Tuner:
    """whole, fixed: the bench's subjects of the two shapes. step(sentence) is told what is going on."""

    def __init__(self, board, whole, fixed, step=lambda sentence: None):
        self.board = board
        self.subject_whole = whole
        self.subject_fixed = fixed
        self.step = step

    def trial(self, subject, name, trace):
        step = self.step

        class Told(Trial):
            def run(self, region_bytes, arena_bytes, icount=False):
                step(f"{name}: {region_bytes:,} bytes, of them arena {arena_bytes or 'all'}")
                return super().run(region_bytes, arena_bytes, icount)
        return Told(self.board, subject, name, trace)

    def whole_shape(self, name, trace):
        trial = self.trial(self.subject_whole, name, trace)
        return Shape(trial.smallest_region(0, trial.start_bytes()), 0)

    def fixed_shape(self, name, trace):
        return self.trial(self.subject_fixed, name, trace).best_fixed()

    def shape_with(self, name, trace, arena_bytes):
        """The smallest region with an arena of this size."""
        trial = self.trial(self.subject_fixed, name, trace)
        start_bytes = max(round_up(arena_bytes), trial.start_bytes())
        return Shape(trial.smallest_region(arena_bytes, start_bytes), arena_bytes)

    def measured(self, name, trace, shape):
        trial = self.trial(self.subject_fixed, name, trace)

        def instructions(region_bytes):
            report = trial.run(region_bytes, shape.arena_bytes, icount=True)
            if report["failures"]:
                raise BenchError(f"{name} fails in {region_bytes} bytes, though not in "
                                 f"{shape.region_bytes}: arena {shape.arena_bytes}")
            return costs(trace.operations, report["calls"])[ALL].mean if report["has_tick"] else None
        static_bytes = self.subject_fixed.footprint()[0]
        roomy_bytes = max(shape.region_bytes, round_up(2 * trace.peak_live_bytes))
        return Measured(shape, (shape.region_bytes + static_bytes) / trace.peak_live_bytes,
                        instructions(shape.region_bytes),
                        instructions(min(roomy_bytes, trial.largest_bytes)))

    def carries_over(self, name, trace):
        """Returns (whether what is tuned on the first half helps on the second, a sentence)."""
        parts = halves(trace)
        if parts is None:
            return False, "a half of the trace holds nothing, so that nothing can be tried on it"
        first, second = parts
        try:
            whole = self.whole_shape(f"{name}, first half", first)
            fixed = self.fixed_shape(f"{name}, first half", first)
            if fixed.region_bytes >= whole.region_bytes:
                return False, ("for the first half alone the whole region needs least "
                               f"({whole.region_bytes:,} bytes, a fixed arena {fixed.region_bytes:,})")
            whole = self.whole_shape(f"{name}, second half", second)
        except search.NoSize:
            return False, f"a half of the trace does not fit {self.board}"
        try:
            tried = self.shape_with(f"{name}, second half", second, fixed.arena_bytes)
        except search.NoSize:
            return False, (f"tuned on the first half, to an arena of {fixed.arena_bytes:,} bytes, the "
                           "second half does not fit")
        return tried.region_bytes < whole.region_bytes, (
            f"tuned on the first half, to an arena of {fixed.arena_bytes:,} bytes, the second half "
            f"needs {tried.region_bytes:,}, with the default {whole.region_bytes:,}")

    def linked(self, name, trace, arena_bytes):
        try:
            return self.measured(name, trace, self.shape_with(name, trace, arena_bytes))
        except search.NoSize:
            return None

    def advice(self, name, trace, linked_bytes):
        """Raises search.NoSize iff the board is too small for the trace."""
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            # Beside the rest, because it is needed nearly always and takes as long.
            tried = pool.submit(self.carries_over, name, trace)
            whole = self.whole_shape(name, trace)
            fixed = self.fixed_shape(name, trace)
            carries_over, reason = tried.result()
        recommended = fixed if carries_over and fixed.region_bytes < whole.region_bytes else whole
        return Advice(self.measured(name, trace, whole), self.measured(name, trace, fixed),
                      self.linked(name, trace, linked_bytes) if linked_bytes else None, linked_bytes,
                      recommended, reason)
