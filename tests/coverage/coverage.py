#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Measures which lines and branches of pools/ and port/ the tests execute on this computer.

Prints a table by file and names what was not executed. Exits with 1 iff that is anything, if a program fails, or if
an exclusion has no reason.
"""

import argparse
import json
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.dirname(HERE))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(HERE)), "board", "host"))

import boards  # noqa: E402
import figures  # noqa: E402
import gcda  # noqa: E402
import markers  # noqa: E402
import pc_programs  # noqa: E402


def say(text):
    """Progress, where somebody watches."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text[:79]}", end="", file=sys.stderr, flush=True)


def remove_counters(folder):
    """Removes .gcda files, lest those of programs that are gone be read."""
    for where, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".gcda"):
                os.remove(os.path.join(where, name))


def measure_pc(folder, job_count, wanted=None):
    """Builds, runs and counts. Returns ({path: figures.File}, sentences about what failed)."""
    failures, places = [], []
    for build in pc_programs.builds():
        if wanted and build.name not in wanted:
            continue
        place = os.path.join(folder, build.name)
        say(f"building {build.name}")
        message = pc_programs.make(build, place, job_count)
        if message:
            failures.append(f"{build.name} cannot be built:\n{message}")
            continue
        say(f"running {build.name}")
        remove_counters(place)
        dumps, failed = pc_programs.run(build, place, job_count)
        failures += failed
        sums = {}
        for dump in dumps:
            with open(dump, "rb") as file:
                gcda.add_dump(sums, file.read())
        gcda.write(sums)
        places.append(place)
    say("counting")
    found = figures.gather(boards.REPOSITORY, places, "gcov")
    say("")
    return found, failures


def main():
    """See above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="folder for what is built")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", nargs="*", help="names of builds, e.g. nano-none")
    parser.add_argument("--json", action="store_true", help="end with one line for make torture")
    options = parser.parse_args()
    if not shutil.which("gcovr"):
        sys.exit("coverage: there is no gcovr; `make setup` installs it")
    exclusions, failures = markers.of_sources(boards.REPOSITORY)
    folder = os.path.join(os.path.abspath(options.build), "coverage")
    try:
        found, failed = measure_pc(folder, options.jobs, options.only)
    except (figures.Failed, gcda.Damaged) as error:
        sys.exit(f"coverage: {error}")
    failures += failed
    print(figures.table(found))
    gaps = figures.gaps(found)
    print("\n".join(["", *gaps]) if gaps else "", end="\n" if gaps else "")
    print(f"{len(exclusions)} exclusions, each with its reason beside it")
    for failure in failures:
        print(f"coverage: {failure}", file=sys.stderr)
    executed, lines, taken, branches = figures.total(found)
    lost = lines - executed + branches - taken + len(failures)
    if options.json:
        print(json.dumps({"part": "lines and branches on this computer", "tried": lines + branches,
                          "unit": "lines and branches", "lost": lost,
                          "note": f"{len(exclusions)} excluded"}))  # fmt: skip
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
