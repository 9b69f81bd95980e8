# SPDX-License-Identifier: MIT
"""What a replay's counts come to: by kind of call and size of block, and means over traces."""

import math
import statistics
from typing import NamedTuple

from trace_text import ALIGNED, CALLOC, FREE, MALLOC, REALLOC

SMALL_BYTES_MAX = 512
# A free counts by the size that its block was last asked to have.
GROUPS = ("malloc_small", "malloc_large", "free_small", "free_large", "calloc", "realloc", "aligned")
ALL = "all"
KIND_NAMES = {MALLOC: "malloc", FREE: "free", CALLOC: "calloc", REALLOC: "realloc",
              ALIGNED: "aligned"}


class Cost(NamedTuple):
    """What calls took, in instructions: each distinct count with how often it came, sorted."""

    counts: tuple

    @property
    def calls(self):
        return sum(often for _, often in self.counts)

    @property
    def instructions(self):
        return sum(count * often for count, often in self.counts)

    @property
    def mean(self):
        return self.instructions / self.calls

    @property
    def median(self):
        """The lower one of two."""
        below = 0
        for count, often in self.counts:
            below += often
            if 2 * below >= self.calls:
                return count
        raise ValueError("no calls have no median")

    @property
    def worst(self):
        return self.counts[-1][0]


def group_of(operation, block_bytes):
    name = KIND_NAMES[operation.kind]
    if operation.kind in (MALLOC, FREE):
        return f"{name}_{'small' if block_bytes <= SMALL_BYTES_MAX else 'large'}"
    return name


def costs(operations, calls):
    """Returns {group: Cost}, and ALL, of what each operation of a trace took. No entry for a group
    without calls."""
    tallies = {}
    size_of = {}
    for operation, instructions in zip(operations, calls):
        if operation.kind != FREE:
            size_of[operation.slot] = operation.size_bytes
        if instructions is None:
            continue
        for group in (group_of(operation, size_of[operation.slot]), ALL):
            tally = tallies.setdefault(group, {})
            tally[instructions] = tally.get(instructions, 0) + 1
    return {group: Cost(tuple(sorted(tally.items()))) for group, tally in tallies.items()}


def geomean(values):
    """The geometric mean of positive numbers; None iff there are none."""
    values = list(values)
    if not values:
        return None
    return math.exp(statistics.fmean(math.log(value) for value in values))
