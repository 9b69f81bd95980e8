#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Measures which lines and branches of pools/ and port/ the tests execute on this computer.

Prints a table by file and names what was not executed. Exits with 1 iff that is anything, if a program fails, or if
an exclusion has no reason.
"""

import argparse
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.dirname(HERE))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(HERE)), "board", "host"))

import assembly  # noqa: E402
import board_programs  # noqa: E402
import boards  # noqa: E402
import figures  # noqa: E402
import gcda  # noqa: E402
import markers  # noqa: E402
import pc_programs  # noqa: E402


# Why no build here compiles a file, by the start of its path; what is not named here is an error.
NOT_MEASURED = {
    "port/rtos/": "needs an RTOS: tests run on boards",
    "port/package/": "needs another build system",
    "port/config_default.c": "data alone",
    "port/layout.c": "data alone",
    "port/libc_reserve_default.c": "data alone",
}


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
    failures, places, sums = [], {}, {}
    remove_counters(folder)
    for build in pc_programs.builds():
        if wanted and build.name not in wanted:
            continue
        say(f"building {build.name}")
        message = pc_programs.make(build, folder, job_count)
        if message:
            failures.append(f"{build.name} cannot be built:\n{message}")
            continue
        pc_programs.remove_stale_notes(build, folder)
        say(f"running {build.name}")
        dumps, failed = pc_programs.run(build, folder, job_count)
        failures += failed
        add_up(dumps, sums)
        places.update(dict.fromkeys(build.parts(folder)))
    say("counting")
    gcda.write(sums)
    found = figures.gather(boards.REPOSITORY, places, "gcov")
    say("")
    return found, failures


def add_up(dumps, sums):
    """Adds the counters of the dumps."""
    for dump in dumps:
        with open(dump, "rb") as file:
            gcda.add_dump(sums, file.read())


def measure_board(board_name, folder, job_count):
    """As measure_pc, on a board in QEMU."""
    places, failures = [], []
    for libc in board_programs.LIBCS:
        say(f"building for {board_name}, {libc}")
        message = board_programs.make(board_name, libc, "none", folder, True, job_count)
        if message:
            failures.append(f"{board_name}, {libc} cannot be built:\n{message}")
            continue
        say(f"running on {board_name}, {libc}")
        place = os.path.join(folder, f"{board_name}-{libc}")
        remove_counters(place)
        dumps, failed = board_programs.run_counted(board_name, libc, folder, job_count)
        failures += failed
        sums = {}
        add_up(dumps, sums)
        gcda.write(sums)
        places.append(os.path.join(place, "obmalloc"))
    say("counting")
    return figures.gather(boards.REPOSITORY, places, "arm-none-eabi-gcov"), failures


def measure_assembly(board_name, folder, job_count):
    """(lines of the tables, sentences about what was not executed or failed, instructions, executed)."""
    rows, missing, sums, executed = [], [], [0, 0], {}
    for libc, lock in (("nano", "none"), ("nano", "primask")):
        if lock != "none" and (libc, lock) not in board_programs.jobs.lock_builds(board_name):
            continue
        say(f"running on {board_name} instruction by instruction, {libc} {lock}")
        message = board_programs.make(board_name, libc, lock, folder, False, job_count)
        if message:
            missing.append(f"{board_name}, {libc} {lock} cannot be built:\n{message}")
            continue
        known, seen = assembly.measure(board_name, libc, lock, folder, job_count)
        # The pools know no lock: their code is the same in each build.
        seen |= {key for key, (place, text) in known.items()
                 if place.startswith("pools/") and executed.get(key) == text}  # fmt: skip
        executed.update({key: known[key][1] for key in seen})
        table, never = assembly.table(known, seen, f"{board_name}, {libc}, lock {lock}")
        rows += ["", *table]
        missing += never
        sums = [sums[0] + len(known), sums[1] + len(seen)]
    say("")
    return rows, missing, sums


def uncompiled(found):
    """C files of pools/ and port/ that no build here compiles."""
    return sorted(
        os.path.relpath(os.path.join(where, name), boards.REPOSITORY)
        for room in ("pools", "port")
        for where, _, names in os.walk(os.path.join(boards.REPOSITORY, room))
        for name in names
        if name.endswith(".c") and os.path.relpath(os.path.join(where, name), boards.REPOSITORY) not in found
    )


def not_measured(paths):
    """(lines of a table, sentences about files that have no reason)."""
    rows, wrong = [], []
    for path in paths:
        why = [why for start, why in NOT_MEASURED.items() if path.startswith(start)]
        if why:
            rows.append(f"  {path:<34}{why[0]}")
        else:
            wrong.append(f"{path} is not compiled here, and coverage.py has no reason for it")
    return rows, wrong


def main():
    """See above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="folder for what is built")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--board", help="measure on this board, too")
    parser.add_argument("--only", nargs="*", help="names of builds, e.g. nano-none")
    parser.add_argument("--json", action="store_true", help="end with one line for make torture")
    options = parser.parse_args()
    exclusions, failures = markers.of_sources(boards.REPOSITORY)
    folder = os.path.join(os.path.abspath(options.build), "coverage")
    on_board, rows, instructions = None, [], [0, 0]
    try:
        found, failed = measure_pc(folder, options.jobs, options.only)
        failures += failed
        if options.board:
            on_board, failed = measure_board(options.board, os.path.join(folder, "counted"), options.jobs)
            failures += failed
            rows, failed, instructions = measure_assembly(options.board, os.path.abspath(options.build), options.jobs)
            failures += failed
    except (figures.Failed, gcda.Damaged, boards.BoardError) as error:
        sys.exit(f"coverage: {error}")
    print(figures.table(found, on_board, options.board))
    gaps = figures.gaps(found)
    print("\n".join(["", *gaps]) if gaps else "", end="\n" if gaps else "")
    print("\n".join(rows), end="\n\n" if rows else "")
    print(f"{len(exclusions)} exclusions, each with its reason beside it")
    if not options.only:
        left_out, failed = not_measured(uncompiled(found))
        failures += failed
        print("\n".join(["not measured here, because not compiled here:", *left_out]))
    for failure in failures:
        print(f"coverage: {failure}", file=sys.stderr)
    executed, lines, taken, branches = figures.total(found)
    lost = lines - executed + branches - taken + len(failures)
    if options.json:
        what = f"the assembly's {instructions[0]} instructions on {options.board}" if options.board else "no board"
        print(json.dumps({"part": "lines and branches executed", "tried": lines + branches + instructions[0],
                          "unit": "places", "lost": lost,
                          "note": f"{lines} lines, {branches} branches, {len(exclusions)} excluded; {what}"}))  # fmt: skip
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
