#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Searches for a call that is costlier than the stated worst of its kind (tests/budget/table.inc).

Without --seconds a short search, the same every time; with it, fresh seeds for so long. Prints the
costliest call of each kind; a call over the stated worst is printed with the sequence that leads to
it, as a text trace, and the exit status is 1.
"""

import argparse
import concurrent.futures
import pathlib
import sys
import time

import searches

sys.path.insert(0, str(searches.REPOSITORY / "tests" / "budget"))

import progress
import table

PLAYS = 2000
SHORT = ((2048, 1), (3072, 2), (4096, 3), (8192, 4), (16384, 5), (65536, 6))
REGIONS = (2048, 2560, 3072, 4096, 6144, 8192, 12288, 16384, 24576, 32768, 49152, 65536)
FIRST_LONG_SEED = 1000


class Worst:
    """The costliest calls so far."""

    def __init__(self, stated):
        self.stated = stated
        self.seen = dict.fromkeys(searches.BOUNDED + searches.WATCHED, 0)
        self.findings = {}
        self.call_count = 0
        self.search_count = 0

    def add(self, outcome):
        """Returns the findings that are over the stated worst, and costlier than those before."""
        self.call_count += outcome.call_count
        self.search_count += 1
        over = []
        for kind, finding in outcome.findings.items():
            if finding.instructions > self.seen[kind]:
                self.findings[kind] = finding
                if finding.instructions > self.stated[kind]:
                    over.append(finding)
        for kind, instructions in outcome.seen.items():
            self.seen[kind] = max(self.seen[kind], instructions)
        return over

    def is_over(self):
        return any(self.seen[kind] > self.stated[kind] for kind in searches.BOUNDED)


def stated_worst(changes):
    """The table's rows, but for those that the command line has."""
    rows = table.rows()
    stated = {kind: rows[f"worst_{kind}"].budget[table.V7M] for kind in searches.BOUNDED}
    for change in changes:
        kind, _, instructions = change.partition("=")
        if kind not in stated or not instructions.isdigit():
            raise searches.SearchError(f"'{change}' is not KIND=INSTRUCTIONS; the kinds are "
                                       f"{' '.join(stated)}")
        stated[kind] = int(instructions)
    return stated


def long_plan():
    """The short search, then every region in turn, a new seed for each round, without end."""
    yield from SHORT
    seed = FIRST_LONG_SEED
    while True:
        for region_bytes in REGIONS:
            yield region_bytes, seed
        seed += 1


def print_finding(finding, stated):
    print(f"OVER: {finding.kind} took {finding.instructions} instructions, the stated worst is "
          f"{stated}, in a region of {finding.region_bytes} bytes:\n")
    print(finding.text())
    sys.stdout.flush()


def run(build, worst, job_count, seconds, plays, plan):
    """Searches; a few at a time, what they find in the order of the plan."""
    end = time.monotonic() + (seconds or 0)
    follow = progress.Progress(0)
    with concurrent.futures.ThreadPoolExecutor(job_count) as pool:
        running = []
        while True:
            while len(running) < job_count and (seconds is None or time.monotonic() < end):
                todo = next(plan, None)
                if todo is None:
                    break
                running.append(pool.submit(searches.search, build, *todo, plays))
            if not running:
                break
            for finding in worst.add(running.pop(0).result()):
                follow.end()
                print(f"over the stated worst: {finding.kind} {finding.instructions}, region "
                      f"{finding.region_bytes}, seed {finding.seed}", flush=True)
            seen = ", ".join(f"{kind} {worst.seen[kind]}" for kind in searches.BOUNDED)
            left = "" if seconds is None else f"{max(0, end - time.monotonic()):.0f} s left, "
            follow.show(f"{left}{worst.call_count / 1e6:.1f} million calls: {seen}")
    follow.end()


def print_summary(worst):
    rows = table.rows()
    print(f"{worst.search_count} searches, {worst.call_count:,} calls on {searches.BOARD}")
    print(f"{'costliest call':<16}{'found':>8}{'stated':>8}{'target':>8}  where")
    for kind in searches.BOUNDED:
        target = rows[f"worst_{kind}"].target[table.V7M]
        finding = worst.findings.get(kind)
        place = f"region {finding.region_bytes}, seed {finding.seed}" if finding else ""
        over = "  OVER" if worst.seen[kind] > worst.stated[kind] else ""
        print(f"{kind:<16}{worst.seen[kind]:>8}{worst.stated[kind]:>8}{target:>8}  {place}{over}")
    for kind in searches.WATCHED:
        print(f"{kind:<16}{worst.seen[kind]:>8}{'-':>8}{'-':>8}")


def refresh(worst):
    """Makes what was found the stated worst where it is costlier: that a search found less proves
    nothing."""
    measured = {(f"worst_{kind}", table.V7M): max(worst.seen[kind], worst.stated[kind])
                for kind in searches.BOUNDED}
    text = table.TABLE.read_text("utf-8")
    table.TABLE.write_text(table.with_budgets(text, measured), "utf-8")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build", help="the build directory")
    parser.add_argument("--jobs", type=int, default=1, help="searches at a time")
    parser.add_argument("--seconds", type=float, help="default: the short search")
    parser.add_argument("--search", type=lambda text: tuple(map(int, text.split(","))),
                        metavar="REGION_BYTES,SEED", help="this search alone")
    parser.add_argument("--plays", type=int, default=PLAYS, help="sequences that a search plays")
    parser.add_argument("--stated", nargs="*", default=[], metavar="KIND=N",
                        help="instead of the table's")
    parser.add_argument("--into", type=pathlib.Path, help="folder for the costliest sequences")
    parser.add_argument("--refresh", action="store_true", help="raise the stated worst to what is found")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    try:
        worst = Worst(stated_worst(arguments.stated))
        plan = iter([arguments.search] if arguments.search else
                    SHORT if arguments.seconds is None else long_plan())
        run(arguments.build, worst, arguments.jobs, arguments.seconds, arguments.plays, plan)
    except (searches.SearchError, searches.measure.ReplayError) as error:
        sys.exit(f"adversary.py: {error}")
    for kind, finding in worst.findings.items():
        if finding.instructions > worst.stated[kind]:
            print_finding(finding, worst.stated[kind])
    if arguments.into:
        arguments.into.mkdir(parents=True, exist_ok=True)
        for kind, finding in worst.findings.items():
            (arguments.into / f"worst_{kind}.txt").write_text(finding.text(), "utf-8")
    print_summary(worst)
    if arguments.refresh:
        refresh(worst)
    sys.exit(1 if worst.is_over() and not arguments.refresh else 0)


if __name__ == "__main__":
    main()
