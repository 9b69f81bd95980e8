# SPDX-License-Identifier: MIT
"""A recording of a firmware (port/RECORD.md) as a trace.

What changes nothing in a heap is left out: requests that failed, and frees of what was no live block. Blocks
that were there before the recording begins are not known: of a ring that has overwritten its start, the trace
holds what was allocated since.
"""

import heapq
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "port" / "host"))

from recording import file_format as form
from recording.file_format import is_recording
from recording.history import History
from trace_text import ALIGNED, CALLOC, FREE, MALLOC, REALLOC, Operation, SlotStates, Trace, TraceError

KIND_OF = {form.MALLOC: MALLOC, form.CALLOC: CALLOC, form.MEMALIGN: ALIGNED}


class Slots:
    """Numbers for live blocks, the lowest that is free first."""

    def __init__(self):
        self.slot_of = {}  # {Block: slot}
        self._free = []
        self._count = 0

    def take(self, block):
        if self._free:
            slot = heapq.heappop(self._free)
        else:
            slot, self._count = self._count, self._count + 1
        self.slot_of[block] = slot
        return slot

    def give(self, block):
        slot = self.slot_of.pop(block)
        heapq.heappush(self._free, slot)
        return slot


def operations_of(recording):
    """The trace's operations."""
    history, slots, found = History(recording), Slots(), []
    overlaps = 0
    for operation in recording.operations:
        ended, begun = history.apply(operation)
        if operation.kind == form.OTHER or len(history.overlaps) != overlaps:
            overlaps = len(history.overlaps)
            gone = [block for block in slots.slot_of if block.died is not None and block is not ended]
            found += [Operation(FREE, slots.give(block)) for block in gone]
        if ended is not None and begun is not None:
            slot = slots.slot_of[begun] = slots.slot_of.pop(ended)
            found.append(Operation(REALLOC, slot, begun.bytes))
        elif ended is not None:
            found.append(Operation(FREE, slots.give(ended)))
        elif begun is not None:
            kind = KIND_OF.get(begun.kind, MALLOC)
            found.append(Operation(kind, slots.take(begun), begun.bytes, begun.alignment if kind == ALIGNED else 0))
    return found


def trace_of(data, name):
    """The bytes of a recording as a Trace; raises TraceError iff they are none."""
    try:
        recording = form.decode(data, name)
    except form.RecordingError as error:
        raise TraceError(str(error)) from None
    states, operations = SlotStates(), operations_of(recording)
    for number, operation in enumerate(operations):
        try:
            states.apply(operation)
        except TraceError as error:
            raise TraceError(f"{name}: operation {number}: {error}") from None
    if not operations:
        raise TraceError(f"{name}: holds no operation")
    return Trace(f"recorded on a board: {pathlib.Path(name).name}", operations, states.slot_count, states.peak_live_bytes)
