# SPDX-License-Identifier: MIT
"""How much .data and .bss of an image are an allocator's, from the map of its link.

The map says from which object each section came, and which symbols it defines. The allocator's
objects are all of libobmalloc.a, or those of the C library that define one of its functions; their
names differ from library to library. All RAM of these objects counts. sbrk's variable does not where
the board brings sbrk, nor does the C library's errno.
"""

import re

PORT_ARCHIVE = "libobmalloc.a("
FUNCTIONS = {"malloc", "free", "calloc", "realloc", "memalign", "_malloc_r", "_free_r", "_calloc_r",
             "_realloc_r", "_memalign_r"}
RAM_SECTIONS = (".data", ".bss", ".noinit", ".tdata", ".tbss", "COMMON")

# Behind a long name, the rest is on a line of its own.
SECTION = re.compile(r" (\.[^\s*]\S*|COMMON)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S.*)")
SYMBOL = re.compile(r"\s+0x[0-9a-f]+\s+(\w+)$")


def placed_sections(map_text):
    """Yields (section, bytes, object, symbols) for all that is in the image."""
    text = map_text.partition("Linker script and memory map")[2]
    section = None
    for line in re.sub(r"\n\s{12,}(0x\w+\s+0x\w+ )", r" \1", text).splitlines():
        match = SECTION.match(line)
        if match:
            if section:
                yield section
            name, _, size, place = match.groups()
            section = (name, int(size, 16), place, set())
        elif section and SYMBOL.match(line):
            section[3].add(SYMBOL.match(line).group(1))
    if section:
        yield section


def static_bytes(map_text):
    """Returns the allocator's bytes of static RAM."""
    sections = [section for section in placed_sections(map_text) if section[1]]
    objects = {place for _, _, place, symbols in sections
               if PORT_ARCHIVE in place or symbols & FUNCTIONS}
    return sum(size for name, size, place, _ in sections
               if place in objects and name.startswith(RAM_SECTIONS))
