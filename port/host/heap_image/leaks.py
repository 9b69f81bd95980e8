# SPDX-License-Identifier: MIT
"""Which live blocks no pointer leads to, and what the live blocks are, told from their contents.

A word anywhere in the variables, on the stack, in a register or in a block that is reached itself, which holds an
address within a block, is taken for a pointer to it: so a block that is lost may seem reached by a number that looks
like its address, but a block that is used is never called lost, unless its only pointer is stored in another form.
"""

import bisect
import collections
import struct

from . import elf
from .errors import HeapImageError
from .image import writable_ranges

# Further RAM that a section keeps for a heap is no variable to look through.
ROOT_BYTES_MAX = 1 << 20
STACK_POINTER = 13
# What the C library knows its free chunks by: no pointers of the program's.
LIST_BYTES = {"nano": 4, "newlib": 1032, "picolibc": 4}

Block = collections.namedtuple("Block", "address bytes heap_name")
Group = collections.namedtuple("Group", "count bytes each lost first example")
# What points to a block: where, and what that is: "variables", "stack", "a register" or a Block.
Reference = collections.namedtuple("Reference", "address holder")


def live_blocks(image):
    """The live blocks of all heaps, by address."""
    found = [Block(chunk.block, chunk.block_bytes, heap.name) for heap in image.pools_heaps for chunk in heap.live]
    if image.libc:
        found += [Block(chunk.block, chunk.block_bytes, "C library") for chunk in image.libc.live]
    return sorted(found)


def stack_top(image):
    """The stack pointer's first value, from the vector table, or 0."""
    loaded = image.firmware.load_segments() if image.firmware else []
    first = min((pair for pair in loaded if not pair[0].is_writable), key=lambda pair: pair[0].address, default=None)
    return struct.unpack_from("<I", first[1])[0] if first and len(first[1]) >= 4 else 0


def variable_ranges(firmware):
    """[(start, end)] of all that is no heap's."""
    return [(start, end) for start, end in writable_ranges(firmware) if end - start <= ROOT_BYTES_MAX]


def heap_ranges(image):
    """[(start, end)] of the main heap, used or not, and of the heaps beside it."""
    return [(image.state.region_start, image.state.region_end),
            *((heap.region_start, heap.region_end) for heap in image.heaps)]


def stack_range(image):
    """(start, end) of what may be the stack: from the memory in use below its first value on. None iff unknown."""
    top = stack_top(image)
    below = [end for _, end in [*variable_ranges(image.firmware), *heap_ranges(image)] if end <= top]
    return (max(below), top) if below and top - max(below) <= ROOT_BYTES_MAX else None


def root_ranges(image, registers=()):
    """[(start, end, what)] of the memory outside of the heaps that may hold pointers. Below the stack pointer, if the
    registers tell it, are but remains of calls that have ended."""
    if not image.firmware:
        return []
    holes = heap_ranges(image)
    holes.append((image.arena.address, image.arena.address + image.layout.heap.heap_bytes))
    if image.layout.libc:
        holes.append((image.layout.libc.list, image.layout.libc.list + LIST_BYTES[image.layout.libc_name]))
    roots = [(start, end, "variables") for start, end in without(variable_ranges(image.firmware), holes)]
    stack = stack_range(image)
    if stack:
        pointer = registers[STACK_POINTER] if len(registers) > STACK_POINTER else 0
        roots.append((pointer if stack[0] <= pointer < stack[1] else stack[0], stack[1], "stack"))
    return roots


def without(ranges, holes):
    """The ranges, with the holes cut out."""
    for low, high in holes:
        ranges = [part for start, end in ranges
                  for part in ((start, min(end, low)), (max(start, high), end)) if part[0] < part[1]]
    return ranges


class References:
    """Every pointer to a live block: `of[block address]` is a list of Reference; `reached` the blocks led to."""

    def __init__(self, image, registers=()):
        """registers: r0..r15, or as many as are known."""
        self.blocks = live_blocks(image)
        self._starts = [block.address for block in self.blocks]
        self._memory = image.memory
        self.of = collections.defaultdict(list)
        self.reached = set()
        pending = [target for number, value in enumerate(registers)
                   for target in self._note(value, number, "a register")]
        for start, end, what in root_ranges(image, registers):
            pending += self._scan(start, end, what)
        while pending:
            block = pending.pop()
            if block.address not in self.reached:
                self.reached.add(block.address)
                pending += self._scan(block.address, block.address + block.bytes, block)

    def _note(self, value, address, holder):
        index = bisect.bisect_right(self._starts, value) - 1
        if index < 0 or value >= self.blocks[index].address + self.blocks[index].bytes:
            return []
        block = self.blocks[index]
        if holder != block:
            self.of[block.address].append(Reference(address, holder))
        return [block]

    def _scan(self, start, end, holder):
        start = (start + 3) & ~3
        count = (end - start) // 4
        if count <= 0 or not self.blocks:
            return []
        try:
            data = self._memory.read(start, count * 4)
        except HeapImageError:
            return []  # a dump without this part
        low, high = self._starts[0], self.blocks[-1].address + self.blocks[-1].bytes
        return [target for index, value in enumerate(struct.unpack(f"<{count}I", data)) if low <= value < high
                for target in self._note(value, start + index * 4, holder)]


def first_of(image, block):
    """What the block's first word says it is: the vtable, function or variable that it points to, or ""."""
    if block.bytes < 4 or not image.firmware:
        return ""
    value = image.memory.word(block.address)
    symbol = image.firmware.symbol_at(value & ~1 if value & 1 else value)
    if symbol is None or symbol.kind == elf.NO_TYPE:
        return ""
    return symbol.name


def groups(image, references):
    """The live blocks by size and first word, those with most lost bytes first."""
    members = collections.defaultdict(list)
    for block in references.blocks:
        members[block.bytes, first_of(image, block)].append(block)
    result = []
    for (each, first), blocks in members.items():
        lost = [block for block in blocks if block.address not in references.reached]
        result.append(Group(len(blocks), each * len(blocks), each, len(lost), first, (lost or blocks)[0].address))
    return sorted(result, key=lambda group: (-group.lost * group.each, -group.bytes))
