#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every request for memory of every program of tests/oom fails once: with all libraries, both flags, in all modes.

A line for each sweep that loses, on standard error, with the words that show the run; JSON in the last line.
"""

import argparse
import concurrent.futures
import json
import os
import sys

import subjects
import sweep


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--only", default="", help="sweeps whose name has this in it")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    sweeps = [one for one in subjects.everything(arguments.build) if arguments.only in one.name]
    progress = sweep.Progress("out of memory")
    tried, lost = 0, 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for number, (one, (runs, losses)) in enumerate(zip(sweeps, pool.map(sweep.Sweep.run, sweeps))):
            tried += runs
            lost += len(losses)
            progress.title = f"sweep {number + 1} of {len(sweeps)}, {one.name}"
            progress(tried)
            for at, complaint in losses:
                print(f"torture.py: {one.name}: request {at}: {complaint}; {one.image} {one.repeat_words(at)}",
                      file=sys.stderr)
    progress.end()
    print(json.dumps({"part": "out of memory at every request", "tried": tried, "unit": "runs", "lost": lost,
                      "note": f"{len(sweeps)} sweeps; Lua, JSON, C++, libc, CPython's API, traces; 3 C libraries"}))
    sys.exit(1 if lost or not tried else 0)


if __name__ == "__main__":
    try:
        main()
    except (sweep.SweepError, sweep.boards.BoardError) as failure:
        sys.exit(f"torture.py: {failure}")
