#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs the long forms one after another, the Make targets torture-*, and prints what was tried, how often, what was lost.

A part's progress goes to the terminal as it is. The last line that it prints on stdout is one JSON object:
    {"part": WHAT, "tried": N, "unit": WORDS, "lost": N, "note": WORDS}    or    {"part": WHAT, "skipped": WHY}
Exit status: 0 = nothing was lost; 1 = something was, or a part failed, or all were skipped; 2 = there is no such part.
"""

import argparse
import collections
import fnmatch
import json
import pathlib
import re
import shlex
import subprocess
import sys
import textwrap
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PREFIX = "torture-"
TARGET = re.compile(rf"^({PREFIX}[a-z-]+):[^#\n]*## ", re.MULTILINE)
NOTE_WIDTH = 44

# lost: None = the part did not get so far; text: why, or the part's note.
Outcome = collections.namedtuple("Outcome", "state part tried unit lost text seconds")
HELD, LOST, FAILED, SKIPPED = "held", "LOST", "FAILED", "skipped"


class PartError(Exception):
    """A sentence that says what is wrong with a part's last line."""


def makefiles():
    """The Makefile and what it includes from tests/."""
    return [REPOSITORY / "Makefile", *sorted(REPOSITORY.glob("tests/*/*.mk"))]


def all_parts(paths):
    """The targets' names without the prefix, as `make help` lists them."""
    found = [name for path in paths for name in TARGET.findall(path.read_text("utf-8"))]
    return [name.removeprefix(PREFIX) for name in dict.fromkeys(found)]


def chosen(parts, patterns):
    """Those that match one of the patterns, in their own order."""
    return [part for part in parts if any(fnmatch.fnmatch(part, pattern) for pattern in patterns)]


def outcome_of(name, output, status, seconds):
    """Judges a part by its last line and its status."""
    lines = output.strip().splitlines()
    try:
        if not lines:
            raise PartError("it printed nothing")
        try:
            report = json.loads(lines[-1])
        except ValueError:
            raise PartError(f"its last line is no JSON object: {lines[-1]}") from None
        if not isinstance(report, dict) or not isinstance(report.get("part"), str):
            raise PartError(f"its last line does not say which part it is: {lines[-1]}")
        if "skipped" in report:
            if status != 0:
                raise PartError(f"it ended with status {status} and says that it was skipped")
            return Outcome(SKIPPED, report["part"], 0, "", None, str(report["skipped"]), seconds)
        counts = [report.get(key) for key in ("tried", "lost")]
        if not all(isinstance(count, int) and count >= 0 for count in counts):
            raise PartError(f"its last line does not count what was tried and lost: {lines[-1]}")
        if (status != 0) != (report["lost"] != 0):
            raise PartError(f"it ended with status {status} and says that {report['lost']} were lost")
        if report["tried"] == 0:
            raise PartError("it tried nothing")
    except PartError as error:
        return Outcome(FAILED, name, 0, "", None, str(error) if status == 0 else f"{error} (status {status})", seconds)
    return Outcome(LOST if report["lost"] else HELD, report["part"], report["tried"], str(report.get("unit", "")),
                   report["lost"], str(report.get("note", "")), seconds)


def run_part(make, name):
    """Runs a part, what it prints shown but for the JSON. Returns its Outcome."""
    start = time.monotonic()
    command = [*make, f"{PREFIX}{name}"]
    lines = []
    try:
        with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                              errors="replace") as process:
            for line in process.stdout:
                lines.append(line)
                if not line.startswith('{"part"'):
                    print(f"  {line}", end="", flush=True)
        status = process.returncode
    except OSError as error:
        return Outcome(FAILED, name, 0, "", None, f"{command[0]}: {error.strerror}", 0)
    return outcome_of(name, "".join(lines), status, time.monotonic() - start)


def duration(seconds):
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def print_table(outcomes):
    width = max(len(outcome.part) for outcome in outcomes)
    print(f"\n{'':{width}}  {'tried':>13} {'unit':<16}{'lost':>6}{'time':>8}  note")
    for outcome in outcomes:
        text = outcome.text if outcome.state in (HELD, LOST) else f"{outcome.state}: {outcome.text}"
        notes = textwrap.wrap(text, NOTE_WIDTH) or [""]
        tried = f"{outcome.tried:,}" if outcome.lost is not None else "-"
        lost = f"{outcome.lost:,}" if outcome.lost is not None else "-"
        print(f"{outcome.part:{width}}  {tried:>13} {outcome.unit:<16}{lost:>6}{duration(outcome.seconds):>8}  {notes[0]}"
              .rstrip())
        for note in notes[1:]:
            print(f"{'':{width + 47}}{note}")
    lost = sum(outcome.lost or 0 for outcome in outcomes)
    counts = collections.Counter(outcome.state for outcome in outcomes)
    summary = f"{sum(outcome.tried for outcome in outcomes):,} tried, {lost:,} lost"
    for state, words in ((FAILED, "failed"), (SKIPPED, "skipped")):
        if counts[state]:
            summary += f", {counts[state]} of {len(outcomes)} parts {words}"
    print(f"\n{summary}")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=["*"], help="names of parts, or patterns")
    parser.add_argument("--make", type=shlex.split, default="make --no-print-directory", help="the command, with its words")
    parser.add_argument("--makefiles", nargs="*", type=pathlib.Path, help="where the parts are named")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    parts = all_parts(arguments.makefiles or makefiles())
    todo = chosen(parts, arguments.only)
    if not todo:
        print(f"torture.py: no part is named '{' '.join(arguments.only)}'; the parts are: {' '.join(parts)}",
              file=sys.stderr)
        sys.exit(2)
    outcomes = []
    for index, name in enumerate(todo, 1):
        print(f"[{index}/{len(todo)}] {name}", flush=True)
        outcomes.append(run_part(arguments.make, name))
    print_table(outcomes)
    states = {outcome.state for outcome in outcomes}
    sys.exit(1 if states & {LOST, FAILED} or states == {SKIPPED} else 0)


if __name__ == "__main__":
    main()
