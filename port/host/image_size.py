#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Code, static RAM and stack of firmwares: for one image by object and entry point, for several a line each.

text is code and constants, data the variables with a first value (in flash and in RAM), bss the others; frame is the
most that a function of the object takes of the stack for itself. The stack is what lies below the call of an entry
point at most, with all that it calls; hooks of the firmware apart.
"""

import argparse
import pathlib
import re
import sys

from auditing import allocators, memory
from firmware import code, elf_file, link_map, stack

ENTRY_POINTS = ("malloc free calloc realloc memalign aligned_alloc posix_memalign malloc_usable_size _malloc_r "
                "_free_r _calloc_r _realloc_r _memalign_r").split()
IN_A_LINE = ("malloc", "free", "calloc", "realloc", "memalign")
OURS, PRIVATE, REST = "obmalloc", "the C library's own allocator, a private copy", "the rest: board, program, C library"
KINDS = ("text", "data", "bss")


def short(place):
    """An object's name without folder and archive."""
    return re.search(r"([^/()]+)\)?$", place).group(1)


class SizeError(Exception):
    """A sentence for the user."""


class Image:
    """One firmware with its map. Raises SizeError."""

    def __init__(self, path):
        self.path = path
        try:
            self.firmware = elf_file.Firmware(path.read_bytes())
            self.map = link_map.LinkMap(path.with_suffix(".map").read_text("utf-8", "replace"), self.firmware)
        except OSError as error:
            raise SizeError(f"{error.filename}: {error.strerror}") from None
        except (elf_file.ImageError, link_map.MapError) as error:
            raise SizeError(f"{path}: {error}") from None
        self.code = code.Code(self.firmware)

    def kind(self, section):
        if not section.in_file:
            return None if memory.holds_no_data(section) else "bss"
        return "data" if section.load_address != section.address else "text"

    def totals(self):
        """{kind: bytes} of the sections; what only keeps the place of a heap or a stack is none of them."""
        found = dict.fromkeys(KINDS, 0)
        for section in self.firmware.sections:
            if self.kind(section):
                found[self.kind(section)] += section.size
        return found

    def owner(self, piece):
        if not allocators.OUR_ARCHIVE.search(piece.place):
            return REST
        source = self.firmware.source_of(piece.address) or ""
        is_copy = any(name.startswith(allocators.PRIVATE_PREFIX) and not name.startswith("libc_block_")
                      for name in piece.symbols)
        return PRIVATE if is_copy or source.endswith("mallocr.c") else OURS

    def by_object(self):
        """{owner: {object: {kind: bytes}}}. What lies between pieces is nobody's: it is among the rest."""
        outputs = {section.name: section for section in self.firmware.sections}
        found = {OURS: {}, PRIVATE: {}, REST: {}}
        copies = {piece.place for piece in self.map.pieces if self.owner(piece) == PRIVATE}
        for piece in self.map.pieces:
            kind = self.kind(outputs[piece.output])
            if kind is None:
                continue
            owner = PRIVATE if piece.place in copies else self.owner(piece)
            name = short(piece.place) if owner != REST else REST
            counts = found[owner].setdefault(name, dict.fromkeys(KINDS, 0))
            counts[kind] += piece.size
        rest = found[REST].setdefault(REST, dict.fromkeys(KINDS, 0))
        for kind, total in self.totals().items():
            rest[kind] += total - sum(counts[kind] for objects in found.values() for counts in objects.values())
        return found

    def frames(self):
        """{object: bytes} of the largest frame that a function of it has, callees apart."""
        depths, found = stack.Stack(self.code), {}
        for function in self.code.functions:
            place = self.map.object_at(function.address)
            if place and allocators.OUR_ARCHIVE.search(place):
                name = short(place)
                found[name] = max(found.get(name, 0), depths.frame(function))
        return found

    def depths(self):
        """{entry point: (Depth without the hooks, Depth with them)} of those that the image has."""
        alone = stack.Stack(self.code, without=allocators.HOOKS)
        whole = stack.Stack(self.code)
        functions = {name: self.code.named(name) for name in ENTRY_POINTS}
        return {name: (alone.worst(function), whole.worst(function))
                for name, function in functions.items() if function is not None}


def summed(objects):
    return {kind: sum(counts[kind] for counts in objects.values()) for kind in KINDS}


def row(name, counts, indent=0, frame=None):
    cells = [counts[kind] for kind in KINDS] + ([] if frame is None else [frame])
    return f"{' ' * indent}{name:{50 - indent}}" + "".join(f"{cell:>10,}" for cell in cells)


def way(depth):
    """The functions on the deepest way, the middle of a long one left out."""
    names = list(dict.fromkeys(name for name, _ in depth.chain[1:]))
    return " > ".join(names if len(names) <= 4 else [names[0], "..", *names[-3:]])


def one(image):
    """The tables for one image."""
    owners = image.by_object()
    frames = image.frames()
    lines = [f"{str(image.path):50}{'text':>10}{'data':>10}{'bss':>10}{'frame':>10}"]
    for owner in (OURS, PRIVATE):
        lines.append(row(owner, summed(owners[owner])))
        lines += [row(name, counts, 2, frames.get(name)) for name, counts in sorted(owners[owner].items())]
    lines += [row(REST, summed(owners[REST])), row("all", image.totals())]
    lines += ["", f"{'stack below the call, bytes':28}{'alone':>8}{'with hooks':>12}  deepest way"]
    for name, (alone, whole) in image.depths().items():
        mark = "+" if alone.open_ends else ""
        lines.append(f"{name:28}{alone.bytes:>7,}{mark or ' '}{whole.bytes:>12,}  {way(alone)}".rstrip())
    ends = sorted({end for alone, _ in image.depths().values() for end in alone.open_ends})
    lines += [f"+ not counted: {end}" for end in ends]
    return lines


def several(images):
    """A line for each, named by its folder."""
    lines = [f"{'':24}{'all of it':^27}   {'obmalloc':^16}   stack below the call of",
             f"{'':24}{'text':>9}{'data':>9}{'bss':>9}   {'text':>9}{'RAM':>7}   "
             + "".join(f"{name:>9}" for name in IN_A_LINE)]
    for image in images:
        totals, ours = image.totals(), summed(image.by_object()[OURS])
        depths = image.depths()
        cells = (depths[name][0] if name in depths else None for name in IN_A_LINE)
        lines.append(f"{image.path.parent.name:24}" + "".join(f"{totals[kind]:>9,}" for kind in KINDS)
                     + f"   {ours['text']:>9,}{ours['data'] + ours['bss']:>7,}   "
                     + "".join(f"{'-' if depth is None else depth.bytes:>9}" for depth in cells))
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", nargs="+", type=pathlib.Path, help="ELF files, each with its .map beside it")
    arguments = parser.parse_args()
    try:
        images = [Image(path) for path in arguments.images]
        print("\n".join(one(images[0]) if len(images) == 1 else several(images)))
    except SizeError as error:
        sys.exit(f"image_size.py: {error}")


if __name__ == "__main__":
    main()
