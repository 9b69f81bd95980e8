#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What each C library answers to requests that no heap can serve, alone and with the port, as one table.

Each request is made in a run of its own: behind a wrong answer a heap is not to be trusted.
"""

import argparse
import concurrent.futures
import os
import re
import sys

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(REPOSITORY, "board", "host"))

import boards

BOARD = "mps3-an547"
LIBCS = ("newlib", "nano", "picolibc")
RAMS = {"low": (), "high": ("ram=high",)}
TIMEOUT_SECONDS = 60
# For one request, which takes no time.
HANG_SECONDS = 15
LINE = re.compile(r"^case (.*): (.*)\nthen (.*)$", re.MULTILINE)
RIGHT = ("ENOMEM", "EINVAL")
# What a program prints, and what the table says of it.
WORDS = {"no errno": "NULL alone", "does not link": "-", "address outside RAM": "outside RAM"}


class BadAllocError(Exception):
    """A sentence that says why there is no table."""


def image(build, libc, kind):
    """kind: alone, ours or guard."""
    name = "bad_alloc_alone" if kind == "alone" else "bad_alloc"
    folder = f"{BOARD}-{libc}" + ("-guard" if kind == "guard" else "")
    return os.path.join(REPOSITORY, build, folder, f"{name}.elf")


def all_answers(build, libc, kind, words):
    """[(call, answer, what came of the heap)] of a single run, for programs whose answers are right."""
    done = boards.run(BOARD, image(build, libc, kind), words, timeout_seconds=TIMEOUT_SECONDS)
    found = LINE.findall(done.output)
    if done.status != 0 or not done.output.endswith("end\n"):
        raise BadAllocError(f"{image(build, libc, kind)} {' '.join(words)} came to no end: {done.output[-200:]}")
    return found


def case_names():
    """The calls, in the order of bad_alloc.c."""
    with open(os.path.join(REPOSITORY, "tests", "bad_alloc", "bad_alloc.c"), encoding="utf-8") as file:
        table = file.read().split("} cases[] = {", 1)[1].split("};", 1)[0]
    return re.findall(r'^    \{"(.*?)",', table, re.MULTILINE)


def one_answer(build, libc, kind, words, index):
    """What a person would say of the request: refused how, or what was handed out, or how it ended."""
    done = boards.run(BOARD, image(build, libc, kind), [*words, f"case={index}"], timeout_seconds=HANG_SECONDS)
    found = LINE.search(done.output)
    if done.status is None:
        return "hang"
    if not found:
        return "fault"
    answer, then = found.group(2), found.group(3)
    answer = WORDS.get(answer, answer)
    return answer if then == "well" else f"{answer}, {then}"


def column(build, libc, kind, words):
    """Every request's answer: {call: answer}."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        names = case_names()
        answers = pool.map(lambda index: one_answer(build, libc, kind, words, index), range(len(names)))
        return dict(zip(names, answers))


def columns(build, ram, progress=lambda text: None):
    """[(title, {call: answer})]: each library alone, which is flag 0 as well, then all with the guard, and flag 1."""
    found = []
    for libc in LIBCS:
        progress(f"{libc} alone, RAM {ram}")
        found.append((libc, column(build, libc, "alone", RAMS[ram])))
        progress(f"{libc} with flag 0, RAM {ram}")
        found.append((f"{libc}, flag 0", column(build, libc, "ours", [*RAMS[ram], "use_main_obmalloc=0"])))
    for title, kind, flag in (("flag 0, guard", "guard", 0), ("flag 1", "ours", 1)):
        progress(f"{title}, RAM {ram}")
        all_libcs = [column(build, libc, kind, [*RAMS[ram], f"use_main_obmalloc={flag}"]) for libc in LIBCS]
        same = {call: "/".join(dict.fromkeys(one[call] for one in all_libcs)) for call in all_libcs[0]}
        found.append((title, same))
    return found


def table(found):
    """The lines of a table: a row for each call, a column for each way."""
    titles = ["", *(title for title, _ in found)]
    rows = [[call, *(answers[call] for _, answers in found)] for call in case_names()]
    widths = [max(map(len, cells)) for cells in zip(titles, *rows)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in [titles, *rows]]
    return [lines[0], "-" * max(map(len, lines)), *lines[1:]]


def wrong(found):
    """The answers of the port that are no refusal: [(title, call, answer)]."""
    return [(title, call, answer) for title, answers in found if title in ("flag 0, guard", "flag 1")
            for call, answer in answers.items() if answer not in RIGHT]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--ram", choices=sorted(RAMS), default="low", help="high: the heap lies at 0x80000000")
    arguments = parser.parse_args()
    watched = sys.stderr.isatty()

    def progress(text):
        if watched:
            print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
    found = columns(arguments.build, arguments.ram, progress)
    progress("")
    print("\n".join(table(found)))
    for title, call, answer in wrong(found):
        print(f"bad_alloc.py: {title}: {call} is answered with '{answer}'", file=sys.stderr)
    sys.exit(1 if wrong(found) else 0)


if __name__ == "__main__":
    try:
        main()
    except (BadAllocError, boards.BoardError) as failure:
        sys.exit(f"bad_alloc.py: {failure}")
