#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Flips bits of the allocator's state under a heap in use, on the PC (corruption.c) and on boards (board.c).

With --torture each bit, with several states and seeds of operations; without, a sample that is the same every time.
The last line is a JSON object with --torture. Exits with 1 iff a call touched memory that is not the heap's, or hung.
"""

import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "board" / "host"), str(REPOSITORY / "port" / "host")]

import boards
from firmware import link_map

LIBC = "nano"
# States, seeds of operations, operations, of how many flips one is done.
PC_SHORT, PC_LONG = (2, 1, 300, 7), (12, 4, 400, 1)
SUMS = re.compile(r"^tried (\d+) wild (\d+) hang (\d+) outside (\d+) beside (\d+) told (\d+) walk (\d+) changed (\d+) (\d+)$",
                  re.MULTILINE)
# What is flipped on a board, and of how many flips one is done.
PLACES = ("variables", "the arena", "a second heap")
BOARD_SHORT, BOARD_LONG = (11, 101, 29), (1, 1, 1)
# The arena of trap is paranoid's, and QEMU is slow where the MPU changes with every call.
TRAP_LONG = (1, 7, 3)
BOARD_SUMS = re.compile(r"^flips (\d+) told (\d+) failed (\d+)$", re.MULTILINE)
BOARD_SECONDS = 900
# Ranges of variables that are no further apart are one: the command line is short.
GAP_BYTES = 96
# Faults after which a board is given up.
FAULTS_MAX = 20
RAM_SECTIONS = (".data", ".bss", ".obmalloc_noinit", ".noinit")

Outcome = collections.namedtuple("Outcome", "tried lost told text")


class FlipsError(Exception):
    """A sentence that says what could not be done."""


def builds():
    """[(board, tier)] of corruption.mk."""
    text = (pathlib.Path(__file__).parent / "corruption.mk").read_text("utf-8")
    words = re.search(r"^corruption_builds := (.*)$", text, re.MULTILINE).group(1).split()
    return [tuple(word.split("/")) for word in words]


def on_pc(build, kind, plan):
    """Runs the PC's program. Returns ({name: number}, what it printed)."""
    program = pathlib.Path(build) / "host" / "corruption" / kind / "corruption"
    try:
        done = subprocess.run([program, *map(str, plan)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                              check=False)
    except OSError as error:
        raise FlipsError(f"{program}: {error.strerror}") from None
    found = SUMS.search(done.stdout)
    if not found:
        raise FlipsError(f"{program} ended with status {done.returncode} and no sums: {done.stdout[-300:]}")
    names = ("tried", "wild", "hang", "outside", "beside", "told", "walk", "changed", "changed_by_heap")
    return dict(zip(names, map(int, found.groups()))), done.stdout


def pc_outcome(build, kind, plan):
    """An Outcome; lost: what was wild or hung, and live blocks that a damaged word of the heap's own cost."""
    sums, text = on_pc(build, kind, plan)
    lost = sum(sums[name] for name in ("wild", "hang", "outside", "beside", "changed_by_heap"))
    return Outcome(sums["tried"], lost, sums["told"], text)


def pc_outcomes(build, plan):
    """{name: Outcome} of the kinds that lose nothing."""
    return {f"PC, {kind}": pc_outcome(build, kind, plan) for kind in ("full", "small")}


def folder(build, board, tier):
    return pathlib.Path(build).resolve() / f"{board}-{LIBC}{'' if tier == 'basic' else f'-tier_{tier}'}"


def variables(where):
    """[(address, bytes)] of the allocator's own variables in an image, those of the C library's private copy apart."""
    private = {pathlib.Path(name).name for name in
               (where / "obmalloc" / "private_libc" / "members").read_text("utf-8").split()}
    found = []
    for piece in link_map.placed((where / "corruption.map").read_text("utf-8")):
        member = piece.place.rpartition("libobmalloc.a(")[2].rstrip(")")
        if "libobmalloc.a(" in piece.place and member not in private and piece.section.startswith(RAM_SECTIONS):
            found.append((piece.address, (piece.size + 3) // 4 * 4))
    return sorted(found)


def merged(pieces):
    """The same with short gaps filled."""
    ranges = []
    for address, size in pieces:
        if ranges and address - sum(ranges[-1]) <= GAP_BYTES:
            ranges[-1] = (ranges[-1][0], address + size - ranges[-1][0])
        elif size:
            ranges.append((address, size))
    return ranges


def on_board(build, board, tier, skip, memory):
    """Runs the board's program, on behind each fault; memory: which of PLACES. Returns an Outcome."""
    where = folder(build, board, tier)
    ranges = ",".join(f"{address:x}+{size:x}" for address, size in merged(variables(where)))
    start, faults, lost, told, text = 0, 0, 0, 0, ""
    while True:
        words = ["use_main_obmalloc=1", f"state={ranges}", f"from={start}", f"skip={skip}", f"memory={memory}"]
        done = boards.run(board, str(where / "corruption.elf"), words, timeout_seconds=BOARD_SECONDS)
        text += done.output
        sums = BOARD_SUMS.search(done.output)
        if sums:
            flips, more_told, failed = map(int, sums.groups())
            return Outcome(-(-flips // skip), lost + failed, told + more_told, text)
        fault = re.search(r"fault at flip (\d+), failed (\d+)", done.output)
        if not fault or faults == FAULTS_MAX:
            raise FlipsError(f"{board}, {tier}: status {done.status}, and no end: {text[-400:]}")
        faults += 1
        lost += 1 + int(fault.group(2))
        start = int(fault.group(1)) + 1


def board_outcomes(build, wanted, plan):
    """{name: Outcome}."""
    found = {}
    for board, tier in wanted:
        skips = TRAP_LONG if tier == "trap" and plan == BOARD_LONG else plan
        for memory, skip in enumerate(skips):
            name = f"{board}, {tier}, {PLACES[memory]}"
            print(f"flips on {name}", file=sys.stderr)
            found[name] = on_board(build, board, tier, skip, memory)
    return found


def show(name, outcome):
    print(f"{name}: {outcome.tried:,} flips, {outcome.told:,} told by a call, {outcome.lost} lost")
    if outcome.lost:
        print(outcome.text)


def torture(build):
    """Everything. Returns how much was lost."""
    print("flips on the PC, tier basic, for comparison", file=sys.stderr)
    basic, _ = on_pc(build, "basic", PC_SHORT)
    print(f"PC, basic: of {basic['tried']:,} flips {basic['wild']:,} lead to a wild access, {basic['outside']} to a block outside")
    print("flips on the PC, tier full", file=sys.stderr)
    found = pc_outcomes(build, PC_LONG)
    found.update(board_outcomes(build, builds(), BOARD_LONG))
    for name, outcome in found.items():
        show(name, outcome)
    lost = sum(outcome.lost for outcome in found.values())
    print(json.dumps({"part": "a flipped bit, and no walk before the next calls",
                      "tried": sum(outcome.tried for outcome in found.values()), "unit": "flips", "lost": lost,
                      "note": "tiers full, paranoid, trap; PC with pages without access, v6-M, v7-M, v8-M"}))
    return lost


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build", help="the build directory")
    parser.add_argument("--torture", action="store_true", help="each bit")
    arguments = parser.parse_args()
    try:
        if arguments.torture:
            sys.exit(1 if torture(arguments.build) else 0)
        found = pc_outcomes(arguments.build, PC_SHORT)
        found.update(board_outcomes(arguments.build, builds(), BOARD_SHORT))
    except (FlipsError, boards.BoardError, OSError) as error:
        sys.exit(f"flips.py: {error}")
    for name, outcome in found.items():
        show(name, outcome)
    sys.exit(1 if any(outcome.lost for outcome in found.values()) else 0)


if __name__ == "__main__":
    main()
