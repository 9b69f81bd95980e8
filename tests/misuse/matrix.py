#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Does every misuse of promises.tsv in every tier, and in the C libraries alone, and prints what came of it.

With --boards of several the matrix is that of the first, and the others are held to the promises. The last line is a
JSON object with --json. Exits with 1 iff a promise was broken.
"""

import argparse
import concurrent.futures
import json
import pathlib
import sys

import outcome
import promises

sys.path.insert(0, str(outcome.REPOSITORY / "board" / "host"))

import boards

LIBCS = ("newlib", "nano", "picolibc")
STOCK_BOARD = "mps2-an386"
# A C library has no second heap.
OURS_ALONE = ("double_free_in_a_second_heap", "free_of_another_heap")
CASE_WIDTH, CELL_WIDTH = 34, 11


def tiers_of(board):
    """ARMv6-M has no MPU: trap is refused there at build."""
    is_v6m = "-mcpu=cortex-m0" in boards.Board(board).values["BOARD_CPU"]
    return [tier for tier in promises.TIERS if not (is_v6m and tier == "trap")]


def image(build, board, tier):
    suffix = "" if tier == "basic" else f"-tier_{tier}"
    return pathlib.Path(build).resolve() / f"{board}-nano{suffix}" / "misuse.elf"


def stock_image(build, libc):
    return pathlib.Path(build).resolve() / f"{STOCK_BOARD}-bench" / libc / "misuse.elf"


def columns(build, board, with_stock):
    """{name of the column: (board, image)}."""
    found = {tier: (board, image(build, board, tier)) for tier in tiers_of(board)}
    if with_stock:
        found.update({libc: (STOCK_BOARD, stock_image(build, libc)) for libc in LIBCS})
    return found


def measure(where, rows, job_count, progress=lambda done, of: None):
    """{(case, column): Outcome}."""
    wanted = [(row.case, name) for row in rows for name in where
              if not (name in LIBCS and row.case in OURS_ALONE)]
    found = {}
    with concurrent.futures.ThreadPoolExecutor(job_count) as pool:
        runs = {key: pool.submit(outcome.run, *where[key[1]], key[0]) for key in wanted}
        for key, run in runs.items():
            found[key] = run.result()
            progress(len(found), len(wanted))
    return found


def broken_promises(board, rows, found):
    """Sentences, one for each promise that was not kept."""
    return [f"{board} {tier}: {row.case}: {why}" for row in rows for tier in tiers_of(board)
            if (why := promises.broken(row, tier, found[row.case, tier]))]


def print_matrix(rows, where, found):
    print(f"{'misuse':<{CASE_WIDTH}}" + "".join(f"{name:>{CELL_WIDTH}}" for name in where))
    for row in rows:
        cells = (found[row.case, name].word if (row.case, name) in found else "-" for name in where)
        print(f"{row.case:<{CASE_WIDTH}}" + "".join(f"{cell:>{CELL_WIDTH}}" for cell in cells))


def show(board):
    """A line that counts, on a terminal only."""
    def progress(done, of):
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{board}: {done} of {of} misuses" + ("\n" if done == of else ""))
            sys.stderr.flush()
    return progress


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build", help="the build directory")
    parser.add_argument("--boards", nargs="+", required=True, help="folders of board/")
    parser.add_argument("--jobs", type=int, default=2, help="how many run at a time")
    parser.add_argument("--json", action="store_true", help="end with a JSON object")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    rows = promises.rows()
    broken, tried = [], 0
    try:
        for number, board in enumerate(arguments.boards):
            where = columns(arguments.build, board, with_stock=number == 0)
            found = measure(where, rows, arguments.jobs, show(board))
            if number == 0:
                print_matrix(rows, where, found)
            broken += broken_promises(board, rows, found)
            tried += sum(len(tiers_of(board)) for _ in rows)
    except boards.BoardError as error:
        sys.exit(f"matrix.py: {error}")
    for sentence in broken:
        print(f"broken: {sentence}", file=sys.stderr)
    if arguments.json:
        print(json.dumps({"part": "misuse, noticed as promised", "tried": tried, "unit": "misuses", "lost": len(broken),
                          "note": f"{len(rows)} misuses, 5 tiers; {', '.join(arguments.boards)}"}))
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
