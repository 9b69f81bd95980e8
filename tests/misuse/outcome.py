# SPDX-License-Identifier: MIT
"""Runs one misuse in one image, and says in a word what came of it."""

import pathlib
import re
import sys
from typing import NamedTuple

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "board" / "host"))

import boards

TIMEOUT_SECONDS = 20
REPORT = re.compile(r"^report (\w+) (\w+) pointer=(\w+) bytes=(\w+) caller=(\S+) freed_by=(\S+) allocated_by=(\S+)$",
                    re.MULTILINE)
READ = re.compile(r"^read ([0-9a-f]{8})$", re.MULTILINE)
CONTENTS = re.compile(r"^contents (\w+)$", re.MULTILINE)
# What the tier trap says of the address of the fault: whose memory it was.
TRAP = re.compile(r"^access to 0x[0-9a-f]{8} by 0x[0-9a-f]{8}: memory that was freed, block 0x[0-9a-f]{8}, 40 bytes, "
                  r"freed from 0x[0-9a-f]{8}$", re.MULTILINE)
PATTERNS = ("cdcdcdcd", "dddddddd")


class Outcome(NamedTuple):
    """`word`: named, trapped, pattern, unnoticed, corrupts, faults or hangs; `kinds`: of the reports, in order;
    `details`: their further fields; `output`: all that the program said."""
    word: str
    kinds: tuple
    details: tuple
    contents: str
    output: str


def word_of(status, output, kinds, read, contents):
    """The worst that came of it, but a misuse that was told is told."""
    if status is None:
        return "hangs"
    if status == 70 and TRAP.search(output):
        return "trapped"
    if status != 0:
        return "faults"
    if kinds:
        return "named"
    if read in PATTERNS:
        return "pattern"
    return "corrupts" if contents != "held" else "unnoticed"


def run(board, image, case, flag=1):
    """Raises boards.BoardError iff the image cannot be started, or does not know the case."""
    done = boards.run(board, str(image), [f"case={case}", f"use_main_obmalloc={flag}"],
                      timeout_seconds=TIMEOUT_SECONDS)
    if done.status == 2:
        raise boards.BoardError(f"{image} knows no case {case}")
    reports = REPORT.findall(done.output)
    kinds = tuple(report[0] for report in reports)
    details = tuple(dict(zip(("kind", "entry", "pointer", "bytes", "caller", "freed_by", "allocated_by"), report))
                    for report in reports)
    read = READ.findall(done.output)
    contents = CONTENTS.findall(done.output)
    word = word_of(done.status, done.output, kinds, read[0] if read else "", contents[0] if contents else "lost")
    return Outcome(word, kinds, details, contents[0] if contents else "lost", done.output)
