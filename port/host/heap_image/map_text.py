# SPDX-License-Identifier: MIT
"""A picture of the heaps in characters, each for so many bytes."""

import itertools

COLUMNS = 64
ROWS_MAX = 32

# Which character stands for a state; of several in one cell that with most bytes.
SIGNS = {
    "map": "m", "live small": "#", "live large": "@", "ready": "+", "free": ".", "untouched": " ", "damaged": "!",
    "live": "%", "top": ".",
}
LEGEND = "# live   @ live, above 512 bytes   + freed, ready in its pool   . free   blank: untouched   m map   ! damaged"
LIBC_LEGEND = "% live, of the C library   . free"


def cell_bytes_for(length):
    """A power of 2, 8 at least, so that the picture has ROWS_MAX rows at most."""
    count = 8
    while count * COLUMNS * ROWS_MAX < length:
        count *= 2
    return count


def picture(chunks, start, end, cell_bytes=None):
    """Lines of address and COLUMNS characters for [start, end); equal rows in a run are shown once, with their count."""
    cell_bytes = cell_bytes or cell_bytes_for(end - start)
    count = (end - start + cell_bytes - 1) // cell_bytes
    cells = [{} for _ in range(count)]
    for chunk in chunks:
        low, high = chunk.address - start, chunk.address + chunk.bytes - start
        for index in range(low // cell_bytes, (high + cell_bytes - 1) // cell_bytes):
            part = min(high, (index + 1) * cell_bytes) - max(low, index * cell_bytes)
            sign = SIGNS[chunk.state]
            cells[index][sign] = cells[index].get(sign, 0) + part
    signs = "".join(max(cell, key=cell.get) if cell else " " for cell in cells)
    rows = [f"{signs[at:at + COLUMNS]:<{min(COLUMNS, count)}}" for at in range(0, count, COLUMNS)]
    lines = []
    for sign_row, run in itertools.groupby(enumerate(rows), key=lambda pair: pair[1]):
        numbers = [number for number, _ in run]
        lines.append(f"{start + numbers[0] * COLUMNS * cell_bytes:#010x} |{sign_row}|")
        if len(numbers) > 1:
            lines[-1] += f" x {len(numbers)}"
    return lines


def heap_map(image, cell_bytes=None):
    """All heaps' pictures with their legends."""
    lines = []
    for heap in image.pools_heaps:
        if heap.is_walkable:
            size = cell_bytes or cell_bytes_for(heap.end - heap.start)
            lines += [f"{heap.name}, {size} bytes a character: {LEGEND}",
                      *picture(heap.chunks, heap.start, heap.end, size)]
    libc = image.libc
    if libc and libc.chunks:
        size = cell_bytes or cell_bytes_for(libc.end - libc.start)
        lines += [f"C library's heap, {size} bytes a character: {LIBC_LEGEND}",
                  *picture(libc.chunks, libc.start, libc.end, size)]
    return lines or ["no heap is in use"]
