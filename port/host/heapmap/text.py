# SPDX-License-Identifier: MIT
"""The model in characters, for a terminal."""

import itertools

from heap_image import map_text
from .model import BAND_COUNT, DAMAGED, FREE, FREED, MAP, READY, UNTOUCHED

COLUMNS = 64
SITES_SHOWN_MAX = 8
BARS = " ▁▂▃▄▅▆▇█"
SIGNS = {READY: "+", FREE: ".", FREED: "-", MAP: "m", DAMAGED: "!", UNTOUCHED: " "}
LIVE_SIGNS = "123456@"
LEGEND = ("live, by size up to: 1 16, 2 32, 3 64, 4 128, 5 248, 6 512, @ above   + ready   . free   - freed   "
          "m map   ! damaged   blank: never used")


def sign_of(style):
    return LIVE_SIGNS[style] if style < BAND_COUNT else SIGNS[style]


def lines(model, position=None):
    position = model.position_count if position is None else position
    told = [f"{model.name}" + (f", after operation {model.first_position + position:,}" if model.kind == "recording" else "")]
    told += [f"  {name:<20} {text}" for name, text in model.facts] + [f"  ! {line}" for line in model.warnings]
    told += _timeline(model) + ["", LEGEND]
    for number, heap in enumerate(model.heaps):
        told += _heap(model, number, heap, position)
    return told + _sites(model, position)


def _heap(model, number, heap, position):
    size = map_text.cell_bytes_for(heap.shown_end - heap.start)
    items = [item for item in model.at(position) if item.heap == number]
    gone = [item for item in model.items if item.heap == number and item.died <= position and model.kind == "recording"]
    rest = f", the last {heap.end - heap.shown_end:,} never used" if heap.end > heap.shown_end else ""
    return ["", f"{heap.name}, {heap.end - heap.start:,} bytes{rest}; {size} bytes a character",
            *_picture(heap, size, gone, items)]


def _picture(heap, size, gone, items):
    """As map_text.picture, by styles; who lives covers who was there before."""
    count = (heap.shown_end - heap.start + size - 1) // size
    cells = [{} for _ in range(count)]
    for item in gone:
        for index in range((item.start - heap.start) // size, min(count, (item.start + item.bytes - heap.start + size - 1) // size)):
            cells[index]["-"] = 0
    for item in items:
        low, high = item.start - heap.start, item.start + item.bytes - heap.start
        for index in range(low // size, min(count, (high + size - 1) // size)):
            part = min(high, (index + 1) * size) - max(low, index * size)
            sign = sign_of(item.style)
            cells[index][sign] = cells[index].get(sign, 0) + part
    signs = "".join(max(cell, key=cell.get) if cell else " " for cell in cells)
    rows = [(heap.start + at * size, f"{signs[at:at + COLUMNS]:<{COLUMNS}}") for at in range(0, count, COLUMNS)]
    pictured = []
    for text, run in itertools.groupby(rows, key=lambda row: row[1]):
        addresses = [address for address, _ in run]
        pictured.append(f"{addresses[0]:#010x} |{text}|" + (f" x {len(addresses)}" if len(addresses) > 1 else ""))
    return pictured


def _bars(values, most):
    return "".join(BARS[min(8, -(-8 * value // most))] if most else " " for value in values)


def _timeline(model):
    moments = model.timeline
    if not moments:
        return []
    picked = [moments[(len(moments) - 1) * index // (COLUMNS - 1)] for index in range(COLUMNS)]
    most = max(moment.held_bytes for moment in moments)
    return ["", f"  live bytes           |{_bars([one.live_bytes for one in picked], most)}|",
            f"  held, up to {most:<9,}|{_bars([one.held_bytes for one in picked], most)}|",
            f"  fragmentation, 100 % |{_bars([one.fragmentation for one in picked], 1000)}|"]


def _sites(model, position):
    held = {}
    for item in model.at(position):
        if item.style < BAND_COUNT and item.site >= 0:
            blocks, count = held.get(item.site, (0, 0))
            held[item.site] = blocks + 1, count + item.asked
    order = sorted(held, key=lambda site: -held[site][1])
    told = ["", f"  blocks      bytes  {model.sites_are.lower()}"]
    told += [f"{held[site][0]:>8,}{held[site][1]:>11,}  {model.sites[site].name}" for site in order[:SITES_SHOWN_MAX]]
    rest = order[SITES_SHOWN_MAX:]
    if rest:
        told.append(f"{sum(held[site][0] for site in rest):>8,}{sum(held[site][1] for site in rest):>11,}  {len(rest)} others")
    return told if held else told[:0]
