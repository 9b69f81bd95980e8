#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Replays traces on a board with several allocators, and says what each costs in instructions and RAM.

Prints tables, and writes TSV and pictures. Every block's contents are checked in every run; the bench
fails when one does not hold. The same images and traces give the same figures everywhere.
"""

import argparse
import concurrent.futures
import os
import pathlib
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "replay"))

import measure
import picture_cost
import picture_ram
import search
import subject
import tables
import tsv
from progress import Progress
from trial import BenchError, Trial


# What may lie beside traces.
NO_TRACES = {".md", ".py"}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build", help="build directory")
    parser.add_argument("--board", default="mps2-an386")
    parser.add_argument("--libc", default="nano", help="the library that ours is linked with")
    parser.add_argument("--allocators", default="",
                        help=f"some of: {' '.join(subject.NAMES)}; default: all but "
                        "the last")
    parser.add_argument("--traces", default="",
                        help="folder of traces, in either form; default: tests/traces")
    parser.add_argument("--tsv", type=pathlib.Path, help="file to write")
    parser.add_argument("--pictures", type=pathlib.Path, help="folder for cost.svg and ram.svg")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    return parser.parse_args()


def choose_subjects(arguments):
    """Returns the subjects to measure, and a sentence for each that is not there."""
    known = subject.subjects(arguments.build, arguments.board, arguments.libc)
    names = arguments.allocators.split() or subject.DEFAULT_NAMES
    strange = [name for name in names if name not in known]
    if strange:
        raise BenchError(f"there is no allocator '{strange[0]}'; there are: {' '.join(known)}")
    chosen = [known[name] for name in known if name in names]
    skipped = [f"{one.title}: its image is not built; Debian: "
               f"{subject.DEBIAN_PACKAGES[one.name]}"
               for one in chosen if not one.is_built and one.name in subject.PEERS]
    chosen = [one for one in chosen if one.is_built or one.name not in subject.PEERS]
    if not chosen:
        raise BenchError("; ".join(skipped))
    for one in chosen:
        if not one.is_built:
            raise BenchError(f"there is no image {one.elf}; `make bench-images` builds it")
    return chosen, skipped


def load_traces(folder):
    """Returns [(name, trace)] of a folder, or of tests/traces."""
    if not folder:
        return [measure.load_trace(name) for name in measure.known_traces()]
    path = pathlib.Path(folder)
    if not path.is_dir():
        raise BenchError(f"TRACES is '{folder}', which is no folder")
    files = sorted(file for file in path.iterdir() if file.is_file()
                   and not file.name.startswith(".") and file.suffix not in NO_TRACES)
    if not files:
        raise BenchError(f"there is no trace in the folder '{folder}'")
    traces = [measure.load_trace(file) for file in files]
    names = [name for name, _ in traces]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise BenchError(f"the folder '{folder}' has two traces named '{twice[0]}'")
    empty = [name for name, trace in traces if trace.peak_live_bytes == 0]
    if empty:
        raise BenchError(f"the trace '{empty[0]}' never holds a byte, so RAM has no measure")
    return traces


def measure_all(trials, job_count):
    """Returns {trial: result}, and the trials for which the board is too small."""
    results, refusals = {}, set()
    progress = Progress(len(trials))
    # The longest first, so that the last one does not run alone.
    queue = sorted(trials, key=lambda one: (-one.subject.fixed_arena, -len(one.trace.operations)))
    with concurrent.futures.ThreadPoolExecutor(job_count) as pool:
        futures = {pool.submit(one.result): one for one in queue}
        try:
            for future in concurrent.futures.as_completed(futures):
                one = futures[future]
                progress.step(f"{one.subject.title}: {one.name}")
                try:
                    results[one] = future.result()
                except search.NoSize:
                    refusals.add(one)
        finally:
            progress.end()
            pool.shutdown(cancel_futures=True)
    return results, refusals


def in_columns(chosen, trials, results, refusals):
    """Returns [(subject, results)], of the traces that all of them have a result for."""
    left_out = {one.name for one in refusals}
    return [(one, [results[trial] for trial in trials
                   if trial.subject == one and trial.name not in left_out]) for one in chosen]


def write_files(arguments, columns, results):
    written = []
    if arguments.tsv:
        tsv.write(arguments.tsv, results)
        written.append(arguments.tsv)
    if arguments.pictures:
        for name, picture in (("cost.svg", picture_cost), ("ram.svg", picture_ram)):
            picture.write(arguments.pictures / name, columns)
            written.append(arguments.pictures / name)
    if written:
        print(f"\nwritten: {' '.join(map(str, written))}")


def main():
    arguments = parse_arguments()
    chosen, skipped = choose_subjects(arguments)
    traces = load_traces(arguments.traces)
    trials = [Trial(arguments.board, one, name, trace) for one in chosen for name, trace in traces]
    results, refusals = measure_all(trials, arguments.jobs)
    columns = in_columns(chosen, trials, results, refusals)
    measured = [result for _, part in columns for result in part]
    for sentence in skipped:
        print(f"skipped: {sentence}")
    for one in chosen:
        names = [trial.name for trial in trials if trial in refusals and trial.subject == one]
        if names:
            print(f"left out, too large for {arguments.board} with {one.title}: {' '.join(names)}")
    if not measured:
        raise BenchError(f"no trace fits {arguments.board}")
    print(f"{len(columns[0][1])} traces on {arguments.board}\n")
    tables.print_summary(columns)
    tables.print_traces(columns)
    write_files(arguments, columns, measured)


if __name__ == "__main__":
    try:
        main()
    except (BenchError, measure.ReplayError, OSError) as failure:
        sys.exit(f"bench: {failure}")
    except KeyboardInterrupt:
        sys.exit("\nbench: interrupted")
