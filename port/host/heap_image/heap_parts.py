# SPDX-License-Identifier: MIT
"""What of a target's memory a dump has to hold so that its heaps can be looked at afterwards."""

from . import memory as memories
from .errors import HeapImageError
from .leaks import heap_ranges, stack_range, variable_ranges


def of_image(image):
    """[(address, bytes)] of variables, heaps, stack and constants, by address. Raises HeapImageError where the
    target cannot be read."""
    ranges = variable_ranges(image.firmware) + heap_ranges(image) + memories.constants_of(image.firmware).ranges()
    stack = stack_range(image)
    ranges += [stack] if stack else []
    parts = [(start, image.memory.memory.read(start, end - start)) for start, end in united(ranges)]
    if not parts:
        raise HeapImageError("there is nothing to save")
    return parts


def united(ranges):
    """The ranges, sorted, with those that meet made one."""
    result = []
    for start, end in sorted(pair for pair in ranges if pair[0] < pair[1]):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result
