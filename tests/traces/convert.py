#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Converts allocation traces: text to the compact binary form that boards replay, and back; recordings too."""

import argparse
import pathlib
import sys

import from_recording
import trace_binary
from trace_text import Trace, TraceError, format_text, parse_text

BINARY_SUFFIX = ".obmt"


def load(path: pathlib.Path) -> Trace:
    """Reads a trace in either form, or a recording, told apart by their first bytes."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TraceError(f"{path}: {error.strerror}") from None
    if trace_binary.is_binary(data):
        return trace_binary.decode(data, str(path))
    if from_recording.is_recording(data):
        return from_recording.trace_of(data, str(path))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise TraceError(f"{path}: is neither a binary trace nor text (byte {error.start})") \
            from None
    return parse_text(text.splitlines(), str(path))


def save(loaded: Trace, path: pathlib.Path):
    """Writes the binary form iff the name ends in .obmt, else text."""
    if path.suffix == BINARY_SUFFIX:
        data = trace_binary.encode(loaded)
    else:
        data = format_text(loaded).encode("utf-8")
    try:
        path.write_bytes(data)
    except OSError as error:
        raise TraceError(f"{path}: {error.strerror}") from None


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="Input may have either form, or be a recording. Output is binary iff its name "
        f"ends in {BINARY_SUFFIX}, else text.")
    parser.add_argument("input", nargs="+", type=pathlib.Path)
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--output", type=pathlib.Path, help="file to write, for one input")
    group.add_argument("--into", type=pathlib.Path, metavar="DIR",
                       help=f"folder to write each input to, as NAME{BINARY_SUFFIX}")
    group.add_argument("--check", action="store_true", help="write nothing; say what each holds")
    arguments = parser.parse_args()
    if arguments.output and len(arguments.input) > 1:
        parser.error("--output takes one input; use --into for several")
    return arguments


def main():
    arguments = parse_arguments()
    for path in arguments.input:
        loaded = load(path)
        if arguments.check:
            print(f"{path}: {len(loaded.operations)} operations, {loaded.slot_count} slots, "
                  f"{loaded.peak_live_bytes} bytes live at the peak")
        elif arguments.output:
            save(loaded, arguments.output)
        else:
            save(loaded, arguments.into / (path.stem + BINARY_SUFFIX))


if __name__ == "__main__":
    try:
        main()
    except TraceError as failure:
        sys.exit(f"convert.py: {failure}")
