# SPDX-License-Identifier: MIT
"""Whether figures creep: a line through samples, and how sure its slope is."""

import collections
import math

# A figure of a sample. bad: +1 = it must not rise, -1 = it must not fall.
Series = collections.namedtuple("Series", "name title bad")
SERIES = (
    Series("used", "RAM in use, mean", +1),
    Series("floor", "RAM in use, least", +1),
    Series("largest", "largest request served, mean", -1),
    Series("least", "largest request served, least", -1),
)

# This part of the samples, the first, is how the device comes up: no block is long-lived yet.
WARM_UP_PART = 1 / 24
# The others are put together into so many parts of equal length, of which the means count: how free memory lies may
# stay the same for days, and then neighbouring samples say little more than one.
PART_COUNT = 12
# Slopes this many standard errors from 0 are no chance.
SURE = 5.0
# And what they add up to over the run must matter: this part of the arena.
DRIFT_PART = 1 / 256

# drift: what the line rises over the run, negative = it falls. errors: that in standard errors.
Trend = collections.namedtuple("Trend", "start drift errors")


def trend(values):
    """The line through the values, one each for 0, 1, 2 ...; at least 3."""
    count = len(values)
    mean_x, mean_y = (count - 1) / 2, sum(values) / count
    spread = sum((x - mean_x) ** 2 for x in range(count))
    slope = sum((x - mean_x) * (y - mean_y) for x, y in enumerate(values)) / spread
    rest = sum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in enumerate(values))
    error = math.sqrt(rest / (count - 2) / spread)
    errors = slope / error if error else math.copysign(math.inf, slope) if slope else 0.0
    return Trend(mean_y - slope * mean_x, slope * (count - 1), errors)


def parts(values):
    """The means that count."""
    settled = values[math.ceil(len(values) * WARM_UP_PART):]
    edges = [len(settled) * part // PART_COUNT for part in range(PART_COUNT + 1)]
    return [sum(settled[low:high]) / (high - low) for low, high in zip(edges, edges[1:])]


def creeps(line, bad, arena_bytes):
    """Whether the trend is a creep into the bad direction, beyond chance and large enough to matter."""
    return line.errors * bad >= SURE and line.drift * bad >= DRIFT_PART * arena_bytes
