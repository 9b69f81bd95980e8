# SPDX-License-Identifier: MIT
"""The model as an SVG picture for a README: the heaps at one moment and, of a recording, the timeline."""

import bisect
import pathlib
from xml.sax.saxutils import escape

from . import timeline
from .model import BAND_COUNT, FREED, STYLES, UNTOUCHED

WIDTH = 1000
MARGIN = 16
HEAP_HEIGHT_MAX = 240
CELLS = (8, 6, 5, 4, 3, 2, 1)
# Ground, and whether the pattern's ink is drawn over it.
GROUNDS = ("#f0e442", "#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#d55e00", "#0072b2", "#cdcdcd", "#f0f0f0", "#5a5a5a",
           "#c80000", "#e4e4e4", "#fafafa")
PATTERNS = ("", "M0 3h6", "M0 6L6 0", "M3 0v6", "M0 0L6 6", "M2 2h2v2h-2z", "M3 0v6M0 3h6", "M0 6L6 0", "", "", "M0 0h3v3h-3z", "",
            "")
STYLE = """
text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328; }
.title { font-size: 16px; font-weight: 600; } .faint { fill: #59636e; } .paper { fill: #ffffff; }
.grid, .frame { stroke: #d1d9e0; fill: none; } .moment { stroke: #59636e; } .ink { stroke: #000000; stroke-opacity: .45; fill: none; }
.live, .held, .lost, .failure { fill: none; stroke-width: 2; }
.live { stroke: #0072b2; stroke-width: 3; } .held { stroke: #b36b00; stroke-dasharray: 8 4; }
.lost { stroke: #007a59; stroke-dasharray: 2 3; } .failure { stroke: #d55e00; }
@media (prefers-color-scheme: dark) {
  .paper { fill: #0d1117; } text { fill: #e6edf3; } .faint { fill: #9198a1; } .grid, .frame { stroke: #3a424c; }
  .live { stroke: #58a6e6; } .held { stroke: #f0b429; } .lost { stroke: #2fc79a; }
  .s7 { fill: #6a717b; } .s8 { fill: #2b323b; } .s9 { fill: #969696; } .s11 { fill: #3a424c; } .s12 { fill: #161b22; }
}
"""


def picture(model, position=None):
    """The file's text."""
    position = model.position_count if position is None else position
    parts = [f'<text class="title" x="{MARGIN}" y="26">{escape(_title(model, position))}</text>']
    y = 44
    if model.timeline:
        x = (WIDTH - 2 * MARGIN) * position / max(1, model.position_count)
        parts += [f'<g transform="translate({MARGIN} {y})">', *timeline.elements(model, WIDTH - 2 * MARGIN),
                  f'<line class="moment" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{timeline.HEIGHT}"/></g>']
        y += timeline.HEIGHT + 8
    used = set()
    items = model.at(position)
    gone = [item for item in model.items if item.died <= position] if model.kind == "recording" else []
    for number, heap in enumerate(model.heaps):
        y = _heap(parts, heap, [[item for item in found if item.heap == number] for found in (items, gone)], y, used)
    y = _legend(parts, y, used)
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}" '
                      f'role="img">', f"<title>{escape(_title(model, position))}</title>", f"<style>{STYLE}</style>",
                      f"<defs>{_patterns()}</defs>", f'<rect class="paper" width="{WIDTH}" height="{y}"/>', *parts, "</svg>\n"])


def _title(model, position):
    name = f"The heap of {pathlib.Path(model.firmware or model.name).stem}"
    if model.kind == "recording":
        name += f" after operation {model.first_position + position:,}"
    return name




def _patterns():
    return "".join(f'<pattern id="p{style}" width="6" height="6" patternUnits="userSpaceOnUse"><path class="ink" d="{path}"/>'
                   "</pattern>" for style, path in enumerate(PATTERNS) if path)


def _heap(parts, heap, found, y, used):
    """Draws one heap below y. Returns where the next thing may begin."""
    items, gone = found
    width = WIDTH - 2 * MARGIN
    for cell in CELLS:
        columns = width // cell // 8 * 8
        rows = (heap.unit_count + columns - 1) // columns
        high = cell + 2
        if rows * high <= HEAP_HEIGHT_MAX:
            break
    rest = heap.end - heap.shown_end
    told = f"; the last {rest:,}, never used, are not drawn" if rest else ""
    parts.append(f'<text x="{MARGIN}" y="{y + 16}">{escape(heap.name)} {heap.start:#010x}..{heap.end:#010x}, '
                 f'{heap.end - heap.start:,} bytes{told}</text>')
    top = y + 24
    paths = {}
    grid = (heap, columns, cell, high, top)
    for item in items:
        paths.setdefault(item.style, []).extend(_pieces(item.start, item.start + item.bytes, grid, 0.6))
    freed = [piece for low, end in _without(gone, items) for piece in _pieces(low, end, grid, 0)]
    paths[FREED] = freed
    paths[UNTOUCHED] = [f"M{MARGIN} {top}h{columns * cell}v{rows * high}h-{columns * cell}z"]
    for style in sorted(paths, key=lambda style: (style != UNTOUCHED, style != FREED, style)):
        if paths[style]:
            used.add(style)
            shape = "".join(paths[style])
            parts.append(f'<path class="s{style}" fill="{GROUNDS[style]}" d="{shape}"/>')
            if PATTERNS[style] and cell >= 3:
                parts.append(f'<path fill="url(#p{style})" d="{shape}"/>')
    parts.append(f'<rect class="frame" x="{MARGIN - 1}" y="{top - 1}" width="{columns * cell + 2}" height="{rows * high + 1}"/>')
    return top + rows * high + 8


def _pieces(start, end, grid, gap):
    """The rectangles, row by row, of a range of addresses."""
    heap, columns, cell, high, top = grid
    first, last = (start - heap.start + 7) // 8 * 8 // heap.unit_bytes, -(-((end - heap.start + 7) // 8 * 8) // heap.unit_bytes)
    last = min(max(last, first + 1), heap.unit_count)
    for row in range(first // columns, (last - 1) // columns + 1):
        left, right = max(first, row * columns) - row * columns, min(last, (row + 1) * columns) - row * columns
        at = gap if left + row * columns == first else 0
        wide = f"{(right - left) * cell - at:g}"
        yield f"M{MARGIN + left * cell + at:g} {top + row * high}h{wide}v{high - 1}h-{wide}z"


def _without(gone, items):
    """Where ended items were and no live one is: disjoint ranges, in order."""
    taken = sorted((item.start, item.start + item.bytes) for item in items)
    starts = [start for start, _ in taken]
    end = 0
    for start, stop in sorted({(item.start, item.start + item.bytes) for item in gone}):
        start = max(start, end)
        while start < stop:
            index = bisect.bisect_right(starts, start) - 1
            if index >= 0 and taken[index][1] > start:
                start = taken[index][1]
                continue
            following = starts[index + 1] if index + 1 < len(starts) else stop
            yield start, min(stop, following)
            start = min(stop, following)
        end = max(end, stop)


def _legend(parts, y, used):
    x = MARGIN
    for style in sorted(used | set(range(BAND_COUNT))):
        words = STYLES[style][1]
        wide = 48 + 7 * len(words)
        if x + wide > WIDTH:
            x, y = MARGIN, y + 22
        box = f"M{x} {y + 5}h24v13h-24z"
        parts.append(f'<path class="s{style}" fill="{GROUNDS[style]}" d="{box}"/>')
        if PATTERNS[style]:
            parts.append(f'<path fill="url(#p{style})" d="{box}"/>')
        parts.append(f'<path class="frame" d="{box}"/><text x="{x + 30}" y="{y + 16}">{escape(words)}</text>')
        x += wide
    return y + 34
