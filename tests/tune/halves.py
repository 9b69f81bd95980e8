# SPDX-License-Identifier: MIT
"""A trace cut in two, each half a trace of its own.

What is live at the cut is allocated at the start of the second half, in the order in which the first half
allocated it, so that the second half begins with the program's data but without its holes.
"""

from trace_text import ALIGNED, FREE, MALLOC, SlotStates, Trace


def trace_of(title, operations):
    states = SlotStates()
    for operation in operations:
        states.apply(operation)
    return Trace(title, operations, states.slot_count, states.peak_live_bytes)


def live_after(operations):
    """Allocations that lead to what is live after these operations; a realloc keeps its block's place."""
    live = {}
    for operation in operations:
        if operation.kind == FREE:
            del live[operation.slot]
        else:
            kind = operation.kind if operation.kind == ALIGNED else MALLOC
            live[operation.slot] = operation._replace(kind=kind)
    return list(live.values())


def halves(trace):
    """Returns both halves; None iff one of them would hold no byte."""
    cut = len(trace.operations) // 2
    first, second = trace.operations[:cut], trace.operations[cut:]
    both = (trace_of(f"{trace.title}: first half", first),
            trace_of(f"{trace.title}: second half", live_after(first) + second))
    return both if all(half.peak_live_bytes for half in both) else None
