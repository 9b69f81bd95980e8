# SPDX-License-Identifier: MIT
"""Replays a trace in an image of tests/replay under QEMU and reads what the image reports."""

import pathlib
import re
import statistics
import sys
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
TRACES = REPOSITORY / "tests" / "traces"
sys.path[:0] = [str(TRACES), str(REPOSITORY / "board" / "host")]

import boards
import convert
from trace_text import ALIGNED, CALLOC, FREE, MALLOC, REALLOC, TraceError

TIMEOUT_SECONDS = 120
# What replay.c's exit status means; every other one is a crash.
EXIT_SOUND, EXIT_UNSOUND, EXIT_NOT_MEASURED = range(3)
TEXT_KEYS = {"board", "boot", "mismatch", "arena_check", "error"}
KIND_KEYS = {MALLOC: "malloc", FREE: "free", REALLOC: "realloc", CALLOC: "calloc",
             ALIGNED: "aligned"}


class ReplayError(Exception):
    """A sentence that says why there is no measurement."""


def known_traces():
    return sorted(path.stem for path in TRACES.glob(f"*{convert.BINARY_SUFFIX}"))


def load_trace(name):
    """Reads a trace by its name in tests/traces or by its path. Returns its name and the trace."""
    path = TRACES / f"{name}{convert.BINARY_SUFFIX}"
    if not path.is_file():
        path = pathlib.Path(name)
        if not path.is_file():
            raise ReplayError(f"there is no trace and no file '{name}'; the traces are: "
                              f"{' '.join(known_traces())}")
    try:
        return path.stem, convert.load(path)
    except TraceError as error:
        raise ReplayError(str(error)) from None


def parse_report(output):
    """The keys of an image's lines. `calls` is the list of what each operation took, in the trace's
    order: instructions, or None where the operation was skipped; empty on a board without a tick.
    `samples` is [(operations, live bytes, held bytes)], where they were asked for."""
    report = {"calls": [], "samples": []}
    for line in output.splitlines():
        key, _, value = line.partition(" ")
        if key in TEXT_KEYS:
            report[key] = value
        elif re.fullmatch(r"calls( (\d+|-))+", line):
            report["calls"] += [None if word == "-" else int(word) for word in value.split()]
        elif re.fullmatch(r"sample \d+ \d+ \d+", line):
            report["samples"].append(tuple(map(int, value.split())))
        elif re.fullmatch(r"\w+ \d+", line):
            report[key] = int(value)
    return report


def replay(board, elf, trace_bytes, flag, words=(), timeout_seconds=TIMEOUT_SECONDS, icount=True):
    """Runs the image once, on a binary trace. Returns its report, a dict of tests/replay/replay.c's
    keys, with `sound` = every block's contents held. Raises ReplayError iff nothing was measured.
    Without icount it is faster and counts no calls."""
    if not pathlib.Path(elf).is_file():
        raise ReplayError(f"there is no image {elf}")
    with tempfile.TemporaryDirectory(prefix="replay.") as folder:
        path = pathlib.Path(folder) / "trace"
        path.write_bytes(trace_bytes)
        if " " in str(path):
            raise ReplayError(f"boards cannot open '{path}': set TMPDIR to a path without spaces")
        words = [f"trace={path}", f"use_main_obmalloc={flag}", *words]
        options = ["-icount", "shift=8"] if icount else []
        words += ["print_counts=1"] if icount else []
        try:
            run = boards.run(board, str(elf), words, options, timeout_seconds)
        except boards.BoardError as error:
            raise ReplayError(str(error)) from None
    if run.status is None:
        raise ReplayError(f"{board} did not end the replay with flag {flag} within "
                          f"{timeout_seconds:g} s and was stopped")
    report = parse_report(run.output)
    if run.status == EXIT_NOT_MEASURED and "error" in report:
        raise ReplayError(f"{board} with flag {flag}: {report['error']}")
    if run.status not in (EXIT_SOUND, EXIT_UNSOUND) or "done" not in report:
        last = "\n  ".join(run.output.strip().splitlines()[-8:]) or "(nothing)"
        raise ReplayError(f"{board} with flag {flag} crashed, exit status {run.status}; it "
                          f"said last:\n  {last}")
    if report["flag"] != flag:
        raise ReplayError(f"{board} was asked for flag {flag} and ran with {report['flag']}")
    report["sound"] = run.status == EXIT_SOUND
    return report


def kind_figures(report, trace):
    """What the calls of each kind took: {"malloc_calls": ..., "malloc_instructions": sum,
    "malloc_worst": ..., "malloc_median": ..., and so on}. No keys for a kind that was not called."""
    taken = {}
    for operation, instructions in zip(trace.operations, report["calls"]):
        if instructions is not None:
            taken.setdefault(operation.kind, []).append(instructions)
    figures = {}
    for kind, counts in taken.items():
        key = KIND_KEYS[kind]
        figures[f"{key}_calls"] = len(counts)
        figures[f"{key}_instructions"] = sum(counts)
        figures[f"{key}_worst"] = max(counts)
        figures[f"{key}_median"] = statistics.median_low(counts)
    return figures


def mismatch_sentence(report):
    """Says where the contents of a block did not hold, or what is wrong with the arena."""
    if report["mismatches"]:
        return (f"{report['mismatches']} wrong block(s), the first at operation "
                f"{report['mismatch_operation']}, slot {report['mismatch_slot']}, byte "
                f"{report['mismatch_offset_bytes']}: {report['mismatch']}")
    return f"the arena is not sound: {report['arena_check']}"
