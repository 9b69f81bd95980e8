# SPDX-License-Identifier: MIT
"""What is known of a heap, in lines of text: for gdb's commands and for heap.py."""

from . import leaks as leak_search, state as states
from .errors import HeapImageError
from .geometry import GRANULE_BYTES

SHOWN_MAX = 20
SHOWN_GROUPS_MAX = 40


def span(start, end):
    return f"{start:#010x}..{end:#010x}"


def row(name, count, blocks=None, unit="blocks"):
    more = f"{blocks:>9,} {unit}" if blocks is not None else ""
    return f"{name:<27}{count:>11,}{more}".rstrip()


def one(count, unit):
    """`unit` as it goes with the count."""
    return unit if count != 1 else unit[:-1]


# ---- heap

def summary(image):
    """The state of all heaps in some 20 lines."""
    state = image.state
    if not state.booted:
        return ["obmalloc has not been booted: nothing has been allocated"]
    lines = [f"use_main_obmalloc = {state.flag} from {states.SOURCES[state.source]}, "
             f"{'latched' if state.is_latched else 'not latched'}: {state.sentence()}"]
    place = f"dynamic memory {span(state.region_start, state.region_end)}"
    if state.arena_serves:
        place += ", all of it the arena" if state.whole_region_is_arena else f", arena from {state.arena_start:#010x}"
    lines += [place, ""]
    for heap in image.pools_heaps:
        lines += pools_rows(heap, "arena" if heap is image.arena else heap.name)
    lines += libc_rows(image)
    lines += [""] + outlook(image) + counters(image)
    return lines + [""] + check(image)


def pools_rows(heap, title):
    if not heap.is_walkable:
        return [f"{title}: its bounds are damaged, see `heap check`"]
    sums = heap.statistics()
    damaged = sum(chunk.bytes for chunk in heap.chunks if chunk.state == "damaged")
    rows = [row(title, sums["region_bytes"], None)]
    rows += [row("  its map", sums["map_bytes"]),
             row("  live, up to 512 bytes", sums["small_used_bytes"], sums["small_used_blocks"],
                 one(sums["small_used_blocks"], "blocks")),
             row("  live, larger", sums["large_used_bytes"], sums["large_used_blocks"],
                 one(sums["large_used_blocks"], "blocks")),
             row("  headers of these", sums["large_header_bytes"]),
             row("  freed, ready in pools", sums["pool_ready_bytes"], sums["pool_ready_blocks"],
                 one(sums["pool_ready_blocks"], "blocks")),
             row("  free", sums["free_bytes"], sums["free_chunks"], one(sums["free_chunks"], "chunks"))]
    return rows + ([row("  behind damage", damaged)] if damaged else [])


def libc_rows(image):
    libc, state = image.libc, image.state
    title = f"C library ({libc.name})" if libc else "C library"
    rows = [row(title, state.heap_break - state.region_start)]
    if libc and libc.chunks:
        live = libc.live
        rest = [chunk for chunk in libc.chunks if chunk.state in ("free", "top")]
        rows += [row("  live, with headers", libc.used_bytes, len(live), one(len(live), "blocks")),
                 row("  free", sum(chunk.bytes for chunk in rest), len(rest), one(len(rest), "chunks"))]
        damaged = sum(chunk.bytes for chunk in libc.chunks if chunk.state == "damaged")
        rows += [row("  behind damage", damaged)] if damaged else []
    return rows + [row("  still to be had from sbrk", max(0, state.libc_limit - state.heap_break))]


def outlook(image):
    free, largest = image.free_bytes, image.largest_request()
    lost = f"{100 - 100 * largest / free:.0f} %" if free else "none is free"
    return [row("free in all heaps", free),
            row("largest request now", largest) + f"   fragmentation {lost}, 1 - largest / free",
            row("never used", image.never_used_bytes)]


def counters(image):
    state = image.state
    lines = [f"failed requests {state.failure_count}, small ones to the C library {state.overflow_small_to_libc}, "
             f"large ones to the arena {state.overflow_large_to_arena}"]
    told = [f"{kind} {count}" for kind, count in zip(states.MISUSE_KINDS, image.misuse_count) if count]
    return lines + (["misuse: " + ", ".join(told)] if told else [])


# ---- heap check

def check(image):
    """A line for each damage, or one that says that there is none."""
    found = image.findings
    if not found:
        return ["sound" if image.pools_heaps or image.libc else "nothing to check"]
    return [f"DAMAGED {name}: {finding.sentence}, at {finding.address:#010x}" for name, finding in found]


# ---- heap pools, heap class

def pools(image):
    """Blocks by pool, and free chunks by bin."""
    lines = []
    for heap in walkable(image):
        lines += [f"{heap.name} {span(heap.start, heap.end)}", "     bytes     live    ready"]
        live, ready = by_granules(heap, "live small"), by_granules(heap, "ready")
        for granules in range(heap.layout.class_first, heap.layout.class_last + 1):
            if live.get(granules) or ready.get(granules):
                low = (granules - 1) * 8 + 1 if granules > heap.layout.class_first else 1
                lines.append(f"{low:>4}..{granules * 8:<4} {live.get(granules, 0):>7,}  {ready.get(granules, 0):>7,}")
        unpooled = sum(1 for chunk in heap.chunks if chunk.state == "live small" and not chunk.granules)
        large = sum(1 for chunk in heap.chunks if chunk.state == "live large")
        lines += [f" 249..512  {unpooled:>7,}        -", f"   larger  {large:>7,}        -", "free chunks by bin"]
        sizes = {number: [image.memory.word(chunk + 8) for chunk in chunks] for number, chunks in heap.bins().items()}
        for number, found in sizes.items():
            lines.append(f"  bin {number:>2} {len(found):>7,} {one(len(found), 'chunks'):<6} {sum(found):>10,} bytes, "
                         f"largest {max(found):,}")
        lines += ["  none"] if not sizes else []
        lines.append(f"untouched {heap.end - heap.untouched:,} bytes from {heap.untouched:#010x}")
    return lines or no_arena(image)


def walkable(image):
    return [heap for heap in image.pools_heaps if heap.is_walkable]


def no_arena(image):
    if image.pools_heaps:
        return check(image)
    return ["there is no open arena: " + (image.state.sentence() if image.state.booted else "nobody has booted it")]


def by_granules(heap, wanted):
    found = {}
    for chunk in heap.chunks:
        if chunk.state == wanted and chunk.granules:
            found[chunk.granules] = found.get(chunk.granules, 0) + 1
    return found


def of_class(image, request_bytes):
    """All blocks that a request of so many bytes could be in."""
    lines = []
    for heap in walkable(image):
        count = max(16, (request_bytes + 7) & ~7)
        if count > heap.layout.small_bytes_max:
            raise HeapImageError(f"{request_bytes} bytes are no class of the pools; 1..512 are")
        live = [chunk.block for chunk in heap.chunks if chunk.state == "live small" and chunk.bytes == count]
        lines.append(f"{heap.name}: blocks of {count} bytes, for requests of {max(1, count - 7) if count > 16 else 1}.."
                     f"{count}")
        lines += addresses("live", live)
        if count <= heap.layout.pooled_bytes_max:
            lines += addresses("ready, the next one first", heap.pools()[count // GRANULE_BYTES])
        else:
            lines.append("  no pool: such blocks are merged when they are freed")
    return lines or no_arena(image)


def addresses(what, blocks):
    lines = [f"  {what}: {len(blocks)}"]
    for index in range(0, min(len(blocks), SHOWN_MAX), 5):
        lines.append("    " + " ".join(f"{block:#010x}" for block in blocks[index:min(index + 5, SHOWN_MAX)]))
    if len(blocks) > SHOWN_MAX:
        lines.append(f"    and {len(blocks) - SHOWN_MAX} more")
    return lines


# ---- heap leaks

def leaks(image, registers=()):
    """Live blocks by size and first word, those that no pointer leads to first."""
    if not image.firmware:
        raise HeapImageError("lost blocks are found with the ELF file, which tells where the variables are")
    references = leak_search.References(image, registers)
    found = leak_search.groups(image, references)
    if not found:
        return ["no block is live"]
    lost = [block for block in references.blocks if block.address not in references.reached]
    lines = [f"{len(references.blocks):,} live {one(len(references.blocks), 'blocks')}; to {len(lost):,} of "
             f"{sum(block.bytes for block in lost):,} bytes leads no pointer",
             "    lost   blocks      bytes     each  for example  first word points to"]
    for group in found[:SHOWN_GROUPS_MAX]:
        lines.append(f"{group.lost or '-':>8} {group.count:>8,} {group.bytes:>10,} {group.each:>8,}  "
                     f"{group.example:#010x}   {group.first}".rstrip())
    if len(found) > SHOWN_GROUPS_MAX:
        lines.append(f"and {len(found) - SHOWN_GROUPS_MAX} more groups")
    return lines
