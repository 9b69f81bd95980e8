#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Replays traces on a board with several allocators and prints what each costs."""

import argparse
import concurrent.futures
import os
import pathlib
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "replay"))

import measure
import search
import subject
import summary
import trial
from trial import BenchError


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--board", default="mps2-an386")
    parser.add_argument("--libc", default="nano", help="the library that ours is linked with")
    parser.add_argument("--allocators", default="", help="names, parted by spaces; default: all")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    return parser.parse_args()


class Progress:
    """One line that follows the run, where somebody watches."""

    def __init__(self, total_count):
        self.total_count = total_count
        self.done_count = 0
        self.watched = sys.stderr.isatty()

    def step(self, text):
        self.done_count += 1
        if self.watched:
            line = f"[{self.done_count}/{self.total_count}] {text}"
            print(f"\r\033[K{line[:79]}", end="", file=sys.stderr, flush=True)

    def end(self):
        if self.watched:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def measure_all(trials, job_count):
    """Returns the results in the order of the trials, and a sentence for each that has none."""
    results, refusals = {}, []
    progress = Progress(len(trials))
    with concurrent.futures.ThreadPoolExecutor(job_count) as pool:
        futures = {pool.submit(one.result): one for one in trials}
        try:
            for future in concurrent.futures.as_completed(futures):
                one = futures[future]
                progress.step(f"{one.subject.name} {one.name}")
                try:
                    results[one] = future.result()
                except search.NoSize as error:
                    refusals.append(f"{one.subject.name} on {one.name}: {error}")
        finally:
            progress.end()
            pool.shutdown(cancel_futures=True)
    return [results[one] for one in trials if one in results], sorted(refusals)


def main():
    arguments = parse_arguments()
    known = subject.subjects(arguments.build, arguments.board, arguments.libc)
    chosen = [known[name] for name in arguments.allocators.split() or known]
    traces = [measure.load_trace(name) for name in measure.known_traces()]
    trials = [trial.Trial(arguments.board, one, name, trace)
              for name, trace in traces for one in chosen]
    results, refusals = measure_all(trials, arguments.jobs)
    summary.print_summary(chosen, results)
    for sentence in refusals:
        print(f"left out: {sentence}")


if __name__ == "__main__":
    try:
        main()
    except (BenchError, measure.ReplayError) as failure:
        sys.exit(f"bench: {failure}")
