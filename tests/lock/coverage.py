#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Holds the interrupts of tests/lock/every.c against the instructions that are executed without them.

QEMU's log of a run without interrupts says which instructions a call executes, one after another. The code says
which of them turn interrupts off and on. So for each interleaving it is known before which instruction the
interrupt must come: the one that the timer was set for, or, where interrupts are off, the first one behind. It
must have come there, and there must be an interleaving for each instruction.
"""

import argparse
import bisect
import itertools
import os
import re
import subprocess
import sys
import tempfile

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(REPOSITORY, "board", "host")]

import boards

ICOUNT = ("-icount", "shift=8")
# As in every.c: the first interrupt's place, and what is executed behind the last one that counts.
FIRST_INSTRUCTION = 3
BEHIND = 16
# Between the timer's start and the instruction that the count begins with.
OFFSETS = range(40)
START, END = "interrupts_urgent_in_ticks", "every_ends"
MASKS = {
    "cpsid\ti": "off",
    "cpsie\ti": "on",
    "msr\tPRIMASK": "back",
    "msr\tBASEPRI_MAX": "off",
    "msr\tBASEPRI": "back",
}
NAMED = 8


class Failure(Exception):
    """Says in a sentence what was not as it must be."""


class Image:
    """What is to be known of an ELF file: symbols, and the instructions that turn interrupts off and on."""

    def __init__(self, path):
        if not os.path.isfile(path):
            raise Failure(f"{path} does not exist; `make test-build` builds it")
        self.path = path
        symbols = {}
        for line in self.output("arm-none-eabi-nm", "--defined-only"):
            address, kind, name = line.split()
            if kind in "tT":
                symbols.setdefault(int(address, 16) & ~1, name)
        self.starts = sorted(symbols)
        self.names = symbols
        self.addresses = {name: address for address, name in symbols.items()}
        self.masks = {}
        for line in self.output("arm-none-eabi-objdump", "-d", "--no-show-raw-insn"):
            found = re.match(r" *([0-9a-f]+):\t(msr\t[A-Z_]+|cpsi[de]\ti)", line)
            if found and found.group(2) in MASKS:
                self.masks[int(found.group(1), 16)] = MASKS[found.group(2)]

    def output(self, *command):
        done = subprocess.run([*command, self.path], check=True, capture_output=True, text=True)
        return done.stdout.splitlines()

    def name(self, address):
        """The address as function+offset."""
        i = bisect.bisect_right(self.starts, address) - 1
        if i < 0:
            return f"0x{address:x}"
        return f"{self.names[self.starts[i]]}+{address - self.starts[i]} (0x{address:x})"


class Sweep:
    """What every.c prints of one call: its number and name, where the outer interrupt was wanted, and before
    which instruction each interrupt came."""

    def __init__(self, number, outer, name):
        self.key = (int(number), int(outer))
        self.name = name
        self.hits = []

    def __str__(self):
        return self.name + (f", interrupted after {self.key[1]} instructions" if self.key[1] else "")


def run(board, image, words, options=(), timeout_seconds=600):
    """Returns the lines of a run that ended well."""
    words = ("use_main_obmalloc=1", *words)
    done = boards.run(board, image.path, words, (*ICOUNT, *options), timeout_seconds)
    if done.status != 0 or not done.output.endswith("done\n"):
        last = [line for line in done.output.splitlines() if not line.startswith("hits")][-3:]
        raise Failure(f"{board}, {' '.join(words)}: status {done.status}: {' | '.join(last)} {done.complaints}")
    return done.output.splitlines()


def sweeps(lines, word):
    """The sweeps, or references, that the lines are about."""
    found = []
    for line in lines:
        first, *rest = line.split(" ", 3)
        if first == word:
            found.append(Sweep(*rest))
        elif first == "hits":
            found[-1].hits += [int(address, 16) for address in line.split()[1:]]
    return found


def names(board, image):
    """{key: name} of the paths."""
    return {sweep.key: sweep.name for sweep in sweeps(run(board, image, ("list=1",)), "path")}


def executed(board, image, words):
    """{key: addresses executed one after another, from the timer's start to a little behind the end}."""
    with tempfile.TemporaryDirectory(prefix="obmalloc-sweep-") as folder:
        log = os.path.join(folder, "log")
        lines = run(board, image, (*words, "reference=1"), ("-singlestep", "-d", "exec,nochain", "-D", log))
        with open(log, "rb") as file:
            trace = []
            for address in re.findall(rb"^(?:Trace [^/]*/([0-9a-f]{8})/|Stopped )", file.read(), re.MULTILINE):
                if address:
                    trace.append(address)
                else:
                    trace.pop()  # announced, but an exception came first
    start, end = (b"%08x" % image.addresses[name] for name in (START, END))
    windows = []
    i = -1
    while True:
        try:
            i = trace.index(start, i + 1)
        except ValueError:
            break
        j = trace.index(end, i)
        # QEMU enters what reaches a device twice, the first time in vain; nothing is its own successor.
        window = [int(address, 16) for address, _ in itertools.groupby(trace[i : j + BEHIND])]
        windows.append((window, window.index(image.addresses[END])))
    found = sweeps(lines, "reference")
    if len(found) != len(windows):
        raise Failure(f"{board}: {len(windows)} calls in QEMU's log, and {len(found)} announced")
    return {sweep.key: window for sweep, window in zip(found, windows)}


def are_off(window, masks):
    """For each instruction whether interrupts are off when its turn comes."""
    depth, off = 0, []
    for address in window:
        off.append(depth > 0)
        mask = masks.get(address)
        depth = {None: depth, "off": depth + 1, "back": depth - 1, "on": 0}[mask]
        if depth < 0:
            raise Failure(f"0x{address:x} turns interrupts on that are not off")
    return off


class Coverage:
    """Of all sweeps of an image: addresses and instructions in time."""

    def __init__(self, image, masks):
        self.image = image
        self.masks = masks
        self.offset = None
        self.sweeps = 0
        self.interleavings = 0
        self.executed, self.hit, self.held_off = set(), set(), set()
        self.hit_count = self.held_off_count = 0
        self.errors = []

    def expected(self, off, count, offset):
        """The instruction, as an index, before which each of `count` interrupts must come."""
        first = offset + FIRST_INSTRUCTION
        arrivals, arrival = [None] * len(off), None
        for i in reversed(range(len(off))):
            arrival = arrival if off[i] else i
            arrivals[i] = arrival
        return arrivals[first : first + count]

    def find_offset(self, window, off, hits):
        """How many instructions the timer's start takes, from its function's first one on."""
        for offset in OFFSETS:
            arrivals = self.expected(off, len(hits), offset)
            if hits == [window[i] for i in arrivals if i is not None]:
                return offset
        raise Failure("no interrupt came where it should")

    def add(self, sweep, window, end):
        """One sweep. `end`: the index behind the last instruction of the call."""
        off = are_off(window, self.masks)
        if self.offset is None:
            self.offset = self.find_offset(window, off, sweep.hits)
        first = self.offset + FIRST_INSTRUCTION
        arrivals = self.expected(off, len(sweep.hits), self.offset)
        arrived = set()
        for place, (arrival, hit) in enumerate(zip(arrivals, sweep.hits)):
            if arrival is None or window[arrival] != hit:
                wanted = self.image.name(window[arrival]) if arrival is not None else "behind the call"
                due = self.image.name(window[first + place])
                self.errors.append(f"{sweep}: due at {due} it came at {self.image.name(hit)}, not at {wanted}")
                break
            arrived.add(arrival)
        missing = [i for i in range(first, end) if not off[i] and i not in arrived]
        if missing:
            names = ", ".join(self.image.name(window[i]) for i in missing[:NAMED])
            self.errors.append(f"{sweep}: no interrupt at {len(missing)} of {end - first} instructions: {names}")
        self.sweeps += 1
        self.interleavings += len(sweep.hits)
        self.executed |= set(window[first:end])
        self.hit |= {window[i] for i in arrived if i < end}
        self.held_off |= {window[i] for i in range(first, end) if off[i]}
        self.hit_count += sum(first <= i < end for i in arrived)
        self.held_off_count += sum(off[first:end])

    def summary(self):
        both = len(self.hit & self.held_off)
        lost = self.executed - self.hit - self.held_off
        if lost:
            self.errors.append(f"never hit: {', '.join(map(self.image.name, sorted(lost)))}")
        return (f"{self.sweeps:5} calls {self.interleavings:8} interleavings; in time {self.hit_count:7} hit + "
                f"{self.held_off_count:7} held off; addresses {len(self.executed):5} = {len(self.hit):5} hit + "
                f"{len(self.held_off):5} held off - {both:3} both")


def measure(board, image, words=()):
    """Sweeps with these words of every.c's. Returns the Coverage; its errors say what was missed."""
    masks = {} if "urgent=1" in words else image.masks
    coverage = Coverage(image, masks)
    windows = executed(board, image, words)
    for sweep in sweeps(run(board, image, words), "sweep"):
        coverage.add(sweep, *windows[sweep.key])
    if not coverage.sweeps:
        raise Failure(f"{board}, {' '.join(words)}: nothing was swept")
    return coverage


def image_of(board, lock, build=None):
    return Image(boards.image_path(board, "nano", "every", build, lock))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--board", required=True, help="microbit, mps2-an386 or mps2-an505")
    parser.add_argument("--lock", required=True, help="the policy that the image has")
    parser.add_argument("--build", help="the build directory")
    parser.add_argument("words", nargs="*", help="what is swept, see every.c")
    arguments = parser.parse_args()
    try:
        coverage = measure(arguments.board, image_of(arguments.board, arguments.lock, arguments.build),
                           tuple(arguments.words))
    except (Failure, boards.BoardError) as error:
        sys.exit(f"coverage.py: {error}")
    print(coverage.summary())
    for error in coverage.errors:
        print(f"coverage.py: {error}", file=sys.stderr)
    sys.exit(bool(coverage.errors))


if __name__ == "__main__":
    main()
