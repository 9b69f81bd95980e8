# SPDX-License-Identifier: MIT
"""Runs the images that count paths, tests/target/budget_*.c, and reads what they counted."""

import pathlib
import re
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "board" / "host"))

import boards
from table import V6M, V7M

LIBC = "nano"
TIMEOUT_SECONDS = 60
# One board for each CPU; -O2 code differs from one to the next by a few instructions.
BOARDS = ("lm3s6965evb", "mps2-an386", "mps2-an500", "mps2-an505", "mps3-an547", "microbit")
NOTE = re.compile(r"^note budget (\w+) (\d+) ", re.MULTILINE)
FAIL = re.compile(r"^FAIL (.*)$", re.MULTILINE)
OVER_BUDGET = "instructions within the budget"


class CountError(Exception):
    """A sentence that says why nothing was counted."""


def cpu_of(board):
    return re.search(r"-mcpu=cortex-(\w+)", boards.Board(board).values["BOARD_CPU"]).group(1).upper()


def architecture_of(board):
    return V6M if cpu_of(board) in ("M0", "M0PLUS", "M1") else V7M


def images():
    """The names of the images that count."""
    return sorted(path.stem for path in (REPOSITORY / "tests" / "target").glob("budget_*.c"))


def counts(build, board):
    """Returns {path: instructions} of one board; a path that it skips is missing."""
    found = {}
    for image in images():
        elf = boards.image_path(board, LIBC, image, build)
        try:
            run = boards.run(board, elf, ["use_main_obmalloc=1"], ["-icount", "shift=8"],
                             TIMEOUT_SECONDS)
        except boards.BoardError as error:
            raise CountError(str(error)) from None
        if run.status not in (0, 1) or not run.output.endswith("done\n"):
            raise CountError(f"{image} on {board} ended with status {run.status}:\n{run.output}")
        broken = [line for line in FAIL.findall(run.output) if OVER_BUDGET not in line]
        if broken:
            raise CountError(f"{image} on {board} did not come to its path: {broken[0]}")
        found.update((path, int(count)) for path, count in NOTE.findall(run.output))
    return found
