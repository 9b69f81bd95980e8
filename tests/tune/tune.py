#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Finds the size of the arena that needs least RAM for a trace, and writes it for the linker.

The same image and trace give the same output everywhere.
"""

import argparse
import pathlib
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests" / folder) for folder in ("bench", "replay")]

import measure  # finds the traces' modules for the others
import outputs
import search
import subject
import tables
from progress import Progress
from trial import BenchError
from tuner import Tuner

LABELS = {"nano": "newlib-nano", "newlib": "newlib", "picolibc": "picolibc"}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trace", required=True, help="name in tests/traces, or a file in either form")
    parser.add_argument("--build", default="build", help="build directory")
    parser.add_argument("--board", default="mps2-an386")
    parser.add_argument("--libc", default="nano", choices=LABELS)
    parser.add_argument("--output", type=pathlib.Path, required=True, help="folder to write to")
    return parser.parse_args()


def figure(value, digits=1):
    return tables.text(value, digits)


def line(label, measured):
    if measured is None:
        return [label, "-", "-", "-", "-", "-"]
    return [label, tables.text(measured.shape.arena_bytes), tables.text(measured.shape.region_bytes),
            f"{measured.over_peak:.3f}", figure(measured.tight_instructions),
            figure(measured.roomy_instructions)]


def print_advice(arguments, name, trace, advice):
    print(f"{name} on {arguments.board} with {LABELS[arguments.libc]}: {len(trace.operations):,} "
          f"operations, {trace.peak_live_bytes:,} bytes live at the peak\n")
    rows = [["", "arena size", "region needed", "over peak", "instructions", "in twice the peak"]]
    if advice.linked_bytes:
        rows.append(line(f"before: {arguments.board}'s linker script", advice.linked))
    rows += [line("default: the whole region (0)", advice.whole),
             line("fixed arena, best size", advice.fixed)]
    tables.print_columns(rows)
    print()
    whole, fixed = (one.shape.region_bytes for one in (advice.whole, advice.fixed))
    less, more = ("a fixed arena", "the whole region") if fixed < whole else \
        ("the whole region as arena", "a fixed arena")
    print(f"{less[0].upper()}{less[1:]} needs {abs(whole - fixed):,} bytes less than {more}.")
    if fixed < whole:
        print(f"{advice.reason[0].upper()}{advice.reason[1:]}.")
    size = advice.recommended.arena_bytes
    if size:
        print(f"Recommended: a fixed arena, __obmalloc_arena_size = {size}.")
    else:
        why = "" if fixed >= whole else "; the tuned size does not carry over"
        print(f"Recommended: the default, __obmalloc_arena_size = 0{why}.")
    print("Geometry: the default; other thresholds gain next to nothing (tests/tune/README.md).")


def main():
    arguments = parse_arguments()
    name, trace = measure.load_trace(arguments.trace)
    if trace.peak_live_bytes == 0:
        raise BenchError(f"the trace '{name}' never holds a byte, so RAM has no measure")
    known = subject.subjects(arguments.build, arguments.board, arguments.libc)
    whole, fixed = known["ours"], known["ours-fixed"]
    if not fixed.is_built:
        raise BenchError(f"there is no image {fixed.elf}; `make tune` builds it")
    progress = Progress(0)
    tuner = Tuner(arguments.board, whole, fixed, progress.count)
    linked_bytes = subject.symbols_of(fixed.elf).get("__obmalloc_arena_bytes", 0)
    try:
        advice = tuner.advice(name, trace, linked_bytes)
    except search.NoSize:
        raise BenchError(f"{name} does not fit {arguments.board}: {trace.peak_live_bytes} bytes live "
                         f"at the peak, {trace.slot_count} slots") from None
    finally:
        progress.end()
    print_advice(arguments, name, trace, advice)
    shape = advice.recommended
    written = outputs.write(
        arguments.output, shape, outputs.default_geometry(REPOSITORY),
        f"make tune TRACE={name} LIBC={arguments.libc}: complete in {shape.region_bytes} bytes")
    print(f"\nwritten: {' '.join(map(str, written))}")


if __name__ == "__main__":
    try:
        main()
    except (BenchError, measure.ReplayError, OSError) as failure:
        sys.exit(f"tune: {failure}")
    except KeyboardInterrupt:
        sys.exit("\ntune: interrupted")
