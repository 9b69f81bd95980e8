#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs a real program as a firmware with either allocator: what it prints, and what it took.

Each flag has two runs: one of the program as it is, which counts its instructions, and one with a meter
between it and the allocator. All of them must print the same and end with the same status.
"""

import argparse
import concurrent.futures
import difflib
import pathlib
import re
import shutil
import sys
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / folder) for folder in ("tests/replay", "board/host")]

import boards
import run as replay_run

TIMEOUT_SECONDS = 300
MARK = "\n@@ report\n"
# app.h's exit status; a script may end with any other.
DONE, FAILED = range(2)
KINDS = ("malloc", "calloc", "realloc", "free")
TITLES = {"lua": "Lua 5.4", "json": "nlohmann-json"}
# board/argument.c's command line is shorter than 256 bytes, app.c's path than 200.
PATH_BYTES_MAX = 180


class AppError(Exception):
    """A sentence that says why there is no result."""


class Run:
    """What one run came to: the program's `output` and `status`, and its `report`."""

    def __init__(self, output, status, report):
        self.output = output
        self.status = status
        self.report = report


def parse(output):
    """Parts the program's output from the report behind it; the report is {} iff there is none."""
    printed, mark, text = output.rpartition(MARK)
    if not mark:
        return output, {}
    report = {}
    for line in text.splitlines():
        key, _, value = line.partition(" ")
        report[key] = int(value) if re.fullmatch(r"\d+", value) else value
    return printed, report


def copy_input(path, folder):
    """Puts the input where the board can open it: its command line parts words at spaces."""
    source = pathlib.Path(path)
    if not source.is_file():
        raise AppError(f"there is no file '{path}'")
    target = pathlib.Path(folder) / source.name
    if " " in str(target) or len(str(target).encode()) > PATH_BYTES_MAX:
        raise AppError(f"the board cannot open '{target}': it takes a path without spaces, of "
                       f"{PATH_BYTES_MAX} bytes at most")
    shutil.copyfile(source, target)
    return target


def run(board, image, path, flag, words=(), icount=True, timeout_seconds=TIMEOUT_SECONDS):
    """Boots the image once. Returns a Run; raises AppError iff the program did not come to its end."""
    with tempfile.TemporaryDirectory(prefix="app.") as folder:
        words = [f"input={copy_input(path, folder)}", f"use_main_obmalloc={flag}", *words]
        if not pathlib.Path(image).is_file():
            raise AppError(f"there is no image {image}")
        options = ["-icount", "shift=8"] if icount else []
        try:
            done = boards.run(board, str(image), words, options, timeout_seconds)
        except boards.BoardError as error:
            raise AppError(str(error)) from None
    output, report = parse(done.output)
    where = f"{pathlib.Path(image).stem} on {board} with flag {flag}"
    last = "\n  ".join(output.strip().splitlines()[-8:]) or "(nothing)"
    if done.status is None:
        raise AppError(f"{where} did not end within {timeout_seconds:g} s; it said last:\n  {last}")
    if "end" not in report:
        raise AppError(f"{where} crashed, exit status {done.status}; it said last:\n  {last}\n{done.complaints}".rstrip())
    if report["refused"]:
        raise AppError(f"{where}: {last}")
    if report["flag"] != flag:
        raise AppError(f"{where} ran with flag {report['flag']}")
    if report["arena_check"] != "sound" or "misuses" in report:
        raise AppError(f"{where}: the arena is {report['arena_check']}, "
                       f"{report.get('misuses', 0)} wrong free() or realloc()")
    return Run(output, done.status, report)


def run_all(board, app, folder, path, flags, timeout_seconds):
    """Returns {flag: Run}, whose report has what both runs of the flag counted."""
    watched = sys.stderr.isatty()
    todo = [(flag, suffix) for flag in flags for suffix in ("", "_metered")]
    results = {}

    def one(key):
        flag, suffix = key
        return run(board, f"{folder}/{app}{suffix}.elf", path, flag, timeout_seconds=timeout_seconds)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        futures = {key: pool.submit(one, key) for key in todo}
        for count, (key, future) in enumerate(futures.items()):
            if watched:
                print(f"\r\033[Krun {count + 1} of {len(todo)}", end="", file=sys.stderr, flush=True)
            try:
                results[key] = future.result()
            except AppError:
                pool.shutdown(cancel_futures=True)
                raise
            finally:
                if watched:
                    print("\r\033[K", end="", file=sys.stderr, flush=True)
    for flag in flags:
        compare(f"flag {flags[0]}", results[flags[0], ""], f"flag {flag}", results[flag, ""])
    runs = {}
    for flag in flags:
        runs[flag] = results[flag, ""]
        compare(f"flag {flag}", runs[flag], "with the meter", results[flag, "_metered"])
        runs[flag].report = {**results[flag, "_metered"].report, **runs[flag].report}
    return runs


def compare(first_name, first, second_name, second):
    """Raises AppError iff the two did not do the same."""
    if first.output != second.output:
        lines = difflib.unified_diff(first.output.splitlines(), second.output.splitlines(), first_name,
                                     second_name, lineterm="", n=1)
        raise AppError("the program does not print the same:\n" + "\n".join(lines))
    if first.status != second.status:
        raise AppError(f"the program does not end with the same status: {first_name} {first.status}, "
                       f"{second_name} {second.status}")


def ram_bytes(report):
    return report["arena_high_water_bytes"] + report["libc_high_water_bytes"]


def total(report, what):
    return sum(report[f"{kind}_{what}"] for kind in KINDS)


def kind_row(kind):
    def cell(report):
        calls = report[f"{kind}_calls"]
        return f"{replay_run.number(calls)} / {report[f'{kind}_instructions'] / calls:.1f}" if calls else "-"
    return f"  {kind}: calls / a call", cell


def rows(libc_title, reports):
    number, pair = replay_run.number, replay_run.pair
    table = [
        ("allocator", lambda report: f"pools + {libc_title}" if report["flag"] else libc_title),
        ("RAM used, bytes", lambda report: number(ram_bytes(report))),
        ("  in the arena / in libc", lambda report: pair(report["arena_high_water_bytes"],
                                                         report["libc_high_water_bytes"])),
        ("instructions, all", lambda report: number(report["instructions"])),
        ("in malloc and its kin", lambda report: number(total(report, "instructions"))),
        *[kind_row(kind) for kind in KINDS if any(report[f"{kind}_calls"] for report in reports)],
    ]
    if all("peak_live_bytes" in report for report in reports):
        table.insert(1, ("peak live bytes", lambda report: number(report["peak_live_bytes"])))
    return table


def print_table(arguments, runs):
    libc_title = replay_run.LIBC_TITLES.get(arguments.libc_name, arguments.libc_name)
    reports = [run.report for run in runs.values()]
    print(f"{pathlib.Path(arguments.input).name} in {TITLES[arguments.app]} on {arguments.board} with {libc_title} "
          f"(QEMU {replay_run.tool_version(boards.QEMU, '--version')}, "
          f"gcc {replay_run.tool_version('arm-none-eabi-gcc', '-dumpfullversion')})")
    print()
    width = replay_run.LABEL_WIDTH + replay_run.COLUMN_WIDTH * len(reports)
    replay_run.print_line("", [f"use_main_obmalloc = {report['flag']}" for report in reports])
    print("-" * width)
    for label, cell in rows(libc_title, reports):
        replay_run.print_line(label, [cell(report) for report in reports])
    print("-" * width)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--app", required=True, choices=sorted(TITLES))
    parser.add_argument("--board", required=True)
    parser.add_argument("--images", required=True, help="the folder of APP.elf and APP_metered.elf")
    parser.add_argument("--libc-name", default="nano", help="for the table: nano, newlib")
    parser.add_argument("--flag", default="both", choices=("both", "0", "1"))
    parser.add_argument("--timeout-seconds", type=float, default=TIMEOUT_SECONDS)
    parser.add_argument("input", help="the script or document")
    arguments = parser.parse_args()
    flags = (1, 0) if arguments.flag == "both" else (int(arguments.flag),)
    runs = run_all(arguments.board, arguments.app, arguments.images, arguments.input, flags,
                   arguments.timeout_seconds)
    first = runs[flags[0]]
    print(first.output.rstrip("\n"))
    print()
    print_table(arguments, runs)
    sys.exit(first.status)


if __name__ == "__main__":
    try:
        main()
    except AppError as failure:
        sys.exit(f"run_app.py: {failure}")
