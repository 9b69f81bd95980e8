# SPDX-License-Identifier: MIT
"""What a picture shows, whatever it was made from: heaps, the items that lie in them, and what happened when.

A position is a number of operations: at position p the first p of them have been done. Items of a dump are there at each
position; those of a recording are born and die.
"""

import dataclasses
from typing import Dict, List, Optional

UNIT_BYTES = 8
UNITS_MAX = 1 << 17  # what is drawn of all heaps, in cells of one unit
NEVER = 0xFFFFFFFF

# Name and words of each state. The first BAND_COUNT are live blocks, by size.
BANDS = (16, 32, 64, 128, 248, 512)
STYLES = (
    ("live-16", "live, up to 16 bytes"), ("live-32", "live, 17..32"), ("live-64", "live, 33..64"),
    ("live-128", "live, 65..128"), ("live-248", "live, 129..248"), ("live-512", "live, 249..512"),
    ("live-large", "live, above 512"), ("ready", "freed, ready in its pool"), ("free", "free chunk"), ("map", "the map"),
    ("damaged", "damaged"), ("freed", "freed"), ("untouched", "never used"),
)
BAND_COUNT = len(BANDS) + 1
READY, FREE, MAP, DAMAGED, FREED, UNTOUCHED = range(BAND_COUNT, len(STYLES))
# How an item came to be, and how it ended.
KINDS = ("", "free", "malloc", "calloc", "memalign", "realloc")
ENDS = ("", "freed", "moved or resized by realloc", "ended with its heap", "gone: its free is not in the recording")
ALIVE, FREED_BY, REALLOCATED, HEAP_ENDED, UNSEEN = range(len(ENDS))


class HeapmapError(Exception):
    """A sentence that says why there is no picture."""


def band_of(byte_count):
    """The style of a live block of so many bytes."""
    return next((band for band, most in enumerate(BANDS) if byte_count <= most), len(BANDS))


@dataclasses.dataclass
class Heap:
    """One range of addresses. shown_end: behind it nothing has ever been; unit_bytes: of one cell of the picture."""
    name: str
    start: int
    end: int
    shown_end: int = 0
    unit_bytes: int = UNIT_BYTES

    @property
    def unit_count(self):
        return (self.shown_end - self.start + self.unit_bytes - 1) // self.unit_bytes


@dataclasses.dataclass
class Item:
    """A block, a free chunk, the map: what lies at start..start + bytes. address: what malloc returned, 0 = nothing."""
    heap: int
    start: int
    bytes: int
    style: int
    address: int = 0
    asked: int = 0  # bytes, 0 = not known
    site: int = -1
    kind: int = 0
    born: int = 0  # position
    born_seconds: float = 0.0
    died: int = NEVER
    died_seconds: float = 0.0
    died_site: int = -1
    ended: int = ALIVE
    notes: tuple = ()  # ((name, text), ...)


@dataclasses.dataclass
class Site:
    """Who holds blocks: a call, or, where no recording tells calls, all blocks that look alike."""
    name: str
    blocks: int = 0  # live ones, of a recording at its end
    bytes: int = 0
    peak_bytes: int = 0


@dataclasses.dataclass
class Moment:
    """A point of the timeline."""
    position: int
    live_bytes: int
    held_bytes: int
    free_bytes: int
    largest_bytes: int

    @property
    def fragmentation(self):
        """In thousandths: the part of the free memory that the largest request cannot have."""
        return 1000 - 1000 * self.largest_bytes // self.free_bytes if self.free_bytes else 0


@dataclasses.dataclass
class Model:
    """items[:static_count] are there from the start on; the others are born, or, of a dump, are past tenants."""
    kind: str  # "dump" or "recording"
    name: str
    firmware: str
    heaps: List[Heap]
    items: List[Item]
    static_count: int
    sites: List[Site]
    sites_are: str  # the heading of their list
    facts: List[tuple]  # ((name, text), ...)
    warnings: List[str]
    position_count: int = 0
    first_position: int = 0  # operations before those that are known
    has_seconds: bool = False
    timeline: List[Moment] = dataclasses.field(default_factory=list)
    failures: List[int] = dataclasses.field(default_factory=list)  # positions
    summary: Optional[Dict[str, int]] = None  # of the last moment

    def events(self):
        """[(position, item's number, whether it is born)] in order; of one operation what ends comes first."""
        found = []
        for number, item in enumerate(self.items[self.static_count:], self.static_count):
            found.append((item.born, 1, number))
            if item.died != NEVER:
                # What is born and dies by one operation still does so in this order.
                found.append((item.died, 2 if item.died == item.born else 0, number))
        return [(position, number, order == 1) for position, order, number in sorted(found)]

    def at(self, position):
        """The items that live, or lie there, at a position."""
        if self.kind == "dump":
            return self.items[:self.static_count]
        return [item for item in self.items if item.born <= position < item.died]


def choose_units(heaps):
    """Gives all heaps the cell with which they can be drawn."""
    count = UNIT_BYTES
    while sum((heap.shown_end - heap.start) // count for heap in heaps) > UNITS_MAX:
        count *= 2
    for heap in heaps:
        heap.unit_bytes = count


def shown_end(start, end, used_end):
    """A little more than what has ever been used, in rows' worth of bytes."""
    wanted = used_end + max(64, (used_end - start) // 32)
    return min(end, start + (wanted - start + 511) // 512 * 512)
