# SPDX-License-Identifier: MIT
"""Finds the heap in memory alone, where the ELF file has neither layout records nor symbols.

The words of an open heap are bound to one another by three equations (check.region_fault), and the port's state holds
the heap's bounds: what satisfies both is found by trying each word. It wants the layouts of version 1.
"""

import struct

from . import geometry, layout
from .check import region_fault
from .memory import Cached
from .pools_heap import PoolsHeap
from .state import POOLS_SERVE, State

# A region of more is not looked through: further RAM, not the one with variables.
SEARCHED_BYTES_MAX = 16 << 20


def of_memory(memory, ranges):
    """The layout of an open heap within the ranges [(start, end)], or None."""
    memory = Cached(memory)
    for start, end in ranges:
        if end - start > SEARCHED_BYTES_MAX:
            continue
        data = memory.read(start, end - start)
        for heap in heaps_in(memory, start, data):
            state = state_of(memory, start, data, heap)
            if state:
                records = {layout.HEAP: layout.heap_version_1(heap.address), layout.STATE: state}
                return layout.Layout(records, "search")
    return None


def heaps_in(memory, start, data):
    """All that can be an open heap, by address."""
    offsets = layout.HEAP_VERSION_1
    for offset in range(-start % 8, len(data) - offsets["heap_bytes"] + 1, 8):
        base, = struct.unpack_from("<I", data, offset + offsets["base"])
        end, = struct.unpack_from("<I", data, offset + offsets["end"])
        low, = struct.unpack_from("<I", data, offset + offsets["start"])
        if 0 < low < base < end and base == low + geometry.map_bytes_for(end - low):
            heap = PoolsHeap(memory, layout.heap_version_1(start + offset), start + offset, "arena")
            if heap.is_open and region_fault(heap) is None:
                yield heap


def state_of(memory, start, data, heap):
    """The record of the state that says that the heap is the main one, or None."""
    offsets = layout.STATE_VERSION_1
    wanted = struct.pack("<I", heap.start)
    at = data.find(wanted)
    while at >= 0:
        address = start + at - offsets["arena_start"]
        if at >= offsets["arena_start"] and address % 4 == 0 and at + offsets["state_bytes"] <= len(data):
            record = layout.Record[layout.STATE](state=address, **offsets)
            state = State(memory, record)
            if (state.impossible() is None and state.booted and state.mode == POOLS_SERVE
                    and state.region_end & ~7 == heap.end):
                return record
        at = data.find(wanted, at + 1)
    return None
