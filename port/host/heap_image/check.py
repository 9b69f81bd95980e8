# SPDX-License-Identifier: MIT
"""pools_check() from outside: the same proofs, in the same order, with the same sentences (pools/check.c, bounds.c).

Each function returns (address, sentence) of the first thing that is wrong, or None. `heap` is a PoolsHeap.
"""

from . import geometry

SMALL, LARGE, FREE = "live small", "live large", "free"


def region_fault(heap):
    """bounds_fault() of pools/bounds.c, for an open heap: what must hold before a look at the region."""
    layout = heap.layout
    region_bytes = heap.end - heap.start
    if not (0 < heap.start < heap.end and (heap.start | heap.end) % geometry.GRANULE_BYTES == 0
            and layout.region_bytes_min <= region_bytes <= layout.region_bytes_max
            and heap.base == heap.start + geometry.map_bytes_for(region_bytes)
            and heap.plenty_chunk_bytes == geometry.plenty_chunk_bytes_of(region_bytes, layout)
            and heap.plenty_bins == geometry.plenty_bins_of(heap.plenty_chunk_bytes)):
        return heap.base, "the region's bounds contradict one another"
    map_bytes = heap.base - heap.start - geometry.MAP_SLACK_BYTES
    if not (heap.cleared_granules % 64 == 0 and heap.cleared_granules > heap.granule(heap.untouched)
            and heap.cleared_granules // 8 <= map_bytes):
        return heap.base, "the map is not defined as far as the chunks reach"
    first = heap.base + geometry.GRANULE_BYTES
    if not ((heap.untouched | heap.high_water) % geometry.GRANULE_BYTES == 0
            and first <= heap.untouched <= heap.end and first <= heap.high_water <= heap.end):
        return heap.untouched, "the untouched part lies outside the region"
    granule = heap.granule(heap.untouched)
    if not heap.memory.byte(heap.base - 1 - granule // 8) << granule % 8 & 0x80:
        return heap.untouched, "the map does not mark the untouched part"
    return None


def check(heap):
    if not heap.is_open:
        return (heap.base, "an open heap seems to be closed") if heap.start else None
    census = {FREE: 0, "used": 0}
    return (region_fault(heap) or _ends(heap) or _plenty(heap) or _chunks(heap, census) or _bins(heap, census)
            or _pools(heap, census) or _count(heap, census))


def _ends(heap):
    end = max(heap.cleared_granules, heap.granule(heap.untouched) + 1)
    marks = heap.map_text(end)
    if marks[0] == "1" or "1" in marks[heap.granule(heap.untouched) + 1:]:
        return heap.untouched, "the map is wrong beyond the chunks"
    heads = heap.pool_heads
    if heap.memory.read(heap.base, 8) != bytes(8) or heads[0] or heads[1] or heads[heap.layout.class_last + 1]:
        return heap.base, "nil has been written to"
    return None


def _plenty(heap):
    is_plenty = heap.end - heap.untouched >= heap.plenty_chunk_bytes or heap.bins_filled & heap.plenty_bins
    if heap.fast_free_granules != (heap.granule(heap.untouched) if is_plenty else 0):
        return 0, "the fast path of free has a wrong limit"
    if not heap.layout.class_first <= heap.drain_class <= heap.layout.class_last:
        return 0, "the pool to be drained next is none"
    return None


def _chunks(heap, census):
    address = heap.base + geometry.GRANULE_BYTES
    while address != heap.untouched:
        state, count = heap.step_at(address)
        if count == 0:
            return address, "a chunk's size is impossible"
        fault = None
        if state == FREE:
            census[FREE] += 1
            fault = _free(heap, address, count)
        else:
            census["used"] += 1
            if state == LARGE:
                fault = _large(heap, address, count)
            elif count > heap.layout.small_bytes_max + geometry.GRANULE_BYTES:
                return address, "a block without header is longer than such are"
        if fault:
            return address, fault
        address += count
    return None


def _large(heap, address, count):
    granule = heap.granule(address)
    if heap.memory.word(address) != ~(count | 1) & geometry.MASK:
        return "the two words of a large block's header disagree"
    if "1" in heap.marks[granule + 2:granule + count // 8]:
        return "the map has a chunk start inside a large block"
    return None


def _free(heap, address, count):
    granule = heap.granule(address)
    last = granule + count // 8 - 1
    if heap.memory.word(address + count - 4) != count:
        return "a free chunk's two sizes differ"
    if heap.marks[last] == "0":
        return "the map does not mark a free chunk's end"
    if "1" in heap.marks[granule + 2:last]:
        return "the map has a chunk start inside a free chunk"
    if is_free(heap, address + count):
        return "free memory behind a free chunk is not merged"
    if not heap.bins_filled & _bin_bit(geometry.bin_of(count)):
        return "a free chunk's bin is said to be empty"
    return None


def _bin_bit(number):
    return 0x80000000 >> number


def is_free(heap, address):
    """space_is_free() of pools/space.h."""
    if address == heap.untouched:
        return True
    return heap.marks[heap.granule(address) + 1] == "1" and not heap.memory.word(address + 4) & 1


def _bins(heap, census):
    count = 0
    for number, chunk in enumerate(heap.bin_heads):
        if bool(heap.bins_filled & _bin_bit(number)) != bool(chunk):
            return chunk, "a bin's bit and its list disagree"
        previous = number * 2
        while chunk:
            if not heap.is_marked(chunk) or count == census[FREE]:
                return chunk, "a bin's list leads out of the free chunks"
            size = heap.memory.word(chunk + 8)
            if not is_free(heap, chunk) or size < geometry.CHUNK_BYTES_MIN or geometry.bin_of(size) != number:
                return chunk, "a bin holds a chunk that is not its own"
            if heap.free_previous(chunk) != previous:
                return chunk, "a bin's list does not lead back"
            previous, chunk = chunk, heap.free_next(chunk)
            count += 1
    return None if count == census[FREE] else (0, "a free chunk is missing from its bin's list")


def _pools(heap, census):
    count = 0
    for granules in range(heap.layout.class_first, heap.layout.class_last + 1):
        block = heap.pool_heads[granules]
        while block != heap.base:
            if not heap.is_marked(block) or count == census["used"]:
                return block, "a pool's list leads out of the ready blocks"
            if heap.step_at(block) != (SMALL, granules * geometry.GRANULE_BYTES):
                return block, "a pool holds a block of another size"
            if heap.ready_key(block) != heap.key:
                return block, "a block in a pool has been written to"
            block = heap.ready_next(block)
            count += 1
    return None


def _count(heap, census):
    if census["used"] != heap.used_chunks:
        return 0, "the used chunks and their count differ"
    return None
