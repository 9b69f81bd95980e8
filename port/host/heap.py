#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Shows the heap of a firmware with obmalloc, from its ELF file and a dump of its RAM.

The dump is a core file (`heap save FILE` in gdb, or `make dump`), an Intel HEX file, or raw bytes with --base. The
words are those of gdb's command `heap` (port/gdb/obmalloc.py). Exits with 0, with 1 iff the heap is damaged, and with
2 where it cannot be looked at.
"""

import argparse
import json
import os
import sys

from heap_image import block_text, map_text, memory, open_dump, text
from heap_image.errors import HeapImageError


def number(word):
    return int(word, 0)


def as_json(image):
    """All that is known, for programs."""
    def heap(one):
        return {"name": one.name, "start": one.start, "base": one.base, "end": one.end, "untouched": one.untouched,
                "statistics": one.statistics(), "chunks": [chunk._asdict() for chunk in one.chunks]}
    state = image.state
    libc = image.libc
    return {
        "flag": state.flag, "booted": bool(state.booted), "latched": state.is_latched, "sentence": state.sentence(),
        "region": [state.region_start, state.region_end], "arena_start": state.arena_start,
        "heaps": [heap(one) for one in image.pools_heaps],
        "libc": {"name": libc.name, "start": libc.start, "end": libc.end, "used_bytes": libc.used_bytes,
                 "chunks": [chunk._asdict() for chunk in libc.chunks]} if libc else None,
        "free_bytes": image.free_bytes, "never_used_bytes": image.never_used_bytes,
        "largest_request": image.largest_request(), "failure_count": state.failure_count,
        "overflow_small_to_libc": state.overflow_small_to_libc,
        "overflow_large_to_arena": state.overflow_large_to_arena, "misuse_count": image.misuse_count,
        "findings": [{"heap": name, **finding._asdict()} for name, finding in image.findings],
    }


def registers_of(path):
    with open(path, "rb") as file:
        data = file.read()
    return memory.registers_of(data, path) if data[:4] == b"\x7fELF" else ()


def lines_of(image, words, dump_path):
    """What the words ask for. Raises HeapImageError iff they ask for nothing that there is."""
    what, *rest = words or ["summary"]
    try:
        values = [number(word) for word in rest]
    except ValueError:
        raise HeapImageError(f"'{' '.join(rest)}' is no number") from None
    plain = {"summary": text.summary, "pools": text.pools, "check": text.check, "map": map_text.heap_map}
    if what in plain and len(values) <= (what == "map"):
        return plain[what](image, *values)
    if what == "leaks" and not values:
        return text.leaks(image, registers_of(dump_path))
    if what == "class" and len(values) == 1:
        return text.of_class(image, *values)
    if what == "block" and len(values) == 1:
        return block_text.block(image, *values, registers_of(dump_path))
    raise HeapImageError(f"'{' '.join(words)}' is nothing to show; there are summary, pools, class BYTES, "
                         "block ADDRESS, leaks, check, map [BYTES]")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=number, help="the address of a raw dump's first byte")
    parser.add_argument("--json", action="store_true", help="all that is known, for programs")
    parser.add_argument("firmware", help="the ELF file")
    parser.add_argument("dump")
    parser.add_argument("words", nargs="*", help="summary (default), pools, class BYTES, block ADDRESS, leaks, check, "
                        "map [BYTES]")
    arguments = parser.parse_args()
    try:
        image = open_dump(arguments.firmware, arguments.dump, arguments.base)
        if arguments.json:
            print(json.dumps(as_json(image)))
        else:
            print("\n".join(lines_of(image, arguments.words, arguments.dump)))
    except HeapImageError as error:
        print(f"heap.py: {error}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(1 if image.findings else 0)


if __name__ == "__main__":
    main()
