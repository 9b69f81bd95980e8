#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The long form of tests/host/test_lock_sweep.py: each CPU, each policy, each path, nested interrupts, states from many
seeds, and each lock of the code left out in its turn. Progress and what is found go to stderr; the last line of
stdout is one JSON object."""

import argparse
import concurrent.futures
import json
import sys
import time

import coverage
from coverage import boards
import mutants

POLICIES = {
    "microbit": ("primask", "hooks"),
    "mps2-an386": ("primask", "basepri", "hooks"),
    "mps2-an505": ("primask", "basepri", "hooks"),
}
CPUS = {"microbit": "v6-M", "mps2-an386": "v7-M", "mps2-an505": "v8-M"}
# Of one run of QEMU, which takes some seconds.
SEEDS_AT_ONCE = 20
# Functions whose lock can be left out without harm to be seen, each with its reason.
HARMLESS = {
    "obmalloc_boot": "an intruder boots in the same way, and what it has done is done once more",
    "obmalloc_heap_of": "only looks",
    "home_of": "only looks",
    "obmalloc_owns": "only looks",
    "_sbrk": "the paths reach it through newlib only, which holds its own lock",
}
# A gap: "realloc, to a ready block" finds none on ARMv6-M, so that realloc's first step only looks there.
NOT_REACHED = {("microbit", "realloc")}


class Report:
    """Counts, and tells what happens."""

    def __init__(self, total):
        self.total, self.done = total, 0
        self.tried = self.lost = self.hit = self.held_off = 0
        self.start = time.monotonic()

    def tell(self, text):
        print(f"{self.done}/{self.total} {time.monotonic() - self.start:.0f} s: {text}", file=sys.stderr, flush=True)

    def lose(self, text):
        self.lost += 1
        self.tell(f"LOST: {text}")


def sweep(board, lock, words, build):
    """Returns a Coverage, or a sentence."""
    try:
        return coverage.measure(board, coverage.image_of(board, lock, build), words)
    except (coverage.Failure, boards.BoardError) as error:
        return str(error)


def plan(build, names, places, seeds, first_seed):
    """(board, policy, words) of all sweeps."""
    for board in names:
        for lock in POLICIES[board]:
            image = coverage.image_of(board, lock, build)
            count = len(coverage.names(board, image))
            modes = [()] + ([("urgent=1",)] if lock == "basepri" else [])
            for mode in modes:
                yield board, lock, mode
            for number in range(count):
                yield board, lock, (f"path={number}", f"nested={places}")
            for seed in range(first_seed, first_seed + seeds, SEEDS_AT_ONCE):
                word = f"seeds={min(SEEDS_AT_ONCE, first_seed + seeds - seed)}"
                for mode in modes:
                    yield board, lock, (f"seed={seed}", word, *mode)
            yield board, lock, (f"seed={first_seed}", f"seeds={min(seeds, SEEDS_AT_ONCE)}", "nested=1")


def hold(report, board, lock, words, found):
    report.done += 1
    text = f"{board}, {lock}, {' '.join(words) or 'all paths'}"
    if isinstance(found, str):
        report.lose(f"{text}: {found}")
        return
    summary = found.summary()
    report.tried += found.interleavings
    report.hit += found.hit_count
    report.held_off += found.held_off_count
    for error in found.errors:
        report.lose(f"{text}: {error}")
    report.tell(f"{text}: {summary}")


def without_locks(report, build, names):
    """All locks left out, and one after another. What is not noticed is lost. Returns how many sweeps that were."""
    tried = 0
    for board in names:
        found = mutants.unlocked(board, build)
        unharmed = {name for name, sentence in found.items() if sentence is None}
        for name in sorted(unharmed ^ mutants.UNHARMED):
            report.lose(f"{board} without a lock: {name}: {found.get(name) or 'nothing was found'}")
        report.tell(f"{board} without a lock: {len(found) - len(unharmed)} of {len(found)} paths are damaged")
        image = coverage.image_of(board, POLICIES[board][0], build)
        executed = coverage.measure(board, image).executed
        count, unnoticed = mutants.survivors(board, image, executed, report.tell)
        tried += count + len(found)
        for name in unnoticed:
            function = name.split("+")[0].split(".")[0]
            if function in HARMLESS:
                report.tell(f"{board}: {name} is not missed: {HARMLESS[function]}")
            elif (board, function) in NOT_REACHED:
                report.tell(f"{board}: {name} is not missed: no path changes anything under it")
            else:
                report.lose(f"{board}: the lock at {name} is not missed")
    return tried


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--boards", nargs="+", choices=POLICIES, default=list(POLICIES))
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--places", type=int, default=2, help="of a call, for the outer of two interrupts; 0 = all")
    parser.add_argument("--seeds", type=int, default=100, help="states and calls, beside the paths")
    parser.add_argument("--seed", type=int, default=1, help="the first of them")
    arguments = parser.parse_args()
    try:
        work = list(plan(arguments.build, arguments.boards, arguments.places, arguments.seeds, arguments.seed))
        report = Report(len(work))
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            running = {pool.submit(sweep, *item, arguments.build): item for item in work}
            for done in concurrent.futures.as_completed(running):
                hold(report, *running[done], done.result())
        removed = without_locks(report, arguments.build, arguments.boards)
    except (coverage.Failure, boards.BoardError) as error:
        sys.exit(f"torture.py: {error}")
    cpus = ", ".join(CPUS[board] for board in arguments.boards)
    note = (f"{cpus}; primask, basepri, hooks; {report.hit} at once, {report.held_off} held off by the lock; "
            f"{removed} sweeps without a lock")
    print(json.dumps({"part": "an interrupt at every instruction", "tried": report.tried, "unit": "interleavings",
                      "lost": report.lost, "note": note}))
    sys.exit(report.lost != 0)


if __name__ == "__main__":
    main()
