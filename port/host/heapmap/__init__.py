# SPDX-License-Identifier: MIT
"""The picture of a heap: one model of it, from a dump or a recording, and a page, an SVG and a text that show it."""
