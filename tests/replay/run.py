#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Replays a recorded trace on a board with either allocator and prints one table."""

import argparse
import re
import subprocess
import sys

import measure
import trace_binary  # measure knows where it is
from measure import ReplayError, boards

LABEL_WIDTH, COLUMN_WIDTH = 28, 25
KIND_NAMES = {"malloc": "malloc", "free": "free", "realloc": "realloc", "calloc": "calloc",
              "aligned": "memalign"}
LIBC_TITLES = {"nano": "newlib-nano", "newlib": "newlib", "picolibc": "picolibc"}


def tool_version(command, option):
    """Returns the first number with dots that a tool prints about its version."""
    try:
        output = subprocess.run([command, option], capture_output=True, text=True,
                                check=False).stdout
    except OSError:
        return "not installed"
    match = re.search(r"\d+(\.\d+)+", output)
    return match.group() if match else "of unknown version"


def number(value):
    return f"{value:,}"


def per_call(report, kind):
    calls = report.get(f"{kind}_calls", 0)
    return f"{report[f'{kind}_instructions'] / calls:.1f}" if calls else "-"


def all_calls(report):
    calls = sum(report.get(f"{kind}_calls", 0) for kind in KIND_NAMES)
    total = sum(report.get(f"{kind}_instructions", 0) for kind in KIND_NAMES)
    return f"{total / calls:.1f}" if calls else "-"


def ram_bytes(report):
    return report["arena_high_water_bytes"] + report["libc_high_water_bytes"]


def pair(first, second):
    return f"{number(first)} / {number(second)}"


def kind_rows(kind, name, reports):
    """The rows of one kind of call."""
    def distribution(report):
        calls, median = report.get(f"{kind}_calls"), report.get(f"{kind}_median")
        if not calls:
            return "-"
        return f"{number(median)} / {number(report[f'{kind}_worst'])}"

    return [(f"instructions per {name}", lambda report: per_call(report, kind)),
            ("  median / worst", distribution)]


def rows(libc_title, reports):
    """The table's rows: a label, and what a report has to say to it."""
    table = [
        ("allocator", lambda report: f"pools + {libc_title}" if report["flag"] else libc_title),
        ("operations", lambda report: number(report["operations"])),
        ("failures", lambda report: number(report["failures"])),
        ("peak live bytes", lambda report: number(report["peak_live_bytes"])),
        ("RAM used, bytes", lambda report: number(ram_bytes(report))),
        ("  in the arena / in libc", lambda report: pair(report["arena_high_water_bytes"],
                                                         report["libc_high_water_bytes"])),
        ("blocks in pools / in libc", lambda report: pair(report["arena_blocks"],
                                                          report["libc_blocks"])),
    ]
    for kind, name in KIND_NAMES.items():
        if any(report.get(f"{kind}_calls") for report in reports):
            table += kind_rows(kind, name, reports)
    table += [
        ("instructions, all calls", all_calls),
        ("contents of every block", lambda report: "held" if report["sound"] else "DAMAGED"),
    ]
    return table


def print_line(label, cells):
    print((f"{label:<{LABEL_WIDTH}}" + "".join(f"{cell:>{COLUMN_WIDTH}}" for cell in cells))
          .rstrip())


def print_table(arguments, name, trace, reports):
    libc_title = LIBC_TITLES.get(arguments.libc_name, arguments.libc_name)
    print(f"{name} on {arguments.board} with {libc_title} "
          f"(QEMU {tool_version(boards.QEMU, '--version')}, "
          f"gcc {tool_version('arm-none-eabi-gcc', '-dumpfullversion')})")
    print(trace.title.partition(": ")[2] or trace.title or "(the trace has no title)")
    print()
    width = LABEL_WIDTH + COLUMN_WIDTH * len(reports)
    print_line("", [f"use_main_obmalloc = {report['flag']}" for report in reports])
    print("-" * width)
    for label, cell in rows(libc_title, reports):
        print_line(label, [cell(report) for report in reports])
    print("-" * width)
    if not all(report["has_tick"] for report in reports):
        print(f"{arguments.board} has no tick that can tell instructions apart in QEMU.")
    for report in reports:
        if report["failures"]:
            print(f"With flag {report['flag']}: requests that failed {number(report['failures'])},"
                  f" operations skipped on their blocks {number(report['skipped'])}. The trace "
                  "wants more RAM than the board has.")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--elf", required=True, help="image of tests/replay, built for the board")
    parser.add_argument("--board", required=True)
    parser.add_argument("--libc-name", default="nano", help="for the table: nano, newlib, picolibc")
    parser.add_argument("--trace", default="lua_json",
                        help="name in tests/traces, or path of a text or binary trace")
    parser.add_argument("--flag", default="both", choices=("both", "0", "1"),
                        help="use_main_obmalloc of the run; both = 1, then 0")
    parser.add_argument("--timeout-seconds", type=float, default=measure.TIMEOUT_SECONDS)
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    name, trace = measure.load_trace(arguments.trace)
    flags = (1, 0) if arguments.flag == "both" else (int(arguments.flag),)
    trace_bytes = trace_binary.encode(trace)
    reports = [measure.replay(arguments.board, arguments.elf, trace_bytes, flag,
                              timeout_seconds=arguments.timeout_seconds) for flag in flags]
    for report in reports:
        report.update(measure.kind_figures(report, trace))
    print_table(arguments, name, trace, reports)
    sys.stdout.flush()
    unsound = [f"with flag {report['flag']}, {measure.mismatch_sentence(report)}"
               for report in reports if not report["sound"]]
    if unsound:
        raise ReplayError("; ".join(unsound))


if __name__ == "__main__":
    try:
        main()
    except ReplayError as failure:
        sys.exit(f"run.py: {failure}")
