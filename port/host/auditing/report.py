# SPDX-License-Identifier: MIT
"""An audit as text for the terminal, or as JSON."""

import json
import textwrap

import config_word

from . import findings as checks
from . import memory as layout
from .allocators import FIRMWARE, LIBC, OURS, PRIVATE, PRIVATE_PREFIX, display

WIDTH = 100
BAR_CELLS = 80
LETTERS = {layout.DATA: "D", layout.BSS: "B", layout.HEAP: "H", layout.ARENA: "A", layout.STACK: "S",
           layout.FREE: "."}
ARCHITECTURES = {11: "v6-M", 12: "v6S-M", 10: "v7-M", 13: "v7E-M", 16: "v8-M base", 17: "v8-M main", 21: "v8.1-M main"}
HOMES = {OURS: "obmalloc", PRIVATE: "private copy", LIBC: "C library", FIRMWARE: "the firmware"}
NOT_TOLD = ("stripped: which code malloc and its kin reach, second allocators, half overrides, calls past obmalloc, "
            "sbrk, and the C library's heap cannot be told; audit the file before strip")
BOOT_REGION = "obmalloc_boot_region() is in the image, and may move region and arena at boot"


def libc_of(subject):
    """The C library's name, as far as its source files tell."""
    sources = {function.source for function in subject.code.functions if function.source}
    for prefix, name in (("nano-malloc-", "picolibc"), ("nano-mallocr.c", "newlib-nano"), ("mallocr.c", "newlib")):
        if any(source.startswith(prefix) for source in sources):
            return name
    return None


def _row(name, text):
    lines = textwrap.wrap(text, WIDTH - 18, break_on_hyphens=False) or [""]
    if len(name) > 15:
        lines.insert(0, "")
    return [f"  {name:15} {lines[0]}".rstrip()] + [f"{'':18}{line}" for line in lines[1:]]


def _entries(subject):
    """Which functions end in whose heap."""
    grouped = {}
    for entry in sorted(subject.allocators.entries.values(), key=lambda entry: entry.function.address):
        homes = set(entry.homes)
        if entry.is_wrap and subject.allocators.has_own_memory(entry.function):
            homes.add(FIRMWARE)
        homes = " and ".join(HOMES[home] for home in sorted(homes))
        grouped.setdefault(homes, []).append(entry)
    lines = ["", "Allocation functions, by whose heap they work on"]
    for homes, entries in grouped.items():
        lines += _row(homes, "  ".join(f"{display(entry.name)} {entry.function.address:#x}" for entry in entries))
    private = [function for function in subject.code.functions if subject.allocators.is_private(function)]
    if private:
        lines += _row("private copy", f"{len(private)} functions {PRIVATE_PREFIX}* of the C library, "
                      f"{private[0].address:#x} .. {private[-1].end:#x}, behind obmalloc")
    others = subject.allocators.other_allocators()
    if others:
        lines += _row("others", "  ".join(f"{entry.name} {entry.function.address:#x}" for entry in others))
    for name in ("_sbrk", "sbrk"):
        function = subject.code.named(name)
        if function is not None:
            whose = "obmalloc's" if subject.allocators.is_ours(function) else f"of {function.source or 'unknown source'}"
            lines += _row(name, f"{whose}, {function.address:#x}")
    return lines


def config_text(subject):
    """The config word's value and place in words, or None."""
    texts = []
    for place in checks.config_places(subject.firmware):
        data = subject.firmware.bytes_at(place, config_word.WORD.size)
        section = subject.firmware.section_at(place)
        where = f"at {place:#010x}" + (f", section {section.name}" if section else "")
        if len(data) < config_word.WORD.size:
            texts.append(f"missing {where}")
            continue
        try:
            texts.append(f"use_main_obmalloc = {config_word.flag_of(data)}, {where}")
        except config_word.WordError:
            texts.append(f"damaged {where}")
    return "; ".join(texts) or None


def _stack(subject):
    memory = subject.memory
    if memory.stack_top is None:
        return _row("stack", "unknown: no vector table, and none of " + ", ".join(layout.STACK_TOP))
    text = f"starts at {memory.stack_top:#010x} ({memory.used['stack_top']})"
    if memory.stack_limit is not None:
        text += f", limit {memory.stack_limit:#010x} ({memory.used['stack_limit']})"
    elif memory.reserve_start is not None:
        text += f"; no symbol says its limit: down to the heap's end, {memory.used['heap_end']}"
    else:
        text += "; no symbol says its limit or the heap's end"
    function = subject.code.named("malloc")
    if function is not None:
        depth = subject.stack.worst(function)
        text += f"; malloc takes up to {depth.bytes:,} bytes" + (", and more through pointers"
                                                                 if depth.open_ends else "")
    return _row("stack", text)


def _places(subject):
    memory = subject.memory
    lines = ["", "Places"]
    lines += _row("config word", config_text(subject) or "none")
    if memory.heap_start is not None:
        end = (f"{memory.heap_end:#010x} ({memory.used['heap_start']}, {memory.used['heap_end']})"
               if memory.heap_end is not None else f"no symbol says where it ends ({memory.used['heap_start']})")
        lines += _row("heap region", f"{memory.heap_start:#010x} .. {end}")
    if memory.arena_start is not None and memory.arena_end is not None:
        lines += _row("arena", f"{memory.arena_start:#010x} .. {memory.arena_end:#010x}")
    lines += _stack(subject)
    if subject.allocators.ours_is_in and subject.code.named("obmalloc_boot_region"):
        lines += _row("note", BOOT_REGION)
    return lines


def sums(subject):
    """{kind: bytes} of the RAM; they add up to it."""
    found = {kind: 0 for kind in layout.KINDS}
    for piece in subject.memory.pieces():
        found[piece.kind] += piece.end - piece.start
    return found


def bar(pieces, cells=BAR_CELLS):
    """The RAM from low to high addresses, a letter for the most of each part. What is in use has one at
    least, where that does not take another's last one."""
    start, end = pieces[0].start, pieces[-1].end
    letters = []
    for cell in range(cells):
        low = start + (end - start) * cell // cells
        high = max(start + (end - start) * (cell + 1) // cells, low + 1)
        covered = {}
        for piece in pieces:
            share = min(high, piece.end) - max(low, piece.start)
            if share > 0:
                covered[piece.kind] = covered.get(piece.kind, 0) + share
        letters.append(LETTERS[max(covered, key=covered.get)])
    for piece in pieces:
        cell = min((piece.start - start) * cells // (end - start), cells - 1)
        if LETTERS[piece.kind] not in letters and letters.count(letters[cell]) > 1 and piece.kind != layout.FREE:
            letters[cell] = LETTERS[piece.kind]
    return "".join(letters)


def _budget(subject):
    memory = subject.memory
    pieces = memory.pieces()
    if not pieces:
        return ["", "RAM: unknown; no symbol of a heap, and no vector table"]
    start, end = memory.ram
    total = end - start
    lines = ["", f"RAM {start:#010x} .. {end:#010x}, {total:,} bytes ({memory.used['ram']})"]
    for kind, count in sums(subject).items():
        lines.append(f"  {LETTERS[kind]} {kind:14}{count:>12,}{100 * count / total:7.1f} %")
    lines.append(f"  [{bar(pieces)}]")
    for section in memory.elsewhere():
        lines.append(f"  elsewhere: {section.name} at {section.address:#010x}, {section.size:,} bytes")
    return lines


def flash_bytes(subject):
    return sum(section.size for section in subject.firmware.sections if section.in_file)


def text(path, subject, found):
    """The whole report."""
    firmware = subject.firmware
    about = [f"Arm {ARCHITECTURES[firmware.architecture]}" if firmware.architecture in ARCHITECTURES else "",
             libc_of(subject) or "", f"{flash_bytes(subject):,} bytes of flash"]
    lines = [f"{path}: {', '.join(word for word in about if word)}"]
    if firmware.is_stripped:
        lines += ["", *textwrap.wrap(NOT_TOLD, WIDTH)]
    else:
        lines += _entries(subject)
    lines += _places(subject)
    lines += _budget(subject)
    lines.append("")
    for finding in found:
        lines += textwrap.wrap(f"FINDING {finding.kind}: {finding.sentence}", WIDTH, subsequent_indent="    ",
                               break_on_hyphens=False, break_long_words=False)
    lines.append(f"{len(found)} finding{'s' if len(found) != 1 else ''}" if found else
                 "clean, as far as a stripped image can tell" if firmware.is_stripped else "clean")
    return "\n".join(lines)


def as_json(path, subject, found):
    memory = subject.memory
    return json.dumps({
        "image": str(path), "stripped": subject.firmware.is_stripped,
        "entries": {name: {"address": entry.function.address, "homes": sorted(entry.homes)}
                    for name, entry in sorted(subject.allocators.entries.items())},
        "config_word": config_text(subject), "ram": sums(subject), "flash_bytes": flash_bytes(subject),
        "symbols_used": memory.used,
        "findings": [finding._asdict() for finding in found]}, indent=1)


