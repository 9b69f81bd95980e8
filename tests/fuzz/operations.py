#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Plays random operations on emulated boards beside the shadow model: operations.c in images, with many seeds.

Without --torture the short form, the same every time. Exit status: 0 = every promise held; 1 = one was broken, or a
board did not end; each such run is named with its command line.
"""

import argparse
import collections
import json
import pathlib
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "board" / "host"), str(REPOSITORY / "tests" / "bench")]

import boards
import progress

Run = collections.namedtuple("Run", "board libc flag shape seed operations")

# Main heaps: all that the board has, half of it the arena; one that is scarce beside a C library's that is, too; one
# arena alone.
SHAPES = ((), ("region_bytes=2560", "arena_bytes=1536"), ("region_bytes=3072", "arena_bytes=0"))
ARCHITECTURES = (("microbit", "nano"), ("mps2-an386", "nano"), ("mps2-an505", "nano"))
LIBCS = (("mps2-an386", "newlib"), ("mps2-an386", "picolibc"))
LONG_BOARD = ("mps2-an386", "nano")
LONG_OPERATIONS, OTHER_OPERATIONS, SHORT_OPERATIONS = 10_000_000, 1_000_000, 200_000
RUN_OPERATIONS = 250_000
TIMEOUT_SECONDS = 600


def spread(board, libc, operations, run_operations):
    """So many operations in runs of another shape and seed each; one in eight under flag 0."""
    for index in range(-(-operations // run_operations)):
        yield Run(board, libc, int(index % 8 != 7), SHAPES[index % len(SHAPES)], index + 1,
                  min(run_operations, operations - index * run_operations))


def short_plan():
    for board, libc in ARCHITECTURES:
        for shape in SHAPES:
            yield Run(board, libc, 1, shape, 1, SHORT_OPERATIONS // 4)
        yield Run(board, libc, 0, (), 1, SHORT_OPERATIONS // 4)
    for board, libc in LIBCS:
        for flag in (1, 0):
            yield Run(board, libc, flag, SHAPES[1], 1, SHORT_OPERATIONS // 8)


def long_plan():
    yield from short_plan()
    for board, libc in (*ARCHITECTURES, *LIBCS):
        operations = LONG_OPERATIONS if (board, libc) == LONG_BOARD else OTHER_OPERATIONS
        yield from spread(board, libc, operations, RUN_OPERATIONS)


def words_of(run):
    return [f"use_main_obmalloc={run.flag}", f"seed={run.seed}", f"operations={run.operations}", *run.shape]


def play(build, run):
    """Returns (operations, None), or (0, a sentence that says what went wrong)."""
    image = boards.image_path(run.board, run.libc, "operations", build)
    try:
        done = boards.run(run.board, image, words_of(run), timeout_seconds=TIMEOUT_SECONDS)
    except boards.BoardError as error:
        return 0, str(error)
    values = dict(line.split(" ", 1) for line in done.output.splitlines() if " " in line)
    if done.status == 0 and values.get("done") == "1" and values.get("operations", "").isdigit():
        return int(values["operations"]), None
    last = (done.output.strip().splitlines() or ["it said nothing"])[-1]
    ending = "did not end" if done.status is None else f"ended with status {done.status}"
    return 0, f"{run.board} with {run.libc}, {' '.join(words_of(run))}: {ending}: {last}"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build", help="the build directory")
    parser.add_argument("--torture", action="store_true", help="10 million on one board, a million on each other")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    plan = list(long_plan() if arguments.torture else short_plan())
    follow, tried, lost, counts = progress.Progress(len(plan)), 0, 0, collections.Counter()
    for run in plan:
        follow.step(f"{tried:,} operations; {run.board} with {run.libc}, flag {run.flag}, seed {run.seed}")
        operations, problem = play(arguments.build, run)
        tried += operations
        counts[f"{run.board} with {run.libc}"] += operations
        if problem:
            lost += 1
            follow.end()
            print(f"operations.py: {problem}", file=sys.stderr)
    follow.end()
    for name, operations in counts.items():
        print(f"{name:28}{operations:>12,} operations")
    if arguments.torture:
        print(json.dumps({"part": "random operations on boards", "tried": tried, "unit": "operations", "lost": lost,
                          "note": f"{counts['mps2-an386 with nano']:,} of them on mps2-an386 with nano"}))
    sys.exit(1 if lost else 0)


if __name__ == "__main__":
    main()
