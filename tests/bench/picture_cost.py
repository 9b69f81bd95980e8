# SPDX-License-Identifier: MIT
"""Draws what a call of malloc or free costs: which share of calls takes at most so many instructions.

Each trace counts alike, however long it is. The scale of shares gives each further 9 as much room,
because a worst case is what a real-time program asks for; on top is the worst call of all traces.
"""

import bisect
import itertools
import math

from svg import Picture

WIDTH, HEIGHT = 860, 440
PANEL_WIDTH, PANEL_HEIGHT = 350, 270
PANEL_LEFT, PANEL_TOP = (75, 475), 115
PANELS = (("malloc", ("malloc_small", "malloc_large")), ("free", ("free_small", "free_large")))
SHARES = ((0, "0 %"), (0.5, "50 %"), (0.9, "90 %"), (0.99, "99 %"), (0.999, "99.9 %"),
          (0.9999, "99.99 %"))
# Where the scale of shares ends, and the line of the worst calls above it.
SHARE_MAX, WORST_HEIGHT = 0.9999, 4.5
STEPS_PER_DOUBLING = 16


def height_of(share):
    """0 for no call, 1 for 90 %, 2 for 99 %, and so on."""
    return -math.log10(1 - share)


def tally_of(result, groups):
    """[(instructions, calls)] of a trace, sorted."""
    counts = [pair for group in groups if group in result.costs
              for pair in result.costs[group].counts]
    return sorted(counts)


def distribution(tallies, limits):
    """For each limit, the share of calls that take at most so much: the mean over the tallies."""
    shares = [0.0] * len(limits)
    for tally in tallies:
        counts = [count for count, _ in tally]
        below = [0, *itertools.accumulate(often for _, often in tally)]
        for index, limit in enumerate(limits):
            shares[index] += below[bisect.bisect_right(counts, limit)] / below[-1] / len(tallies)
    return shares


def limits_up_to(worst):
    """Every number of instructions that is drawn: dense, and further apart as they grow."""
    steps = range(0, math.ceil(math.log2(worst) + 1) * STEPS_PER_DOUBLING)
    return sorted({int(2 ** (step / STEPS_PER_DOUBLING)) for step in steps})


class Panel:
    """One of the two diagrams: where a count and a share lie in it."""

    def __init__(self, left, doublings):
        self.left = left
        self.first, self.last = doublings

    def x(self, instructions):
        part = (math.log2(instructions) - self.first) / (self.last - self.first)
        return self.left + part * PANEL_WIDTH

    @staticmethod
    def y(height):
        return PANEL_TOP + PANEL_HEIGHT * (1 - height / WORST_HEIGHT)

    def draw_axes(self, picture, title):
        picture.text(self.left, PANEL_TOP - 14, title, "title")
        for share, words in SHARES:
            y = self.y(height_of(share))
            picture.line(self.left, y, self.left + PANEL_WIDTH, y, "axis" if share == 0 else "grid")
            picture.text(self.left - 8, y + 4, words, "end faint")
        picture.line(self.left, PANEL_TOP, self.left + PANEL_WIDTH, PANEL_TOP, "grid")
        picture.text(self.left - 8, PANEL_TOP + 4, "worst", "end faint")
        for doubling in range(self.first, self.last + 1, 2):
            x = self.x(2 ** doubling)
            picture.line(x, PANEL_TOP, x, PANEL_TOP + PANEL_HEIGHT, "grid")
            picture.text(x, PANEL_TOP + PANEL_HEIGHT + 18, f"{2 ** doubling:,}", "middle faint")

    def draw_curve(self, picture, name, tallies):
        worst = max(tally[-1][0] for tally in tallies)
        limits = [limit for limit in limits_up_to(worst) if limit <= worst]
        points = []
        last_height = 0.0
        for limit, share in zip(limits, distribution(tallies, limits)):
            if limit < 2 ** self.first or share == 0:
                continue
            height = height_of(min(share, SHARE_MAX))
            if points or height > 0:
                points += [(self.x(limit), self.y(last_height)), (self.x(limit), self.y(height))]
            last_height = height
            if share >= SHARE_MAX:
                break
        picture.curve([*points, (self.x(worst), PANEL_TOP)], name)
        picture.dot(self.x(worst), PANEL_TOP, name)


def draw_legend(picture, subjects):
    x = PANEL_LEFT[0]
    for subject in subjects:
        picture.curve([(x, 58), (x + 34, 58)], subject.name)
        picture.dot(x + 17, 58, subject.name)
        picture.text(x + 42, 62, subject.title)
        x += 62 + 7.5 * len(subject.title)


def write(path, columns):
    """columns: [(subject, results)]."""
    picture = Picture(WIDTH, HEIGHT, "Instructions that a call of malloc or free takes")
    picture.text(PANEL_LEFT[0], 30, "What a call costs: share of calls that take at most so many "
                 "instructions", "title")
    draw_legend(picture, [subject for subject, _ in columns])
    drawn = []
    for title, groups in PANELS:
        tallies = [(subject.name, [tally for tally in (tally_of(result, groups)
                                                       for result in results) if tally])
                   for subject, results in columns]
        drawn.append((title, [(name, part) for name, part in tallies if part]))
    counts = [count for _, curves in drawn for _, tallies in curves for tally in tallies
              for count, _ in tally]
    doublings = (int(math.log2(min(counts))), 2 * math.ceil(math.log2(max(counts)) / 2))
    for left, (title, curves) in zip(PANEL_LEFT, drawn):
        panel = Panel(left, (doublings[0] // 2 * 2, doublings[1]))
        panel.draw_axes(picture, title)
        for name, tallies in reversed(curves):
            panel.draw_curve(picture, name, tallies)
    picture.text(WIDTH / 2, HEIGHT - 14, "instructions, from the call to the return; each trace "
                 "counts alike", "middle faint")
    picture.write(path)
