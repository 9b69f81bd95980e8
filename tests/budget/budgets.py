#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Prints what every path takes, beside its budget and its target; with --refresh, rewrites the
budgets to what was measured. Exits with 1 iff something is over its budget and stays so."""

import argparse
import concurrent.futures
import sys

import counts
import flag_0
import size
import table

PATH_WIDTH, CELL_WIDTH = 38, 6


def measure(build, job_count):
    """Returns {path: {column: value}}; a column is a CPU of counts.BOARDS."""
    found = {}
    with concurrent.futures.ThreadPoolExecutor(job_count) as pool:
        runs = {board: pool.submit(counts.counts, build, board) for board in counts.BOARDS}
        for board, run in runs.items():
            for path, value in run.result().items():
                found.setdefault(path, {})[board] = value
    for path, value in flag_0.extra(build).items():
        found.setdefault(path, {})["mps2-an386"] = value
    for path, value in size.sizes(build).items():
        found.setdefault(path, {})["microbit"] = value
    return found


def worst(values, architecture):
    """The largest of the boards of an architecture; None iff there is none."""
    return max((value for board, value in values.items()
                if counts.architecture_of(board) == architecture), default=None)


def mark(value, limit):
    return f"+{value - limit}" if limit and value is not None and value > limit else ""


def cells(row, values):
    line = "".join(f"{values.get(board, ''):>{CELL_WIDTH}}" for board in counts.BOARDS
                   if counts.architecture_of(board) == table.V7M)
    texts = []
    for architecture in (table.V7M, table.V6M):
        value, budget, target = (worst(values, architecture), row.budget[architecture],
                                 row.target[architecture])
        text = "" if architecture == table.V7M else f"{'' if value is None else value:>{CELL_WIDTH}}"
        text += f"{budget or '':>{CELL_WIDTH + 2}}{target or '':>{CELL_WIDTH}}"
        text += f"{mark(value, target):>{CELL_WIDTH}}"
        texts.append(text + ("  OVER ITS BUDGET" if value is not None and value > budget else ""))
    return line + " |".join(texts)


def print_table(rows, measured):
    names = [counts.cpu_of(board) for board in counts.BOARDS]
    head = ["budget", "target", "over"]
    title = f"{'path':<{PATH_WIDTH}}" + "".join(f"{name:>{CELL_WIDTH}}" for name in names[:-1])
    title += f"{head[0]:>{CELL_WIDTH + 2}}" + "".join(f"{word:>{CELL_WIDTH}}" for word in head[1:])
    title += f" |{names[-1]:>{CELL_WIDTH}}" + f"{head[0]:>{CELL_WIDTH + 2}}"
    print(title + "".join(f"{word:>{CELL_WIDTH}}" for word in head[1:]))
    for path, row in rows.items():
        if path in measured:
            print(f"{path:<{PATH_WIDTH}}{cells(row, measured[path])}".rstrip())


def print_changes(before, after):
    """Says which budgets a refresh has moved, so that none rises unseen."""
    moves = {"raised": [], "lowered": []}
    for path, row in after.items():
        for architecture, budget in row.budget.items():
            old = before[path].budget[architecture]
            if budget != old:
                moves["raised" if budget > old else "lowered"].append(
                    f"{path} {architecture} {old} -> {budget}")
    for word, texts in moves.items():
        if texts:
            print(f"\n{word}: {', '.join(texts)}")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build", help="the build directory")
    parser.add_argument("--jobs", type=int, default=2, help="how many boards run at a time")
    parser.add_argument("--refresh", action="store_true", help="write what is measured to the table")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    try:
        measured = measure(arguments.build, arguments.jobs)
    except counts.CountError as error:
        sys.exit(f"budgets.py: {error}")
    values = {(path, architecture): worst(cells_of, architecture)
              for path, cells_of in measured.items() for architecture in (table.V7M, table.V6M)}
    values = {key: value for key, value in values.items() if value is not None}
    before, rows = table.rows(), table.rows()
    if arguments.refresh:
        text = table.with_budgets(table.TABLE.read_text("utf-8"), values)
        table.TABLE.write_text(text, "utf-8")
        rows = table.rows(text)
    print_table(rows, measured)
    print_changes(before, rows)
    missing = [path for path in rows if path not in measured and not path.startswith("worst_")]
    over = [path for (path, architecture), value in values.items()
            if value > rows[path].budget[architecture]]
    if missing:
        print(f"\nnot measured: {', '.join(missing)}")
    print(f"\n{len(over)} over budget{': ' + ', '.join(over) if over else ''}")
    sys.exit(1 if over or missing else 0)


if __name__ == "__main__":
    main()
