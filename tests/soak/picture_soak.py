# SPDX-License-Identifier: MIT
"""Draws a year: RAM in use, and the largest request that could be served, day by day."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bench"))

import svg
import trend

WIDTH, HEIGHT = 860, 470
LEFT, RIGHT, TOP, BOTTOM = 75, 835, 96, 410
TICK_BYTES, MONTH_DAYS = 8192, 365 / 12
# Looks of the lines, in the colours of tests/bench.
svg.LOOKS.update({
    "used": ("blue", "", " heavy", "circle", "full"),
    "floor": ("purple", "2 3", "", "diamond", "hollow"),
    "largest": ("green", "", "", "triangle", "full"),
    "least": ("orange", "10 3 2 3", "", "square", "hollow"),
})


def draw_axes(picture, x_of, y_of, days, arena_bytes):
    for value in range(0, arena_bytes + 1, TICK_BYTES):
        y = y_of(value)
        picture.line(LEFT, y, RIGHT, y, "axis" if value in (0, arena_bytes) else "grid")
        picture.text(LEFT - 8, y + 4, f"{value // 1024} KiB", "end faint")
    for month in range(13):
        day = month * MONTH_DAYS
        if day <= days:
            picture.line(x_of(day), BOTTOM, x_of(day), BOTTOM + 5, "axis")
            picture.text(x_of(day), BOTTOM + 20, str(round(day)), "middle faint")
    picture.text((LEFT + RIGHT) / 2, BOTTOM + 42, "day", "middle faint")


def draw_legend(picture):
    x = LEFT
    for series in trend.SERIES:
        picture.curve([(x, 58), (x + 26, 58)], series.name)
        picture.text(x + 32, 62, series.title)
        x += 46 + 6.6 * len(series.title)


def write(path, samples, arena_bytes):
    """samples: a dict by the names of trend.SERIES for each day."""
    days = len(samples)
    picture = svg.Picture(WIDTH, HEIGHT, "A simulated year on 64 KiB")
    picture.text(20, 30, "A simulated year of a device on 64 KiB: each day's RAM, and what could still be served", "title")
    draw_legend(picture)

    def x_of(day):
        return LEFT + day / days * (RIGHT - LEFT)

    def y_of(value):
        return BOTTOM - value / arena_bytes * (BOTTOM - TOP)

    draw_axes(picture, x_of, y_of, days, arena_bytes)
    for series in trend.SERIES:
        values = [sample[series.name] for sample in samples]
        picture.curve([(x_of(day + 0.5), y_of(value)) for day, value in enumerate(values)], series.name)
        line = trend.trend(trend.parts(values))
        picture.line(x_of(days * trend.WARM_UP_PART), y_of(line.start), x_of(days), y_of(line.start + line.drift), "axis")
    picture.write(path)
