# SPDX-License-Identifier: MIT
"""Draws over a run what is live and what each flag's allocator holds for it."""

from svg import Picture

WIDTH, HEIGHT = 860, 420
LEFT, RIGHT, TOP, BOTTOM = 80, 835, 80, 350
LOOKS = {1: "ours", 0: "nano"}


def ticks(largest):
    """Round numbers from 0 to the first one not below `largest`, seven at most."""
    step = 1
    while step * 6 < largest:
        step *= 2
    return [step * index for index in range(-(-largest // step) + 1)]


def write(path, title, samples):
    """samples: {flag: (label, [(operations, live, held)])}."""
    picture = Picture(WIDTH, HEIGHT, title)
    picture.text(20, 30, title, "title")
    every = [point for _, points in samples.values() for point in points]
    rows = ticks(max(held for _, _, held in every))
    last = max(operations for operations, _, _ in every)

    def place(operations, value):
        return (LEFT + operations / last * (RIGHT - LEFT), BOTTOM - value / rows[-1] * (BOTTOM - TOP))

    for value in rows:
        _, y = place(0, value)
        picture.line(LEFT, y, RIGHT, y, "axis" if value == 0 else "grid")
        picture.text(LEFT - 8, y + 4, f"{value:,}", "end faint")
    x = LEFT
    for flag, (label, points) in sorted(samples.items(), reverse=True):
        picture.curve([place(operations, held) for operations, _, held in points], LOOKS[flag])
        picture.curve([(x, 52), (x + 34, 52)], LOOKS[flag])
        picture.text(x + 42, 56, f"held by {label}")
        x += 120 + 7.2 * len(label)
    _, points = samples[max(samples)]
    picture.curve([place(operations, live) for operations, live, _ in points], "newlib")
    picture.curve([(x, 52), (x + 34, 52)], "newlib")
    picture.text(x + 42, 56, "live")
    picture.text((LEFT + RIGHT) / 2, BOTTOM + 44, f"operations, 0 to {last:,}; bytes", "middle faint")
    picture.write(path)
