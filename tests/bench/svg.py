# SPDX-License-Identifier: MIT
"""A little SVG: text in, text out, the same on every machine.

Colours are Okabe and Ito's, which the colour-blind can tell apart, and no allocator is told by its
colour alone: lines have their own dashes, dots their own shapes. A picture follows the reader's light
or dark scheme, background included.
"""

from xml.sax.saxutils import escape

STYLE = """
  text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; }
  .title { font-size: 16px; font-weight: 600; }
  .strong { font-weight: 600; }
  .end { text-anchor: end; } .middle { text-anchor: middle; }
  .paper { fill: #ffffff; } text { fill: #1f2328; } .faint { fill: #59636e; }
  .grid { stroke: #d1d9e0; stroke-width: 1; } .axis { stroke: #818b98; stroke-width: 1; }
  .line { fill: none; stroke-width: 2; } .heavy { stroke-width: 3; }
  .mark { stroke-width: 1.5; } .hollow { fill: #ffffff; stroke-width: 2; }
  .blue { stroke: #0072b2; } .orange { stroke: #e69f00; } .green { stroke: #009e73; }
  .purple { stroke: #cc79a7; }
  .blue.full { fill: #0072b2; } .orange.full { fill: #e69f00; } .green.full { fill: #009e73; }
  .purple.full { fill: #cc79a7; }
  @media (prefers-color-scheme: dark) {
    .paper, .hollow { fill: #0d1117; } text { fill: #e6edf3; } .faint { fill: #9198a1; }
    .grid { stroke: #2b323b; } .axis { stroke: #656c76; }
    .blue { stroke: #58a6e6; } .orange { stroke: #f0b429; } .green { stroke: #2fc79a; }
    .purple { stroke: #e29cc5; }
    .blue.full { fill: #58a6e6; } .orange.full { fill: #f0b429; } .green.full { fill: #2fc79a; }
    .purple.full { fill: #e29cc5; }
  }
"""

# Allocator: colour, dashes of its line, further classes of its line, shape and filling of its dot.
LOOKS = {
    "ours": ("blue", "", " heavy", "circle", "full"),
    "ours-fixed": ("blue", "7 4", "", "circle", "hollow"),
    "ours-off": ("green", "2 3", "", "triangle", "hollow"),
    "newlib": ("orange", "", "", "square", "full"),
    "nano": ("green", "10 3 2 3", "", "triangle", "full"),
    "picolibc": ("purple", "2 3", "", "diamond", "full"),
}


def number(value):
    """A coordinate: a tenth of a pixel is enough."""
    return f"{value:.1f}".removesuffix(".0")


class Picture:
    """Collects elements; coordinates in pixels, y downwards."""

    def __init__(self, width, height, title):
        self.parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
                      f'width="{width}" height="{height}" role="img">',
                      f"<title>{escape(title)}</title>", f"<style>{STYLE}</style>",
                      f'<rect class="paper" width="{width}" height="{height}"/>']

    def text(self, x, y, words, classes=""):
        attribute = f' class="{classes}"' if classes else ""
        self.parts.append(f'<text{attribute} x="{number(x)}" y="{number(y)}">{escape(words)}</text>')

    def turned_text(self, x, y, words, classes):
        """Reads upwards."""
        self.parts.append(f'<text class="{classes}" transform="translate({number(x)} {number(y)}) '
                          f'rotate(-90)">{escape(words)}</text>')

    def line(self, x1, y1, x2, y2, classes):
        self.parts.append(f'<path class="{classes}" d="M{number(x1)} {number(y1)}'
                          f'L{number(x2)} {number(y2)}"/>')

    def curve(self, points, name):
        """A line through the points, in the look of an allocator."""
        colour, dashes, weight, _, _ = LOOKS[name]
        path = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)
        dash = f' stroke-dasharray="{dashes}"' if dashes else ""
        self.parts.append(f'<path class="line {colour}{weight}"{dash} d="{path}"/>')

    def dot(self, x, y, name, radius=5):
        colour, _, _, shape, filling = LOOKS[name]
        classes = f"mark {colour} {filling}"
        if shape == "circle":
            self.parts.append(f'<circle class="{classes}" cx="{number(x)}" cy="{number(y)}" '
                              f'r="{radius}"/>')
            return
        corners = {"square": ((-.9, -.9), (.9, -.9), (.9, .9), (-.9, .9)),
                   "triangle": ((0, -1.1), (1.1, .9), (-1.1, .9)),
                   "diamond": ((0, -1.2), (1.2, 0), (0, 1.2), (-1.2, 0))}[shape]
        path = "L".join(f"{number(x + radius * dx)} {number(y + radius * dy)}"
                        for dx, dy in corners)
        self.parts.append(f'<path class="{classes}" d="M{path}Z"/>')

    def write(self, path):
        path.write_text("\n".join([*self.parts, "</svg>"]) + "\n", "utf-8")
