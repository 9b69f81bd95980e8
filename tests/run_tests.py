#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs the test programs that make has built, and sums up.

Prints a line for each program, the output of each that fails, the skipped cases with their reasons,
a table, and as the last line `N passed, N failed[, N skipped]`. Exits with 1 iff anything failed or
nothing was run.
"""

import argparse
import concurrent.futures
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(sys.path[0]), "board", "host"))

import boards  # noqa: E402
from runner import jobs, verdict  # noqa: E402

STATES = (verdict.PASSED, verdict.FAILED, verdict.SKIPPED)
WORTH_TELLING_SECONDS = 5


class Progress:
    """One line that follows the run, where somebody watches."""

    def __init__(self, total_count):
        self.total_count = total_count
        self.done_count = 0
        self.watched = sys.stdout.isatty()

    def clear(self):
        if self.watched:
            print("\r\033[K", end="")

    def show(self, job):
        self.done_count += 1
        if self.watched:
            text = f"[{self.done_count}/{self.total_count}] {job.place} {job.name}"
            print(text[:79], end="", flush=True)


def timed(job, timeout_seconds):
    """Returns the job's verdict and how long it took, in seconds."""
    start = time.monotonic()
    result = job.run(timeout_seconds)
    return result, time.monotonic() - start


def report(job, result, seconds):
    """One line for the program, and more iff it failed."""
    counts = ", ".join(f"{result.count(state)} {state}" for state in STATES if result.count(state))
    failed = result.count(verdict.FAILED) > 0
    mark = "FAIL" if failed else "ok"
    took = f" ({seconds:.0f} s)" if seconds >= WORTH_TELLING_SECONDS else ""
    print(f"{mark:4} {job.place:16} {job.name:24} {job.variant:14} {counts}{took}")
    if not failed:
        return
    for case in result.cases:
        if case.state == verdict.FAILED:
            print(f"     {case.name}: {case.text}")
    print("     its output:")
    for line in result.output.splitlines():
        print(f"     | {line}")


def places_in_words(places, all_places):
    """{variant: [place]} as text, short where it is everywhere."""
    texts = []
    for variant, names in places.items():
        everywhere = len(names) > 1 and set(names) == set(all_places)
        text = "all boards" if everywhere else " ".join(names)
        texts.append(f"{variant} on {text}")
    return "; ".join(texts)


def report_skips(results):
    """Each skipped case once, with its reason and where."""
    where = {}
    for job, result in results:
        for case in result.cases:
            if case.state == verdict.SKIPPED:
                name = job.name if case.name == "(program)" else f"{job.name}: {case.name}"
                places = where.setdefault((name, case.text), {})
                places.setdefault(job.variant, []).append(job.place)
    all_places = {job.place for job, _ in results if job.place != "PC"}
    if where:
        print("\nskipped:")
    for (name, reason), places in sorted(where.items()):
        print(f"  {name}: {reason}\n      ({places_in_words(places, all_places)})")


def report_table(results):
    """Board by state, and the summary in the last line."""
    places = list(dict.fromkeys(job.place for job, _ in results))
    counts = {
        place: [
            sum(result.count(state) for job, result in results if job.place == place)
            for state in STATES
        ]
        for place in places
    }
    print(f"\n{'':16}" + "".join(f"{state:>9}" for state in STATES))
    for place in places:
        print(f"{place:16}" + "".join(f"{count:9}" for count in counts[place]))
    totals = [sum(column) for column in zip(*counts.values())]
    summary = f"{totals[0]} passed, {totals[1]} failed"
    if totals[2]:
        summary += f", {totals[2]} skipped"
    print()
    print(summary)
    return totals


def run_all(todo, worker_count, timeout_seconds):
    """Runs the jobs, a few at a time. Returns [(job, verdict)] in the order of the jobs."""
    progress = Progress(len(todo))
    results = {}
    with concurrent.futures.ThreadPoolExecutor(worker_count) as pool:
        futures = {pool.submit(timed, job, timeout_seconds): job for job in todo}
        for future in concurrent.futures.as_completed(futures):
            job = futures[future]
            results[job], seconds = future.result()
            progress.clear()
            report(job, results[job], seconds)
            progress.show(job)
    progress.clear()
    return [(job, results[job]) for job in todo]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build", help="the build directory")
    parser.add_argument("--boards", nargs="*", default=[], help="default: none, the PC alone")
    parser.add_argument("--host", action="store_true", help="with the tests on the PC")
    parser.add_argument("--only", default="*", help="a group's name, or programs whose name matches, e.g. 'test_p*'")
    parser.add_argument("--jobs", type=int, default=2, help="how many run at a time")
    parser.add_argument("--timeout-seconds", type=float, default=240, help="of one program")
    parser.add_argument("--self", action="store_true", help="only what fails on purpose")
    arguments = parser.parse_args()
    try:
        if arguments.self:
            todo = list(jobs.self_jobs(arguments.build))
        else:
            todo = list(jobs.all_jobs(arguments.build, arguments.boards, arguments.host))
    except boards.BoardError as error:
        sys.exit(f"run_tests.py: {error}")
    pattern = arguments.only
    todo = [job for job in todo if job.matches(pattern)]
    if not todo:
        sys.exit(f"run_tests.py: no test is named '{pattern}'")
    results = run_all(todo, arguments.jobs, arguments.timeout_seconds)
    report_skips(results)
    totals = report_table(results)
    sys.exit(0 if totals[1] == 0 and totals[0] > 0 else 1)


if __name__ == "__main__":
    main()
