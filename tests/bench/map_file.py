# SPDX-License-Identifier: MIT
"""How much of an image is its allocator's, from the map of the link.

The map says from which object each section came, and which symbols it defines. The allocator's
objects are all of libobmalloc.a, or those of the C library that define one of its functions; their
names differ from library to library. All code and static RAM of these objects that the linker kept
counts. What the allocator shares with the rest of the library does not: memset, errno, the lock; nor
does sbrk, which is the board's where it is not ours.
"""

import re

PORT_ARCHIVE = "libobmalloc.a("
FUNCTIONS = {"malloc", "free", "calloc", "realloc", "memalign", "_malloc_r", "_free_r", "_calloc_r",
             "_realloc_r", "_memalign_r"}
RAM_SECTIONS = (".data", ".bss", ".noinit", "COMMON")
CODE_SECTIONS = (".text", ".rodata")

# Behind a long name, the rest is on a line of its own.
LONG_NAME = re.compile(r"\n\s{12,}(0x\w+\s+0x\w+ )")
SECTION = re.compile(r" (\.[^\s*]\S*|COMMON)\s+0x[0-9a-f]+\s+0x([0-9a-f]+) (\S.*)")
SYMBOL = re.compile(r"\s+0x[0-9a-f]+\s+([A-Za-z_]\w*)$")


def placed_sections(map_text):
    """Returns [(section, bytes, object, symbols)] of what is in the image."""
    placed = map_text.partition("Linker script and memory map")[2]
    sections = []
    for line in LONG_NAME.sub(r" \1", placed).splitlines():
        section = SECTION.match(line)
        symbol = SYMBOL.match(line)
        if section:
            name, size, place = section.groups()
            sections.append((name, int(size, 16), place, set()))
        elif symbol and sections:
            sections[-1][3].add(symbol.group(1))
    return [section for section in sections if section[1]]


def footprint(map_text):
    """Returns the allocator's (static RAM, code) in bytes."""
    sections = placed_sections(map_text)
    objects = {place for _, _, place, symbols in sections
               if PORT_ARCHIVE in place or symbols & FUNCTIONS}
    owned = [(name, size) for name, size, place, _ in sections if place in objects]
    return tuple(sum(size for name, size in owned if name.startswith(kinds))
                 for kinds in (RAM_SECTIONS, CODE_SECTIONS))
