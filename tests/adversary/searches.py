# SPDX-License-Identifier: MIT
"""Runs searches of the adversary's image, and replays what they found.

A finding is a sequence and what its costliest call took. It is confirmed by another program: the
replay of the same build counts the same call of the same text trace to the same number.
"""

import pathlib
import re
import sys
from typing import NamedTuple

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests" / "replay"), str(REPOSITORY / "tests" / "bench")]

import measure
import figures
import trace_binary
import trace_text
from measure import boards

BOARD, LIBC = "mps2-an386", "nano"
# The image's, play.h; the bounded kinds are named as figures.py's groups.
BOUNDED = ("malloc_small", "free_small", "malloc_large", "free_large")
WATCHED = ("calloc", "realloc", "memalign", "reclaim")
# Every sequence begins with so many calls that do not count: the first one latches.
UNCOUNTED = 2
SEEN = re.compile(r"^seen (\w+) (\d+)$", re.MULTILINE)
TIMEOUT_SECONDS = 300


class SearchError(Exception):
    """A sentence that says why a search found nothing that could be trusted."""


class Finding(NamedTuple):
    kind: str
    instructions: int
    region_bytes: int
    seed: int
    operations: list  # trace_text.Operation, the costliest call last

    def text(self):
        """A trace in text form that replays it."""
        return trace_text.format_text(self.trace())

    def trace(self):
        states = trace_text.SlotStates()
        for operation in self.operations:
            states.apply(operation)
        title = (f"{self.kind} {self.instructions} instructions in the last call, region_bytes="
                 f"{self.region_bytes}, seed {self.seed}")
        return trace_text.Trace(title, self.operations, states.slot_count, states.peak_live_bytes)


class Outcome(NamedTuple):
    seen: dict      # the most that a call of each kind took
    findings: dict  # by bounded kind
    call_count: int


def image(build, name):
    return boards.image_path(BOARD, LIBC, name, build)


def replayed(build, region_bytes, operations):
    """What the replay counts for each operation."""
    trace = Finding("", 0, region_bytes, 0, operations).trace()
    report = measure.replay(BOARD, image(build, "replay"), trace_binary.encode(trace), 1,
                            [f"region_bytes={region_bytes}", "arena_bytes=0"])
    if not report["sound"]:
        raise SearchError(measure.mismatch_sentence(report))
    return report["calls"]


def sequence(lines):
    """Returns the operations, and the indices of those that failed and left a block as it was."""
    operations, failed = [], set()
    for line in lines:
        if line.startswith("op "):
            operations.append(trace_text.parse_line(line[3:]))
        elif line == "kept":
            failed.add(len(operations) - 1)
    return operations, failed


def confirmed(build, kind, instructions, region_bytes, seed, lines):
    """Returns the finding, cut off behind its costliest call. Raises SearchError iff the replay
    counts something else."""
    operations, failed = sequence(lines)
    calls = replayed(build, region_bytes, operations)
    size_of = {}
    for index, (operation, taken) in enumerate(zip(operations, calls)):
        if operation.kind != trace_text.FREE and index not in failed:
            size_of[operation.slot] = operation.size_bytes
        group = figures.group_of(operation, size_of[operation.slot])
        if taken == instructions and group == kind and index >= UNCOUNTED:
            return Finding(kind, instructions, region_bytes, seed, operations[:index + 1])
    raise SearchError(f"{kind}: the adversary counted {instructions} in a region of {region_bytes} "
                      f"bytes, seed {seed}; the replay of its sequence counts that nowhere")


def search(build, region_bytes, seed, plays):
    """Runs one search."""
    words = [f"region_bytes={region_bytes}", f"seed={seed}", f"plays={plays}"]
    place = " ".join(words)
    run = boards.run(BOARD, image(build, "adversary"), words, ["-icount", "shift=8"],
                     TIMEOUT_SECONDS)
    if run.status != 0 or not run.output.endswith("done 1\n"):
        last = "\n  ".join(run.output.splitlines()[-5:])
        raise SearchError(f"the search {place} ended with status {run.status}:\n  {last}")
    seen = {kind: int(count) for kind, count in SEEN.findall(run.output)}
    findings = {}
    for part in run.output.split("sequence ")[1:]:
        kind, *lines = part.splitlines()
        if seen[kind]:
            findings[kind] = confirmed(build, kind, seen[kind], region_bytes, seed, lines)
    calls = int(re.search(r"^calls (\d+)$", run.output, re.MULTILINE).group(1))
    return Outcome(seen, findings, calls)
