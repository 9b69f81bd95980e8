#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every request for memory of every program fails once: with all libraries, both flags, in all modes.

The programs of tests/oom, and the images of other folders. A line for each run that loses, on standard error, with the words
that show it. What was sampled and what is left out is printed; JSON in the last line.
"""

import argparse
import concurrent.futures
import json
import os
import re
import sys

import images
import subjects
import sweep


def print_gaps(ran):
    """Which sweeps tried but a sample, which had nothing to try, and what is not swept; ran: [(Sweep, runs)]."""
    for one, runs in ran:
        if one.total and runs < one.total:
            print(f"sampled: {one.name}: {runs:,} of {one.total:,} requests, each of the first {one.every:,}"
                  + (" of each case" if isinstance(one, images.Units) else ""))
    for name in dict.fromkeys(one.name.split(",")[0] for one, _ in ran if not one.total):
        print(f"makes no request: {name}")
    for sentence in images.not_swept():
        print(f"not swept: {sentence}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--only", default="", help="sweeps in whose name this is found")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    everything = (*subjects.everything(arguments.build), *images.everything(arguments.build))
    sweeps = [one for one in everything if re.search(arguments.only, one.name)]
    if not sweeps:
        raise sweep.SweepError(f"no sweep has '{arguments.only}' in its name")
    progress = sweep.Progress("out of memory")
    tried, lost, ran = 0, 0, []
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for number, (one, (runs, losses)) in enumerate(zip(sweeps, pool.map(lambda one: one.run(), sweeps))):
            tried += runs
            ran.append((one, runs))
            lost += len(losses)
            progress.title = f"sweep {number + 1} of {len(sweeps)}, {one.name}"
            progress(tried)
            for at, complaint in losses:
                print(f"torture.py: {one.name}: request {at}: {complaint}; {one.image} {one.repeat_words(at)}",
                      file=sys.stderr)
    progress.end()
    print_gaps(ran)
    print(json.dumps({"part": "out of memory at every request", "tried": tried, "unit": "runs", "lost": lost,
                      "note": f"{len(sweeps)} sweeps; Lua, JSON, C++, libc, CPython's API, traces, all tests of "
                              "target, conformance, cpython and unit; 3 C libraries"}))
    sys.exit(1 if lost or not tried else 0)


if __name__ == "__main__":
    try:
        main()
    except (sweep.SweepError, sweep.boards.BoardError) as failure:
        sys.exit(f"torture.py: {failure}")
