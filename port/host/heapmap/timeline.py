# SPDX-License-Identifier: MIT
"""The curves of use and fragmentation, as SVG elements for the page and for the picture."""

WIDTH = 1000
USE_HEIGHT, LOST_HEIGHT, GAP = 100, 40, 22
HEIGHT = USE_HEIGHT + LOST_HEIGHT + 2 * GAP
FAILURES_SHOWN_MAX = 200


def _path(points, name):
    """As steps: what a moment found holds until the next."""
    words = []
    for index, (x, y) in enumerate(points):
        words.append(f"{'M' if index == 0 else 'H'}{x:.1f}" + (f" {y:.1f}" if index == 0 else f"V{y:.1f}"))
    return f'<path class="{name}" d="{"".join(words)}"/>'


def _text(x, y, words, name=""):
    kind = f' class="{name}"' if name else ""
    return f'<text{kind} x="{x}" y="{y:.1f}">{words}</text>'


def elements(model, width=WIDTH):
    """Lines of SVG, width x HEIGHT."""
    moments = model.timeline
    most = max(1, max(moment.held_bytes for moment in moments))
    last = max(1, model.position_count)
    low = GAP + USE_HEIGHT
    bottom = low + GAP + LOST_HEIGHT

    def x(moment):
        return width * moment.position / last

    parts = [_text(0, 14, f"bytes, up to {most:,}"), _legend(width, bool(model.failures))]
    parts += [f'<line class="grid" x1="0" x2="{width}" y1="{y}" y2="{y}"/>' for y in (GAP, low, low + GAP, bottom)]
    parts.append(_path([(x(one), low - USE_HEIGHT * one.held_bytes / most) for one in moments], "held"))
    parts.append(_path([(x(one), low - USE_HEIGHT * one.live_bytes / most) for one in moments], "live"))
    parts.append(_text(0, low + 18, "fragmentation, 0..100 %"))
    parts.append(_path([(x(one), bottom - LOST_HEIGHT * one.fragmentation / 1000) for one in moments], "lost"))
    for position in model.failures[:FAILURES_SHOWN_MAX]:
        at = width * position / last
        parts.append(f'<path class="failure" d="M{at:.1f} {low}v-14"/>')
    return parts


def _legend(width, has_failures):
    """Names beside pieces of their lines, from the right."""
    names = [("live", "live"), ("held", "held"), *([("failure", "failed request")] if has_failures else [])]
    parts, x = [], width - (300 if has_failures else 150)
    for name, words in names:
        mark = f"M{x} 10h28" if name != "failure" else f"M{x + 20} 16v-14"
        parts.append(f'<path class="{name}" d="{mark}"/>' + _text(x + 34, 14, words))
        x += 80
    return "".join(parts)
