#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Goes the ways that README.md in this folder shows; started as a program, puts in what its commands print today.

What a command printed may be shortened: a line `...` stands for any number of lines. Lines are found again by their
form, which is what they are without numbers, and without what a picture of the heap shows.
"""

import os
import pathlib
import re
import subprocess
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "harness"))

import readme
import user

README = pathlib.Path(__file__).resolve().parent / "README.md"
LEFT_OUT = "..."
SHOWN_BUILD = "build"


class WalkError(Exception):
    """Says which command no longer prints which line."""


def sections():
    """{title: [(command, lines shown)]} of the README's walks."""
    found = {}
    for part in README.read_text(encoding="utf-8").split("\n## ")[1:]:
        steps = [step for language, body in readme.FENCED.findall(part) if language == "console"
                 for step in readme.parse_console(body)]
        if steps:
            found[part.splitlines()[0]] = steps
    return found


def build():
    """The build directory: $BUILD, where `make test` has built, or the one that is shown."""
    return os.environ.get("BUILD") or SHOWN_BUILD


def run(command):
    """Returns the finished command, with what it printed, as if it had built where it is shown."""
    command = re.sub(rf"(?<=[ =]){SHOWN_BUILD}/", f"{build()}/", command)
    done = subprocess.run(command, shell=True, cwd=REPOSITORY, env=user.environment(), capture_output=True, text=True,
                          check=False)
    done.stdout = done.stdout.replace(f"{build()}/", f"{SHOWN_BUILD}/")
    return done


def form(line):
    """A line without numbers, the width of columns, and the cells of a picture."""
    line = re.sub(r"\|.*\|", "|", line)
    return " ".join(re.sub(r"0x[0-9a-f]+|[-+]?[\d.,]*\d", "N", line).split())


def runs_of(shown):
    """The lines shown, cut where some are left out: [[line]], as many as there are `...`, and one more."""
    runs = [[]]
    for line in shown:
        if line == LEFT_OUT:
            runs.append([])
        else:
            runs[-1].append(line)
    return runs


def as_shown(command, shown, printed):
    """The printed lines that take the place of those shown. Raises WalkError iff a line shown is not printed, or one
    printed is neither shown nor left out."""
    lines = printed.rstrip().splitlines()
    forms = [form(line) for line in lines]
    runs = runs_of(shown)
    result, at = [], 0
    for index, run_ in enumerate(runs):
        wanted = [form(line) for line in run_]
        last = len(lines) - len(run_)
        first = last if index == len(runs) - 1 and run_ else at
        places = [place for place in range(max(at, first), last + 1) if forms[place:place + len(run_)] == wanted]
        if not places or index == 0 and places[0] != 0:
            raise WalkError(f"`{command}` does not print:\n" + "\n".join(run_) + "\nbut:\n" + "\n".join(lines[at:]))
        result += ([LEFT_OUT] if index else []) + lines[places[0]:places[0] + len(run_)]
        at = places[0] + len(run_)
    if len(runs) == 1 and at != len(lines):
        raise WalkError(f"`{command}` prints more: '{lines[at]}'")
    return result


def main():
    """Runs all, and writes them."""
    text = README.read_text(encoding="utf-8")
    for steps in sections().values():
        for command, shown in steps:
            print(f"walk: {command}", file=sys.stderr, flush=True)
            now = as_shown(command, shown, run(command).stdout)
            before, after = ("\n".join([f"$ {command}", *lines]) + "\n" for lines in (shown, now))
            text = text.replace(before, after)
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except WalkError as failure:
        sys.exit(f"walk.py: {failure}")
