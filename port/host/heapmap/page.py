# SPDX-License-Identifier: MIT
"""The model as one HTML page that needs nothing besides."""

import array
import base64
import json
import pathlib
from html import escape

from . import timeline
from .model import BAND_COUNT, DAMAGED, ENDS, FREED, KINDS, MAP, STYLES, UNTOUCHED

FOLDER = pathlib.Path(__file__).resolve().parent
SITES_SHOWN_MAX = 60
SCRIPTS = ("data.js", "map.js", "page.js")
# Columns of the items, with the type that data.js gives them.
COLUMNS = {"heap": "B", "start": "I", "bytes": "I", "style": "B", "address": "I", "asked": "I", "site": "i", "kind": "B",
           "born": "I", "born_seconds": "f", "died": "I", "died_seconds": "f", "died_site": "i", "ended": "B"}


def packed(kind, values):
    return base64.b64encode(array.array(kind, values).tobytes()).decode("ascii")


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def as_json(model, shown_position):
    """What data.js reads. '<' is written so that no text can end the script element."""
    events = model.events() if model.kind == "recording" else []
    data = {
        "kind": model.kind, "styles": STYLES, "kinds": KINDS, "ends": ENDS, "bandCount": BAND_COUNT,
        "heaps": [{"name": heap.name, "start": heap.start, "end": heap.end, "shownEnd": heap.shown_end,
                   "unitBytes": heap.unit_bytes, "units": heap.unit_count} for heap in model.heaps],
        "columns": {camel(name): packed(kind, [getattr(item, name) for item in model.items])
                    for name, kind in COLUMNS.items()},
        "staticCount": model.static_count, "firstPast": model.static_count,
        "events": packed("i", [number + 1 if is_born else -number - 1 for _, number, is_born in events]),
        "eventPositions": packed("I", [position for position, _, _ in events]),
        "sites": [{"name": site.name} for site in model.sites],
        "usedStyles": used_styles(model),
        "notes": {str(number): item.notes for number, item in enumerate(model.items) if item.notes},
        "positionCount": model.position_count, "firstPosition": model.first_position, "hasSeconds": model.has_seconds,
        "shownPosition": shown_position,
    }
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


def used_styles(model):
    """Those that the legend needs."""
    used = {item.style for item in model.items} | {UNTOUCHED}
    used |= {FREED} if model.kind == "recording" else set()
    return sorted((used | set(range(BAND_COUNT))) - ({DAMAGED} if DAMAGED not in used else set())
                  - ({MAP} if MAP not in used else set()))


def _facts(model):
    return "\n".join(f"<div><dt>{escape(name)}</dt><dd>{escape(text)}</dd></div>" for name, text in model.facts)


def _maps(model):
    wide = max(model.heaps, key=lambda heap: heap.unit_count)
    return "\n".join(_map(number, heap, heap is wide and len(model.heaps) > 1) for number, heap in enumerate(model.heaps))


def _map(number, heap, is_wide):
    rest = heap.end - heap.shown_end
    told = f", of which the last {rest:,}, never used, are not drawn" if rest else ""
    caption = f"{heap.start:#010x}..{heap.end:#010x}, {heap.end - heap.start:,} bytes{told}"
    label = escape(f"Map of the {heap.name}, {caption}. Arrow keys move from block to block.")
    return (f'<figure{" class=wide" if is_wide else ""}><figcaption><b>{escape(heap.name)}</b> {caption}</figcaption>'
            f'<div class="stack"><canvas id="map{number}" tabindex="0" role="application" aria-label="{label}" '
            f'aria-describedby="story"></canvas><canvas id="frame{number}" aria-hidden="true"></canvas></div></figure>')


def _legend():
    return "\n".join(f'<tr><td><canvas class="swatch" width="32" height="15" aria-hidden="true"></canvas>{escape(words)}</td>'
                     "<td></td><td></td></tr>" for _, words in STYLES)


def _sites(model):
    rows = []
    for number, site in enumerate(shown_sites(model)):
        peak = f"<td>{site.peak_bytes:,}</td>" if model.kind == "recording" else ""
        rows.append(f'<tr data-site="{number}"><td><button type="button" data-site="{number}" aria-pressed="false">'
                    f"{escape(site.name)}</button></td><td>{site.blocks:,}</td><td>{site.bytes:,}</td>{peak}</tr>")
    return "\n".join(rows) or '<tr><td colspan="3">nobody</td></tr>'


def shown_sites(model):
    """Those that ever held something; they come first."""
    return [site for site in model.sites if site.peak_bytes][:SITES_SHOWN_MAX]


def _timeline(model):
    if model.kind != "recording":
        return ""
    parts = "\n".join(timeline.elements(model))
    return (f'<section class="timeline" aria-label="Use over time"><svg id="timeline" viewBox="0 0 {timeline.WIDTH} '
            f'{timeline.HEIGHT}" role="img" aria-label="Live bytes, held bytes and fragmentation over the operations">\n{parts}\n'
            f'<line id="marker" y1="0" y2="{timeline.HEIGHT}" x1="0" x2="0"/></svg>\n'
            f'<input id="slider" type="range" min="0" max="{model.position_count}" step="1" value="0" '
            f'aria-label="Operations that have been done"><output id="moment" for="slider"></output></section>')


def page(model, shown_position=None):
    """The page's text. shown_position: what the slider shows first, of a recording; None = the end."""
    position = model.position_count if shown_position is None else shown_position
    hidden = sum(site.peak_bytes > 0 for site in model.sites) - len(shown_sites(model))
    values = {
        "title": escape(f"The heap of {pathlib.Path(model.firmware or model.name).stem}"),
        "source": escape(f"From the {model.kind} {model.name}" + (f", firmware {model.firmware}" if model.firmware else "")),
        "warnings": "\n".join(f'<p class="warning" role="alert">{escape(line)}</p>' for line in model.warnings),
        "facts": _facts(model), "timeline": _timeline(model), "maps": _maps(model), "legend": _legend(),
        "unit": str(model.heaps[0].unit_bytes), "sites_are": escape(model.sites_are),
        "site_word": "call site" if model.sites_are == "Call sites" else "kind",
        "sites": _sites(model), "peak_head": '<th scope="col">at its peak</th>' if model.kind == "recording" else "",
        "more_sites": f"<p>and {hidden:,} more, which held less</p>" if hidden > 0 else "",
        "largest_is": ("the longest piece of it" if model.kind == "recording" else
                       "the largest request that would succeed now, after all that waits in pools has been merged"),
        "style": (FOLDER / "page.css").read_text("utf-8"),
        "script": "\n".join(script(name) for name in SCRIPTS),
        "model": as_json(model, position),
    }
    text = (FOLDER / "page.html").read_text("utf-8")
    head, *rest = text.split("{{")
    parts = [head]
    for piece in rest:
        name, tail = piece.split("}}", 1)
        parts += [values[name], tail]
    return "".join(parts)


def script(name):
    """A file's code, without the line that each begins with for itself."""
    return (FOLDER / name).read_text("utf-8").replace("// SPDX-License-Identifier: MIT\n", "", 1)
