# SPDX-License-Identifier: MIT
"""Lines and branches that were executed, as gcov counts them, and as tables."""

import json
import os
import subprocess

import markers

SOURCES = ("pools/", "port/")


class Failed(Exception):
    """gcov did not do it; says why."""


class File:
    """One source: {line: times executed}, {(line, how many branches): [times each was taken]}. A line that one build
    makes more branches of than another has its branches counted apart."""

    def __init__(self):
        self.lines = {}
        self.branches = {}

    def add(self, line, count, branches):
        """Adds what one build counted."""
        self.lines[line] = self.lines.get(line, 0) + count
        if branches:
            known = self.branches.setdefault((line, len(branches)), [0] * len(branches))
            for i, taken in enumerate(branches):
                known[i] += taken

    def counts(self):
        """(lines executed, lines, branches taken, branches)."""
        taken = [count for counts in self.branches.values() for count in counts]
        return (
            sum(count > 0 for count in self.lines.values()),
            len(self.lines),
            sum(count > 0 for count in taken),
            len(taken),
        )

    def missing_lines(self):
        """Lines that were not executed, ascending."""
        return sorted(line for line, count in self.lines.items() if count == 0)

    def missing_branches(self):
        """Lines that were executed without all their branches, ascending."""
        return sorted(
            {line for (line, _), counts in self.branches.items() if 0 in counts and self.lines[line] > 0}
        )


def notes(folder):
    """What the compiler has written of each object below the folder, executed or not."""
    return [os.path.join(where, name) for where, _, names in os.walk(folder) for name in names if name.endswith(".gcno")]


class Excluded:
    """What the sources' markers leave out, read once a source."""

    def __init__(self, repository):
        self.repository = repository
        self.known = {}

    def of(self, path):
        """(lines that are left out, lines whose branches are, lines that are a brace)."""
        if path not in self.known:
            with open(os.path.join(self.repository, path), encoding="utf-8") as file:
                text = file.read()
            braces = {number for number, line in enumerate(text.splitlines(), 1) if line.strip() == "}"}
            self.known[path] = (*markers.left_out(text), braces)
        return self.known[path]


def add_lines(file, lines, excluded):
    """Adds what gcov says of a source's lines in one object. A brace behind what does not return is no line."""
    without_lines, without_branches, braces = excluded
    for line in lines:
        number = line["line_number"]
        if number not in without_lines and not (line["count"] == 0 and number in braces):
            branches = [] if number in without_branches else [one["count"] for one in line["branches"]]
            file.add(number, line["count"], branches)


def gather_one(repository, folder, gcov, found, excluded):
    """Adds the counters of one build to found, {path: File}."""
    command = [gcov, "--json-format", "--stdout", "--branch-probabilities", *notes(folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=repository, check=False)
    if done.returncode != 0:
        raise Failed(f"{gcov} exits with {done.returncode}: {done.stderr.strip()}")
    for text in done.stdout.splitlines():
        counted = json.loads(text)
        for entry in counted["files"]:
            where = os.path.join(counted["current_working_directory"], entry["file"])
            path = os.path.relpath(os.path.realpath(where), repository)
            if path.startswith(SOURCES):
                add_lines(found.setdefault(path, File()), entry["lines"], excluded.of(path))


def gather(repository, folders, gcov):
    """Reads the counters of builds, each in its folder. Returns {path: File}."""
    found, excluded = {}, Excluded(repository)
    for folder in folders:
        gather_one(repository, folder, gcov, found, excluded)
    return found


def total(files):
    """(lines executed, lines, branches taken, branches) of all."""
    sums = [file.counts() for file in files.values()]
    return tuple(sum(column) for column in zip(*sums)) if sums else (0, 0, 0, 0)


def percent(part, whole):
    """As text, 100 only if all."""
    if whole == 0:
        return "-"
    return "100 %" if part == whole else f"{min(99.9, 100 * part / whole):.1f} %"


def ranges(lines):
    """[1, 2, 3, 7] as '1-3 7'."""
    parts = []
    for line in lines:
        if parts and parts[-1][1] == line - 1:
            parts[-1][1] = line
        else:
            parts.append([line, line])
    return " ".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)


def row(name, counts, others):
    """A line of the table; others: the board's counts or None."""
    text = f"{name:<36}"
    for figures in (counts, others) if others is not False else (counts,):
        if figures is None:
            text += f"{'':>14}{'':>10}"
        else:
            lines, all_lines, taken, branches = figures
            text += f"{all_lines:>6}{percent(lines, all_lines):>8}"
            text += f"{branches:>7}{percent(taken, branches):>8}"
    return text.rstrip()


def table(files, board=None, board_name=""):
    """The table by file; with a board's figures beside if there are any."""
    others = False if board is None else {}
    head = f"{'':<36}{'lines':>6}{'':>8}{'branches':>9}{'':>6}"
    if board is not None:
        head = f"{'':<36}{'this computer':<29}{board_name}\n{head}{'lines':>6}{'':>8}{'branches':>9}"
    width = 65 if board is None else 94
    result = [head.rstrip(), "-" * width]
    for name in sorted(set(files) | set(board or {})):
        if board is not None:
            others = board[name].counts() if name in board else None
        result.append(row(name, files[name].counts() if name in files else (0, 0, 0, 0), others))
    if board is not None:
        others = total(board)
    return "\n".join([*result, "-" * width, row("all", total(files), others)])


def gaps(files):
    """A sentence for each file that is not covered, [] iff all are."""
    found = []
    for name, file in sorted(files.items()):
        if file.missing_lines():
            found.append(f"{name}: never executed: lines {ranges(file.missing_lines())}")
        if file.missing_branches():
            found.append(f"{name}: not all branches taken: lines {ranges(file.missing_branches())}")
    return found
