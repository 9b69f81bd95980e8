# SPDX-License-Identifier: MIT
"""An allocation trace: what it holds, when it is sound, and its text form.

A trace is the sequence of allocator calls of one run of a program. Each names a slot, which stands
for the variable that held the pointer. A trace is sound iff every operation fits the state of its
slot: allocations want an empty one, reallocations and frees a full one.
"""

from typing import Iterable, List, NamedTuple

FREE, MALLOC, CALLOC, REALLOC, ALIGNED = range(5)
LETTERS = {"f": FREE, "a": MALLOC, "z": CALLOC, "r": REALLOC, "g": ALIGNED}
LETTER_OF = {kind: letter for letter, kind in LETTERS.items()}
NUMBER_COUNT = {FREE: 1, MALLOC: 2, CALLOC: 2, REALLOC: 2, ALIGNED: 3}

SLOT_COUNT_MAX = 1 << 20
SIZE_BYTES_MAX = 0xFFFFFFFF
ALIGNMENT_BYTES_MAX = 1 << 31


class TraceError(Exception):
    """A sentence that says what is wrong with a trace, and where."""


class Operation(NamedTuple):
    kind: int
    slot: int
    size_bytes: int = 0
    alignment_bytes: int = 0


class Trace(NamedTuple):
    title: str
    operations: List[Operation]
    slot_count: int
    peak_live_bytes: int


def title_of(text):
    """A title as a line of text that a terminal can show: for control characters and line ends, spaces."""
    return "".join(character if character.isprintable() else " " for character in text).strip()


class SlotStates:
    """Follows which slots are full, and what the program holds."""

    def __init__(self):
        self.size_of = {}
        self.slot_count = 0
        self.live_bytes = 0
        self.peak_live_bytes = 0

    def apply(self, operation):
        """Raises TraceError, without a place, iff the operation does not fit its slot."""
        slot, size_bytes = operation.slot, operation.size_bytes
        if not 0 <= slot < SLOT_COUNT_MAX:
            raise TraceError(f"slot {slot} is outside 0..{SLOT_COUNT_MAX - 1}")
        if not 0 <= size_bytes <= SIZE_BYTES_MAX:
            raise TraceError(f"size {size_bytes} does not fit in 32 bits")
        alignment_bytes = operation.alignment_bytes
        if operation.kind == ALIGNED and (
                not 0 < alignment_bytes <= ALIGNMENT_BYTES_MAX
                or alignment_bytes & (alignment_bytes - 1)):
            raise TraceError(f"alignment {alignment_bytes} is not a power of two up to 2^31")
        if operation.kind in (FREE, REALLOC):
            if slot not in self.size_of:
                raise TraceError(f"slot {slot} is empty: nothing to free or reallocate")
            self.live_bytes -= self.size_of.pop(slot)
        elif slot in self.size_of:
            raise TraceError(f"slot {slot} is full: it was allocated and not freed")
        if operation.kind != FREE:
            self.size_of[slot] = size_bytes
            self.live_bytes += size_bytes
            self.slot_count = max(self.slot_count, slot + 1)
            self.peak_live_bytes = max(self.peak_live_bytes, self.live_bytes)
        if self.peak_live_bytes > SIZE_BYTES_MAX:
            raise TraceError("more than 4 GiB are live: not the trace of a 32-bit program")


def parse_line(line):
    """Returns the operation that a line holds, without comments; None iff it holds none."""
    words = line.partition("#")[0].split()
    if not words:
        return None
    kind = LETTERS.get(words[0])
    if kind is None:
        raise TraceError(f"'{words[0]}' is not an operation; known are {' '.join(LETTERS)}")
    count = NUMBER_COUNT[kind]
    if len(words) != count + 1:
        raise TraceError(f"'{words[0]}' takes {count} numbers, the line has {len(words) - 1}")
    for word in words[1:]:
        if not (word.isascii() and word.isdigit()):
            raise TraceError(f"'{word}' is not a number of decimal digits")
        if len(word) > 10:
            raise TraceError(f"'{word}' does not fit in 32 bits")
    numbers = [int(word) for word in words[1:]]
    if kind == ALIGNED:
        return Operation(kind, numbers[0], numbers[2], numbers[1])
    return Operation(kind, *numbers)


def parse_text(lines: Iterable[str], name: str) -> Trace:
    """Reads the text form. `name` is what errors call the file; the title is its first comment."""
    title = None
    operations = []
    states = SlotStates()
    for number, line in enumerate(lines, 1):
        if title is None and line.startswith("#"):
            title = title_of(line[1:])
        try:
            operation = parse_line(line)
            if operation is not None:
                states.apply(operation)
                operations.append(operation)
        except TraceError as error:
            raise TraceError(f"{name}:{number}: {error}") from None
    if not operations:
        raise TraceError(f"{name}: holds no operation")
    return Trace(title or "", operations, states.slot_count, states.peak_live_bytes)


def format_text(trace: Trace) -> str:
    """Writes the text form, with the title and the totals as comments."""
    lines = [f"# {trace.title}"] if trace.title else []
    lines += [f"# ops {len(trace.operations)}",
              f"# peak_live_bytes {trace.peak_live_bytes}",
              f"# slots {trace.slot_count}",
              ""]
    for operation in trace.operations:
        numbers = [operation.slot]
        if operation.kind == ALIGNED:
            numbers.append(operation.alignment_bytes)
        if operation.kind != FREE:
            numbers.append(operation.size_bytes)
        lines.append(" ".join([LETTER_OF[operation.kind], *map(str, numbers)]))
    return "\n".join(lines) + "\n"
