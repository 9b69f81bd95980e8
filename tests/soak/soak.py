#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A device's life on an arena of 64 KiB, simulated; fails iff a request fails, contents are lost, or a figure creeps.

By default a week, the same every time; --torture: a year, and a day of it on a board, which must print the same figures
as this computer. README.md of this folder says what a life is, and what counts as a creep.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "board" / "host"), str(REPOSITORY / "tests" / "bench")]

import boards
import picture_soak
import progress
import trend

HERE = pathlib.Path(__file__).resolve().parent
TRACES = REPOSITORY / "tests" / "traces"
ARENA_BYTES = 65536
DAY_OPERATIONS = 864_000
YEAR_DAYS, WEEK_DAYS, WEEK_SAMPLES_A_DAY = 365, 7, 12
BOARD, LIBC = "mps2-an386", "nano"
BOARD_SAMPLES, BOARD_TIMEOUT_SECONDS = 2, 300
SAMPLE = re.compile(r"sample (\d+) (\d+) (\d+) (\d+)")
COUNT = re.compile(r"(runs|crashes|failures|mismatches|left) (\d+)")


class SoakError(Exception):
    """A sentence that says why there was no life."""


class Life:
    """What came of one: a list of samples, dicts by trend.SERIES' names, and counts."""

    def __init__(self, text, status):
        self.text = text
        self.samples = [dict(zip((series.name for series in trend.SERIES), map(int, match.groups())))
                        for match in SAMPLE.finditer(text)]
        self.counts = {name: int(value) for name, value in COUNT.findall(text)}
        if "left" not in self.counts:
            error = re.search(r"^error (.*)", text, re.MULTILINE)
            raise SoakError(error.group(1) if error else f"the life ended with status {status} and no figures")

    def values(self, name):
        return [sample[name] for sample in self.samples]

    def trends(self):
        return {series.name: trend.trend(trend.parts(self.values(series.name))) for series in trend.SERIES}

    def problems(self):
        """Sentences about what was lost."""
        names = {"failures": "requests failed", "mismatches": "blocks lost their contents",
                 "left": "bytes are not free when nothing is live"}
        found = [f"{self.counts[name]:,} {words}" for name, words in names.items() if self.counts[name]]
        for series in trend.SERIES:
            line = self.trends()[series.name]
            if trend.creeps(line, series.bad, ARENA_BYTES):
                found.append(f"a creep: {series.title}: {line.drift:+,.0f} bytes over the run, "
                             f"{abs(line.errors):.1f} standard errors")
        return found


def live(program, seed, sample_count, sample_operations, leak_runs=0, show=None):
    """Lives on this computer."""
    command = [program, TRACES, *map(str, (seed, sample_count, sample_operations, leak_runs))]
    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            lines = []
            for line in process.stdout:
                lines.append(line)
                if show:
                    show(f"{len(lines)} of {sample_count} samples")
        return Life("".join(lines), process.returncode)
    except OSError as error:
        raise SoakError(f"{program}: {error.strerror}; `make host` builds it") from None


def live_on_board(build, seed, sample_count, sample_operations):
    image = boards.image_path(BOARD, LIBC, "soak", build)
    words = [f"traces={TRACES}", f"seed={seed}", f"samples={sample_count}", f"operations={sample_operations}"]
    try:
        done = boards.run(BOARD, image, words, timeout_seconds=BOARD_TIMEOUT_SECONDS)
    except boards.BoardError as error:
        raise SoakError(str(error)) from None
    return Life(done.output, done.status)


def print_table(life, operations):
    print(f"{operations:,} operations, {life.counts['runs']:,} runs of subsystems, {life.counts['crashes']:,} of them "
          f"crashed\n")
    print(f"{'':44}{'first':>8}{'last':>8}{'least':>8}{'most':>8}{'trend':>8}{'errors':>8}")
    for series in trend.SERIES:
        values, line = life.values(series.name), life.trends()[series.name]
        print(f"{series.title:44}{values[0]:>8,}{values[-1]:>8,}{min(values):>8,}{max(values):>8,}{line.drift:>+8,.0f}"
              f"{line.errors:>+8.1f}")


def compare_board(build, program, seed):
    """A day in two samples: returns (operations, a problem or None)."""
    operations = DAY_OPERATIONS // BOARD_SAMPLES
    here, there = live(program, seed, BOARD_SAMPLES, operations), \
        live_on_board(build, seed, BOARD_SAMPLES, operations)
    if here.text != there.text:
        return DAY_OPERATIONS, f"{BOARD} and this computer differ:\n{there.text}---\n{here.text}"
    return DAY_OPERATIONS, None


def write_year(life, folder):
    folder.mkdir(parents=True, exist_ok=True)
    names = [series.name for series in trend.SERIES]
    lines = ["\t".join(["day", *names])]
    lines += ["\t".join(map(str, (day, *sample.values()))) for day, sample in enumerate(life.samples, 1)]
    (folder / "year.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    picture_soak.write(folder / "soak.svg", life.samples, ARENA_BYTES)


def torture(arguments):
    """A year here, a day on the board. Returns the exit status."""
    follow = progress.Progress(YEAR_DAYS)
    start = time.monotonic()
    life = live(arguments.program, arguments.seed, YEAR_DAYS, DAY_OPERATIONS, show=follow.show)
    follow.show(f"a day on {BOARD}")
    board_operations, difference = compare_board(arguments.build, arguments.program, arguments.seed)
    follow.end()
    problems = life.problems() + ([difference] if difference else [])
    print_table(life, YEAR_DAYS * DAY_OPERATIONS)
    print(f"\n{time.monotonic() - start:.0f} s; a day on {BOARD}: {'other' if difference else 'the same'} figures")
    write_year(life, HERE if arguments.refresh else pathlib.Path(arguments.build) / "soak")
    for problem in problems:
        print(f"soak.py: {problem}", file=sys.stderr)
    print(json.dumps({"part": "a simulated year of a device's life",
                      "tried": YEAR_DAYS * DAY_OPERATIONS + board_operations, "unit": "operations",
                      "lost": len(problems), "note": f"64 KiB, {life.counts['runs']:,} runs of five programs"}))
    return 1 if problems else 0


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build", help="the build directory")
    parser.add_argument("--program", type=pathlib.Path, help="another one than the build's")
    parser.add_argument("--seed", type=int, default=1, help="names the life")
    parser.add_argument("--leak-runs", type=int, default=0, metavar="N", help="plant a leak: a block after N runs each")
    parser.add_argument("--torture", action="store_true", help="a year, and a day on a board")
    parser.add_argument("--refresh", action="store_true", help="with --torture: keep the year and its picture in tests/soak")
    arguments = parser.parse_args()
    arguments.program = arguments.program or REPOSITORY / arguments.build / "host" / "soak" / "soak"
    return arguments


def main():
    arguments = parse_arguments()
    try:
        if arguments.torture:
            sys.exit(torture(arguments))
        samples = WEEK_DAYS * WEEK_SAMPLES_A_DAY
        life = live(arguments.program, arguments.seed, samples, DAY_OPERATIONS // WEEK_SAMPLES_A_DAY,
                    arguments.leak_runs)
    except SoakError as error:
        sys.exit(f"soak.py: {error}")
    print_table(life, WEEK_DAYS * DAY_OPERATIONS)
    for problem in life.problems():
        print(f"soak.py: {problem}", file=sys.stderr)
    sys.exit(1 if life.problems() else 0)


if __name__ == "__main__":
    main()
