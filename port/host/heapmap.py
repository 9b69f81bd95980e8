#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Draws the heap of a firmware with obmalloc: as one HTML page, as an SVG picture, or as text for a terminal.

From its ELF file and a dump of its RAM (--dump; a core file, Intel HEX, or raw bytes with --base), or from a recording
(--recording), with a slider over all operations; with both, the dump's blocks tell who allocated them.
"""

import argparse
import pathlib
import sys

from callers import CallersError
from heap_image.errors import HeapImageError
from heapmap import from_dump, from_recording, page, svg, text
from heapmap.model import HeapmapError
from recording.file_format import RecordingError


def number(word):
    return int(word, 0)


def load(arguments):
    if arguments.dump:
        if not arguments.elf:
            raise HeapmapError("a dump is read with the firmware's ELF file")
        return from_dump.load(arguments.elf, arguments.dump, arguments.base, arguments.recording)
    if not arguments.recording:
        raise HeapmapError("there is neither a dump nor a recording to draw")
    return from_recording.load(arguments.recording, arguments.elf, arguments.partial)


def position_of(model, at):
    """The position that the option asks for. Raises HeapmapError iff there is none such."""
    if at is None:
        return None
    position = at - model.first_position
    if model.kind != "recording" or not 0 <= position <= model.position_count:
        raise HeapmapError(f"{model.name}: there is no moment {at}; it has the operations {model.first_position} to "
                           f"{model.first_position + model.position_count}")
    return position


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--elf", help="the firmware")
    parser.add_argument("--dump")
    parser.add_argument("--base", type=number, help="the address of a raw dump's first byte")
    parser.add_argument("--recording")
    parser.add_argument("--partial", action="store_true", help="take a recording without an end, too")
    parser.add_argument("--at", type=int, help="of a recording: after so many operations (default: all)")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--svg", action="store_true", help="a picture")
    form.add_argument("--text", action="store_true", help="characters, on standard output")
    parser.add_argument("--output", help="the file of page or picture")
    arguments = parser.parse_args()
    model = load(arguments)
    position = position_of(model, arguments.at)
    if arguments.text:
        print("\n".join(text.lines(model, position)))
        return
    if not arguments.output:
        raise HeapmapError("--output says where the page or picture goes")
    drawn = svg.picture(model, position) if arguments.svg else page.page(model, position)
    try:
        pathlib.Path(arguments.output).write_text(drawn, "utf-8")
    except OSError as error:
        raise HeapmapError(f"{arguments.output}: {error.strerror}") from None
    print(arguments.output)


if __name__ == "__main__":
    try:
        main()
    except (HeapmapError, HeapImageError, RecordingError, CallersError) as failure:
        sys.exit(f"heapmap.py: {failure}")
