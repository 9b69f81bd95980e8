# SPDX-License-Identifier: MIT
"""Run by gdb with port/gdb/obmalloc.py, halted in known_heap_stop(): damages one word of the heaps at a time, notes what
`heap check` finds there, and lets the firmware say what its own checks find. $damage_count words are tried, those of
struct pools_heap first; the same in each run. Prints a line `found ADDRESS VALUE HEAP | FINDING` before the firmware's own `check` and `further_check`.
"""

import random

import gdb

from heap_image.pools_heap import WORDS


def finding_text(finding):
    return f"{finding.address:#x} {finding.sentence}" if finding else "0x0 "


def places(heap, numbers):
    """A word's address: of struct pools_heap, of the map, or of what lies in the chunks."""
    kind = numbers.randrange(4)
    chunks = [chunk for chunk in heap.chunks if chunk.state not in ("map", "untouched")]
    if kind == 0:
        return heap.address + 4 * numbers.randrange(heap.layout.heap_bytes // 4)
    if kind == 1:
        return heap.base - 4 * numbers.randrange(1, 2 + heap.granule(heap.untouched) // 32 + 1)
    picked = numbers.choice([chunk for chunk in chunks if chunk.state in ("ready", "free", "live large")] or chunks)
    if kind == 2:
        return picked.address + 4 * numbers.randrange(4)
    return picked.address + picked.bytes - 4


def damaged(value, heap, numbers):
    """Another value: a bit flipped, a number, or an address of the heap, which looks most like the truth."""
    kind = numbers.randrange(4)
    if kind == 0:
        return value ^ 1 << numbers.randrange(32)
    if kind == 1:
        return numbers.choice([0, 1, 8, 16, 0xFFFFFFFF, 0x7FFFFFF8])
    if kind == 2:
        return numbers.choice(heap.chunks).address
    return (value + numbers.choice([-16, -8, 8, 16])) & 0xFFFFFFFF


def write(address, value):
    gdb.selected_inferior().write_memory(address, value.to_bytes(4, "little"))


def current_heaps():
    image = current_image()  # noqa: F821  of obmalloc.py
    return [image.arena, *image.heaps]


def main():
    numbers = random.Random(20240607)
    count = int(gdb.parse_and_eval("$damage_count"))
    again = int(gdb.parse_and_eval("(unsigned int)&known_heap_again"))
    for turn in range(count):
        which = turn % 2
        heap = current_heaps()[which]
        address = places(heap, numbers)
        value = heap.memory.word(address)
        worse = damaged(value, heap, numbers)
        if turn // 4 < len(WORDS):  # first each word of struct pools_heap by itself, in two bits
            address = heap.address + getattr(heap.layout, WORDS[turn // 4])
            value = heap.memory.word(address)
            worse = value ^ (1 if turn % 4 < 2 else 8)
        write(address, worse)
        after = current_heaps()[which]
        gdb.write(f"found {address:#x} {after.memory.word(address):#x} {which} | {finding_text(after.check())}\n")
        after.statistics()  # ends, whatever is damaged
        gdb.flush()
        write(again, 1)
        gdb.execute("continue", to_string=True)
        write(address, value)
    write(again, 0)


main()
