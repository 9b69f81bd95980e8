# SPDX-License-Identifier: MIT
"""How much of an image is its allocator's, from the map of the link.

The map says from which object each section came, and which symbols it defines. The allocator's
objects are all of libobmalloc.a, or those of the C library that define one of its functions; their
names differ from library to library. All code and static RAM of these objects that the linker kept
counts. What the allocator shares with the rest of the library does not: memset, errno, the lock; nor
does sbrk, which is the board's where it is not ours.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "port" / "host"))

from firmware import link_map  # noqa: E402

PORT_ARCHIVE = "libobmalloc.a("
FUNCTIONS = {"malloc", "free", "calloc", "realloc", "memalign", "_malloc_r", "_free_r", "_calloc_r",
             "_realloc_r", "_memalign_r"}
RAM_SECTIONS = (".data", ".bss", ".noinit", "COMMON")
CODE_SECTIONS = (".text", ".rodata")


def placed_sections(map_text):
    """Returns [(section, bytes, object, symbols)] of what is in the image."""
    return [(piece.section, piece.size, piece.place, set(piece.symbols)) for piece in link_map.placed(map_text)]


def footprint(map_text):
    """Returns the allocator's (static RAM, code) in bytes."""
    sections = placed_sections(map_text)
    objects = {place for _, _, place, symbols in sections
               if PORT_ARCHIVE in place or symbols & FUNCTIONS}
    owned = [(name, size) for name, size, place, _ in sections if place in objects]
    return tuple(sum(size for name, size in owned if name.startswith(kinds))
                 for kinds in (RAM_SECTIONS, CODE_SECTIONS))
