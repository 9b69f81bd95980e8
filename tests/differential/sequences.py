# SPDX-License-Identifier: MIT
"""Sequences of allocator calls, the same for CPython's allocator and for ours, and what is seen of each.

Units. CPython on 64 bits aligns to 16 bytes, ours to 8 as CPython on 32 bits does: its words are half as long, and so
are its steps from class to class. A scaled sequence therefore asks ours for half of what it asks CPython, so that both
want the same number of steps. The limit of small requests is 512 bytes on either: sequences about that, and about
sizes of 0, are not scaled.
"""

import collections
import json
import os
import pathlib
import random
import subprocess
import sys

MALLOC, CALLOC, REALLOC, FREE, FRESH = range(5)
STEP_BYTES, LIMIT_BYTES = 16, 512
RAW = 0
CLASSES = range(STEP_BYTES, LIMIT_BYTES + 1, STEP_BYTES)

Outcome = collections.namedtuple("Outcome", "address raw_calls is_raw")


class Unfit(Exception):
    """This computer's Python cannot be compared with; says why."""


class Wrong(Exception):
    """A sequence that damages contents, or leaves sums that do not close."""


def class_of(request_bytes):
    """Bytes of CPython's class for a request of 1..512."""
    return -(-request_bytes // STEP_BYTES) * STEP_BYTES


def scaled(sequence):
    return [(kind, slot, -(-request_bytes // 2)) for kind, slot, request_bytes in sequence]


def play(library, subject, sequences):
    """[[Outcome]] of each, played by a process of its own."""
    player = pathlib.Path(__file__).with_name("play.py")
    done = subprocess.run(
        [sys.executable, "-S", "-E" if subject == "ours" else "-s", str(player), str(library), subject],
        input="".join(json.dumps(sequence) + "\n" for sequence in sequences),
        env={**os.environ, "PYTHONMALLOC": "pymalloc", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Wrong(f"{subject}: status {done.returncode}: {done.stderr}")
    results = [json.loads(line) for line in done.stdout.splitlines()]
    if results and "skip" in results[0]:
        raise Unfit(results[0]["skip"])
    for number, result in enumerate(results):
        if result["wrong"] >= 0 or result.get("check", 0) != 0:
            raise Wrong(f"{subject}: sequence {number}, operation {result['wrong']}, check {result.get('check')}")
    return [[Outcome(*outcome) for outcome in result["outcomes"]] for result in results]


class Builder:
    """A sequence that grows. Methods return the operation's place in it."""

    def __init__(self):
        self.operations = []
        self.slots = 0

    def add(self, kind, slot, request_bytes=0):
        self.operations.append((kind, slot, request_bytes))
        return len(self.operations) - 1

    def new_slot(self):
        self.slots += 1
        return self.slots - 1

    def malloc(self, request_bytes):
        """Returns (slot, place)."""
        slot = self.new_slot()
        return slot, self.add(MALLOC, slot, request_bytes)

    def waiting(self, classes, block_count):
        """Makes block_count blocks of each class wait, none of which borders on free memory."""
        for class_bytes in classes:
            self.add(FRESH, 0, class_bytes)
        slots = [self.malloc(class_bytes)[0] for class_bytes in classes for _ in range(block_count)]
        self.malloc(LIMIT_BYTES)  # a barrier
        for slot in reversed(slots):
            self.add(FREE, slot)


def random_sequence(seed, sizes, operation_count, live_max):
    """Calls of all kinds for requests out of `sizes`, and for large ones, without what differs by design."""
    generator = random.Random(seed)
    builder = Builder()
    classes = sorted({class_of(size) for size in sizes})
    builder.waiting(classes, live_max)
    first_slot, slot_count = builder.slots, 200
    live, count = {}, collections.Counter()

    def pick():
        if generator.random() < 0.05:
            return generator.randrange(2 * LIMIT_BYTES + 1, 4000)
        for _ in range(100):
            size = generator.choice(sizes)
            if count[class_of(size)] < live_max:
                return size
        return 3 * LIMIT_BYTES

    for _ in range(operation_count):
        slot = first_slot + generator.randrange(slot_count)
        old_class = live.get(slot)
        kind = generator.choice((MALLOC, CALLOC, FREE, FREE, REALLOC))
        if kind in (MALLOC, CALLOC) and slot in live:
            kind = FREE
        size = 0 if kind == FREE else pick()
        new_class = class_of(size) if size <= LIMIT_BYTES else RAW
        stays = kind == REALLOC and old_class not in (None, RAW) and size <= old_class
        if stays and 4 * size <= 3 * old_class:
            if new_class == old_class:
                continue  # shrink_within_a_class
            stays = False
        if kind == REALLOC and old_class == RAW and new_class != RAW:
            continue  # it stays raw, and is of no class
        builder.add(kind, slot, size)
        if stays:
            live[slot] = old_class
            continue
        count[old_class] -= 1
        live.pop(slot, None)
        if kind != FREE:
            live[slot] = new_class
            count[new_class] += 1
    return builder.operations


def names_of(outcomes, operations):
    """What of a sequence does not depend on addresses: for each block when its address was seen first."""
    first_seen, names = {}, []
    for place, (outcome, operation) in enumerate(zip(outcomes, operations)):
        if operation[0] == FRESH:
            names.append("fresh")
        elif outcome.is_raw:
            names.append(("raw", outcome.raw_calls))
        else:
            name = first_seen.setdefault(outcome.address, place) if outcome.address else None
            names.append((name, outcome.raw_calls))
    return names
