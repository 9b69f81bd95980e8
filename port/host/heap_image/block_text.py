# SPDX-License-Identifier: MIT
"""All that is known of the block at an address, in lines of text."""

from . import leaks, stories
from .text import span

SHOWN_REFERENCES = 8

STATES = {
    "map": "in the map", "live small": "in a live block", "live large": "in a live block", "ready": "in a freed block",
    "free": "in a free chunk", "untouched": "in memory that is not in use", "damaged": "behind damage",
}
WHAT = {
    "live small": "live", "live large": "live, with a header of 8 bytes", "ready": "freed, ready in its pool",
    "free": "free", "untouched": "the untouched part", "map": "the map", "damaged": "damaged", "live": "live",
    "top": "free, the top chunk",
}


def block(image, address, registers=()):
    """Whose an address is, what lies there, its neighbours, and who points to it."""
    for heap in image.pools_heaps:
        if heap.holds(address):
            return _in_pools(image, heap, address, registers)
    if image.libc and image.libc.chunk_at(address):
        return _in_libc(image, address, registers)
    return _elsewhere(image, address)


def _elsewhere(image, address):
    state = image.state
    if state.booted and state.region_start <= address < state.region_end:
        return [f"{address:#010x} lies in dynamic memory that has not been handed out"]
    symbol = image.firmware.symbol_at(address) if image.firmware else None
    if symbol:
        return [f"{address:#010x} is in no heap: it lies in {symbol.name}"]
    return [f"{address:#010x} is in no heap"]


def _in_pools(image, heap, address, registers):
    chunk = heap.chunk_at(address)
    lines = [f"{address:#010x} lies {STATES[chunk.state]} of the {heap.name}, "
             + _offset(address, chunk.block or chunk.address)]
    if chunk.block:
        low = max(1, chunk.bytes - 7) if chunk.bytes > 16 else 1
        pool = f", the pool for {low}..{chunk.bytes}" if chunk.granules else ""
        lines.append(f"  block    {chunk.block:#010x}, {chunk.block_bytes:,} bytes{pool}")
    lines.append(f"  chunk    {span(chunk.address, chunk.address + chunk.bytes)}, {chunk.bytes:,} bytes, "
                 f"{WHAT[chunk.state]}")
    if chunk.state == "ready":
        place = heap.pools()[chunk.granules].index(chunk.block)
        lines.append(f"  place    {place + 1} of {len(heap.pools()[chunk.granules])} in its pool; "
                     "the first is handed out next")
    caller = heap.freed_by(chunk)
    if caller:
        symbol = image.firmware.symbol_at(caller & ~1) if image.firmware else None
        lines.append(f"  freed    from {caller:#010x}" + (f", in {symbol.name}" if symbol else ""))
    lines += _neighbours(heap.chunks, heap.chunks.index(chunk))
    return lines + _contents(image, chunk, chunk.state in ("live small", "live large"), registers)


def _in_libc(image, address, registers):
    chunk = image.libc.chunk_at(address)
    state = "live block" if chunk.state == "live" else f"{chunk.state} chunk"
    lines = [f"{address:#010x} lies in a {state} of the C library's heap, "
             + _offset(address, chunk.block or chunk.address)]
    if chunk.block:
        lines.append(f"  block    {chunk.block:#010x}, {chunk.block_bytes:,} bytes")
    lines.append(f"  chunk    {span(chunk.address, chunk.address + chunk.bytes)}, {chunk.bytes:,} bytes, "
                 f"{WHAT[chunk.state]}")
    lines += _neighbours(image.libc.chunks, image.libc.chunks.index(chunk))
    return lines + _contents(image, chunk, chunk.state == "live", registers)


def _offset(address, start):
    if address == start:
        return "at its start"
    return f"{abs(address - start):,} bytes {'into it' if address > start else 'before its first byte'}"


def _neighbours(chunks, index):
    def line(name, number):
        if not 0 <= number < len(chunks):
            return f"  {name:<8} nothing"
        chunk = chunks[number]
        return f"  {name:<8} {chunk.block or chunk.address:#010x}, {chunk.bytes:,} bytes, {WHAT[chunk.state]}"
    return [line("before", index - 1), line("behind", index + 1)]


def _contents(image, chunk, is_live, registers):
    lines = []
    if chunk.block:
        count = min(16, chunk.block_bytes & ~3)
        words = [f"{image.memory.word(chunk.block + offset):#010x}" for offset in range(0, count, 4)]
        lines.append(f"  holds    {' '.join(words)}")
        first = leaks.first_of(image, leaks.Block(chunk.block, chunk.block_bytes, ""))
        lines += [f"           the first word points to {first}"] if first and is_live else []
        lines += [f"  {name:<8} {told}" for name, told in stories.of_block(image, chunk.block)]
    return lines + (_references(image, chunk.block, registers) if is_live and image.firmware else [])


def _references(image, address, registers):
    found = leaks.References(image, registers).of.get(address, [])
    if not found:
        return ["  pointers none leads to it"]
    lines = []
    for number, reference in enumerate(found[:SHOWN_REFERENCES]):
        lines.append(f"  {'pointers' if number == 0 else '':<8} {_holder(image, reference)}")
    if len(found) > SHOWN_REFERENCES:
        lines.append(f"           and {len(found) - SHOWN_REFERENCES} more")
    return lines


def _holder(image, reference):
    if reference.holder == "a register":
        return f"in register r{reference.address}"
    if reference.holder == "stack":
        return f"on the stack, at {reference.address:#010x}"
    if reference.holder == "variables":
        symbol = image.firmware.symbol_at(reference.address)
        return f"in {symbol.name if symbol else 'a variable'}, at {reference.address:#010x}"
    return f"in the block at {reference.holder.address:#010x}, at {reference.address:#010x}"
