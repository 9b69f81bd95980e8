# SPDX-License-Identifier: MIT
"""The fixed arena that needs least RAM: how much of a region is the arena, how much the C library's heap.

Two sizes are looked for, and whether a pair suffices is as rugged as a heap's layout: neighbours of a good
pair fail. What holds is that a pair with more of both rarely fails. So if any pair in a region of some size
is better than the best known one by some bytes, then the pairs that make up one step less than the best
region contain a stretch of as many bytes that suffice. Those pairs are probed at equal distances, then
around the best pair at smaller ones; whatever suffices is shrunk in both directions.
"""

from typing import NamedTuple

import search

# Parts of a region that are tried first, until one can be measured; and its parts that are probed.
FIRST_SIXTEENTHS = (15, 13, 10, 7, 4)
PROBE_COUNT = 32
# Around the best pair, at each level with the spacing divided by this.
FINER, NEIGHBOUR_COUNT, LEVEL_COUNT = 4, 3, 3


class Shape(NamedTuple):
    region_bytes: int
    arena_bytes: int  # 0: all of the region, and the C library has no heap


def round_up(size_bytes, step_bytes):
    return -(-size_bytes // step_bytes) * step_bytes


class ArenaSearch:
    """suffices(shape) says whether a fixed arena and the heap below it serve the trace. Sizes are
    multiples of step_bytes."""

    def __init__(self, suffices, arena_bytes_min, step_bytes):
        self.known = {}
        self.ask = suffices
        self.arena_bytes_min = arena_bytes_min
        self.step_bytes = step_bytes

    def suffices(self, shape):
        if not self.arena_bytes_min <= shape.arena_bytes < shape.region_bytes:
            return False
        if shape not in self.known:
            self.known[shape] = self.ask(shape)
        return self.known[shape]

    def smallest_region(self, arena_bytes, start_bytes, largest_bytes,
                        confirmed_steps=search.CONFIRMED_STEPS):
        return Shape(search.smallest(lambda size: self.suffices(Shape(size, arena_bytes)),
                                     start_bytes, largest_bytes, self.step_bytes,
                                     confirmed_steps), arena_bytes)

    def smallest_arena(self, shape):
        """Takes from the arena alone: the heap below keeps its size."""
        heap_bytes = shape.region_bytes - shape.arena_bytes
        arena_bytes = search.smallest(
            lambda size: self.suffices(Shape(size + heap_bytes, size)),
            shape.arena_bytes, shape.arena_bytes, self.step_bytes, confirmed_steps=0)
        return Shape(arena_bytes + heap_bytes, arena_bytes)

    def shrunk(self, shape):
        shape = self.smallest_region(shape.arena_bytes, shape.region_bytes, shape.region_bytes,
                                     confirmed_steps=0)
        return self.smallest_arena(shape)

    def first(self, region_bytes, largest_bytes):
        """Any pair near a region of this size. Raises search.NoSize."""
        for sixteenths in FIRST_SIXTEENTHS:
            arena_bytes = max(self.arena_bytes_min,
                              round_up(region_bytes * sixteenths // 16, self.step_bytes))
            try:
                start_bytes = max(region_bytes, arena_bytes + self.step_bytes)
                return self.smallest_region(arena_bytes, min(start_bytes, largest_bytes),
                                            largest_bytes)
            except search.NoSize:
                pass
        raise search.NoSize(f"no fixed arena suffices in {largest_bytes} bytes")

    def probed(self, best, arenas):
        """The best of what is found with arenas of these sizes and one step less of region."""
        left = sorted(set(arenas), reverse=True)
        while left:
            region_bytes = best.region_bytes - self.step_bytes
            shapes = (Shape(region_bytes, size) for size in left)
            found = next(filter(self.suffices, shapes), None)
            if found is None:
                break
            left = [size for size in left if size < found.arena_bytes]
            best = self.shrunk(found)
        return best

    def best(self, region_bytes, largest_bytes):
        """Searches from a region of about this size; what it returns is confirmed as search.py says.
        Raises search.NoSize."""
        best = self.smallest_arena(self.first(region_bytes, largest_bytes))
        spacing = round_up(best.region_bytes // PROBE_COUNT, self.step_bytes)
        best = self.probed(best, range(spacing, best.region_bytes, spacing))
        for _ in range(LEVEL_COUNT):
            spacing = round_up(spacing // FINER, self.step_bytes)
            around = range(-NEIGHBOUR_COUNT, NEIGHBOUR_COUNT + 1)
            best = self.probed(best, [best.arena_bytes + spacing * number for number in around])
        return self.smallest_region(best.arena_bytes, best.region_bytes, largest_bytes)
