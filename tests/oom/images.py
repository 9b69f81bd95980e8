# SPDX-License-Identifier: MIT
"""Which images of other folders are swept: those of tests/target, tests/conformance, tests/cpython and tests/unit."""

import os
import re
import sys

import sweep
from sweep import boards

sys.path.insert(0, os.path.join(sweep.REPOSITORY, "tests"))

from runner import jobs

BOARDS = ("mps2-an386", "microbit")
FOLDERS = ("target", "conformance", "cpython")
# Programs with a main of their own: all that tells how they end is what they print.
MAINS = ("seed_one", "seed_zero", "overflow")
# Those that end in a fatal error on purpose under these words, and under no others.
FATAL = {"overflow": "PYTHONMALLOC=debug"}
# Further words of a sweep's command line.
WORDS = {"heap_regions": ["vectors=read"]}
# Every request up to the first number fails, behind it one of the second number: one walks the heap thousands of times,
# the other makes the same requests again for each bit that it flips.
SAMPLED = {"contents": (100, 60), "state_damage": (300, 60)}
# The small board runs the same cases, with the same figures.
SAMPLED_ON_MICROBIT = (300, 10)

# Of each case of a unit test: the first requests, and as many of the others.
UNIT_EVERY, UNIT_SECONDS = 20, 1800
WITHOUT_RESERVE = "without the reserve, which does not fit, nano does not survive"
NOT_SWEPT = {(_name, "microbit"): WITHOUT_RESERVE
             for _name in ("libc_reserve", "mallinfo_fields", "overflow", "ownership", "ownership_float", "whole_family")}
NOT_SWEPT.update({("test_assembly", _board): "it compiles the pools once more under other names" for _board in BOARDS})


def samples():
    """The images that are swept with other C libraries than nano, too, on the first board: {libc: [name]}."""
    with open(os.path.join(sweep.REPOSITORY, "tests", "oom", "oom.mk"), encoding="utf-8") as file:
        lines = re.findall(r"^oom_case_sample_(\w+) := (.*)$", file.read(), re.MULTILINE)
    return {libc: words.split() for libc, words in lines}


def names(board, libc):
    """(folder, name) of the images for a board and a C library."""
    for folder in FOLDERS:
        for name in jobs.sources(folder, "", ".c"):
            wish = jobs.wishes(folder, name)
            is_wanted = libc == "nano" or name in samples()[libc]
            if is_wanted and libc in wish.get("libcs", jobs.LIBCS) and (name, board) not in NOT_SWEPT:
                yield folder, name


def not_swept():
    """Why which images are left out, one sentence each."""
    return [f"{name} on {board}: {reason}" for (name, board), reason in sorted(NOT_SWEPT.items())]


def sampling(board, name):
    """Sweep's `every` and `step`."""
    return SAMPLED.get(name, (None, 1) if board == BOARDS[0] else SAMPLED_ON_MICROBIT)


def make(build, board, libc, folder, name, flag, mode, is_fatal=False):
    """The Sweep of an image in a mode."""
    wish = jobs.wishes(folder, name)
    every, step = sampling(board, name)
    words = [*wish.get("words", ()), *WORDS.get(name, ()), *([FATAL[name]] if is_fatal else ())]
    judge = sweep.judge_fatal if is_fatal else sweep.judge_program if name in MAINS else sweep.judge_cases
    return sweep.Sweep(board, boards.image_path(board, libc, f"oom_case_{name}", build),
                       [f"use_main_obmalloc={flag}", *words], mode, judge,
                       " ".join([f"{folder}/{name}, {board}, {libc}, flag {flag}, {mode}", *words]),
                       ["-icount", f"shift={wish['icount'][0]}"] if "icount" in wish else [], every, step)


def flags(folder, name):
    """The flags under which an image runs."""
    return jobs.wishes(folder, name).get("flags", ("1", "0"))


class Units:
    """A unit test whose heap is full at one request after another (units.h); offers what a Sweep does."""

    LINE = re.compile(r"^@@ case=(\S+) requests=(\d+) tried=(\d+) refused=\d+ failed=\d+ unasked=(\d+) unsound=(\d+) "
                      r"changed=(\d+) uncounted=(\d+)$")
    COMPLAINTS = ("failed though no heap was full", "the walk finds damage", "a block that was not resized has changed",
                  "the heap does not count its live blocks")

    def __init__(self, build, board, name):
        self.board, self.image = board, boards.image_path(board, "nano", f"oom_{name}", build)
        self.name, self.total, self.every = f"unit/{name}, {board}, full", None, UNIT_EVERY

    def run(self):
        """Returns (runs, [(n, complaint)])."""
        done = boards.run(self.board, self.image, [f"fail_every={self.every}"], timeout_seconds=UNIT_SECONDS)
        tried, lost, self.total = 0, [], 0
        for line in done.output.splitlines():
            match = self.LINE.match(line)
            if match:
                self.total += int(match.group(2))
                tried += int(match.group(3))
                lost += [(int(at), f"{match.group(1)}: {complaint}")
                         for at, complaint in zip(match.groups()[3:], self.COMPLAINTS) if at != "0"]
        if done.status != 0 or not done.output.endswith("@@ end\n"):
            lost.append((0, f"does not come to its end: {done.output[-200:].strip()}"))
        return tried, lost

    def repeat_words(self, _at):
        return f"fail_every={self.every} show=1"


def units(build):
    """The unit tests."""
    for board in BOARDS:
        for name in jobs.sources("unit", "test_", ".c"):
            if name != "test_assembly" and (name, None) not in boards.Board(board).skips():
                yield Units(build, board, name)


def everything(build):
    """All sweeps there are."""
    yield from units(build)
    for board in BOARDS:
        for libc in ("nano", *samples()) if board == BOARDS[0] else ("nano",):
            for folder, name in names(board, libc):
                for flag in flags(folder, name):
                    for mode in sweep.MODES:
                        yield make(build, board, libc, folder, name, flag, mode)
                        if name in FATAL:
                            yield make(build, board, libc, folder, name, flag, mode, is_fatal=True)
