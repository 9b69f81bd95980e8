#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Tells of any finished firmware whose allocator serves it, what is wrong with that, and where its RAM goes.

Exit status: 0 = clean, 1 = there are findings, 2 = the image or the map cannot be used.
"""

import argparse
import pathlib
import sys

from auditing import findings, memory, report
from firmware import elf_file, link_map

CLEAN, FINDINGS, UNUSABLE = 0, 1, 2


class Unusable(Exception):
    """A sentence for the user."""


def read(path):
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}") from None


def subject_of(image_path, map_path=None):
    """Everything about an image. Raises Unusable."""
    try:
        firmware = elf_file.Firmware(read(image_path))
    except elf_file.ImageError as error:
        raise Unusable(f"{image_path}: {error}") from None
    layout_map = None
    if map_path is not None:
        try:
            layout_map = link_map.LinkMap(read(map_path).decode("utf-8", "replace"), firmware)
        except link_map.MapError as error:
            raise Unusable(f"{map_path}: {error}") from None
    return findings.Subject(firmware, memory.Memory(firmware, layout_map), layout_map)


def audit(arguments):
    subject = subject_of(arguments.image, arguments.map)
    found = findings.all_findings(subject)
    write = report.as_json if arguments.json else report.text
    return write(arguments.image, subject, found), FINDINGS if found else CLEAN


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("image", type=pathlib.Path, help="the linked ELF file")
    parser.add_argument("--map", type=pathlib.Path, help="what GNU ld's -Map wrote; tells owners and RAM exactly")
    parser.add_argument("--json", action="store_true", help="print the findings and the budget for programs")
    parser.add_argument("--traceback", action="store_true", help="where the tool itself went wrong")
    arguments = parser.parse_args()
    try:
        text, status = audit(arguments)
    except Unusable as error:
        print(f"audit.py: {error}", file=sys.stderr)
        sys.exit(UNUSABLE)
    except Exception as error:  # a damaged image may contradict itself anywhere
        if arguments.traceback:
            raise
        print(f"audit.py: {arguments.image}: contradicts itself, as a damaged file does "
              f"({type(error).__name__}: {error}; --traceback says where)", file=sys.stderr)
        sys.exit(UNUSABLE)
    print(text)
    sys.exit(status)


if __name__ == "__main__":
    main()
