# SPDX-License-Identifier: MIT
"""Draws the RAM that each trace needs with each allocator, over its peak of live bytes."""

import math

from figures import geomean
from svg import Picture

WIDTH = 860
LEFT, RIGHT = 215, 835
TOP, ROW_HEIGHT = 112, 24
TICK = 0.1
# Two dots nearer than this in pixels would hide each other: they share the row's height.
CLUTTER_PX = 8


def spread_out(places):
    """{name: x} -> {name: y offset}: neighbours that would overlap are moved up and down."""
    names = sorted(places, key=lambda name: places[name])
    offsets = {name: 0.0 for name in names}
    cluster = []
    for name in [*names, None]:
        if cluster and (name is None or places[name] - places[cluster[-1]] >= CLUTTER_PX):
            for index, member in enumerate(cluster):
                offsets[member] = (index - (len(cluster) - 1) / 2) * min(6, 16 / len(cluster))
            cluster = []
        if name is not None:
            cluster.append(name)
    return offsets


def draw_row(picture, y, values, x_of):
    places = {name: x_of(value) for name, value in values.items()}
    offsets = spread_out(places)
    for name in reversed(list(values)):
        picture.dot(places[name], y + offsets[name], name)


def draw_legend(picture, subjects):
    x = LEFT
    for subject in subjects:
        picture.dot(x, 58, subject.name)
        picture.text(x + 11, 62, subject.title)
        x += 38 + 7.2 * len(subject.title)


def rows_of(columns):
    """[(label, size, {allocator: RAM over peak})], the geometric mean first, then by peak."""
    traces = sorted(zip(*(results for _, results in columns)),
                    key=lambda row: (row[0].peak_live_bytes, row[0].trace))
    means = {subject.name: geomean(result.ram_over_peak for result in results)
             for subject, results in columns}
    rows = [("geometric mean", "", means)]
    rows += [(row[0].trace, f"{row[0].peak_live_bytes / 1024:.0f} KiB",
              {result.subject: result.ram_over_peak for result in row}) for row in traces]
    return rows


def write(path, columns):
    """columns: [(subject, results)], the same traces in each."""
    rows = rows_of(columns)
    bottom = TOP + ROW_HEIGHT * len(rows) + 10
    picture = Picture(WIDTH, bottom + 62, "RAM over peak of live bytes")
    picture.text(20, 30, "RAM that a program needs, over the bytes that it holds at its peak",
                 "title")
    draw_legend(picture, [subject for subject, _ in columns])
    ticks = math.ceil((max(max(values.values()) for _, _, values in rows) - 1) / TICK + 0.2)

    def x_of(value):
        return LEFT + (value - 1) / (ticks * TICK) * (RIGHT - LEFT)

    for tick in range(ticks + 1):
        x = x_of(1 + tick * TICK)
        picture.line(x, TOP - 14, x, bottom, "axis" if tick == 0 else "grid")
        if tick % (1 if ticks <= 12 else 2) == 0:
            picture.text(x, bottom + 18, f"{1 + tick * TICK:.1f}", "middle faint")
    for index, (label, size, values) in enumerate(rows):
        y = TOP + ROW_HEIGHT * index + (0 if index == 0 else 10)
        picture.text(20, y + 4, label, "" if index else "strong")
        picture.text(LEFT - 16, y + 4, size, "end faint")
        draw_row(picture, y, values, x_of)
    picture.line(20, TOP + ROW_HEIGHT / 2 + 5, RIGHT, TOP + ROW_HEIGHT / 2 + 5, "axis")
    picture.text((LEFT + RIGHT) / 2, bottom + 44, "smallest region in which every request succeeds,"
                 " with the allocator's static RAM, over peak", "middle faint")
    picture.write(path)
