# SPDX-License-Identifier: MIT
"""One heap of the pools, decoded: its words, its chunks in order of address, its pools and bins.

pools/heap.h says what a region is made of. Whatever is damaged, all of this ends, reads nothing outside of the region,
and says in `findings` what it met.
"""

import collections

from . import geometry
from .check import check, region_fault
from .errors import HeapImageError

# What a chunk can be. A damaged one reaches to the next place where the map has a chunk.
MAP, SMALL, LARGE, READY, FREE, UNTOUCHED, DAMAGED = (
    "map", "live small", "live large", "ready", "free", "untouched", "damaged")
LIVE = (SMALL, LARGE)

# block: what malloc returned for it, 0 where there is none. block_bytes: usable. granules: its pool's number, or 0.
Chunk = collections.namedtuple("Chunk", "address bytes state block block_bytes granules")
Finding = collections.namedtuple("Finding", "address sentence")
WORDS = ("base", "fast_free_granules", "untouched", "used_chunks", "bins_filled", "plenty_bins", "end",
         "plenty_chunk_bytes", "high_water", "cleared_granules", "drain_class", "start")


class PoolsHeap:
    """The heap whose struct pools_heap is at `address`. memory: a Cached. layout: the record of the heap.

    name: "arena" or what tells it from others. hidden: values of words that are elsewhere for a while.
    """

    def __init__(self, memory, layout, address, name, hidden=None):
        self.memory, self.layout, self.address, self.name = memory, layout, address, name
        for word in WORDS:
            setattr(self, word, memory.word(address + getattr(layout, word)))
        for word, value in (hidden or {}).items():
            setattr(self, word, value)
        count = layout.class_last + 2
        self.pool_heads = [memory.word(address + layout.pools + 4 * index) for index in range(count)]
        self.bin_heads = [memory.word(address + layout.bins + 4 * index) for index in range(layout.bin_count)]
        self.secret = None if layout.secret is None else memory.word(address + layout.secret)
        self._chunks = self._ready = None

    # ---- its bounds

    @property
    def is_open(self):
        return self.untouched != self.base

    @property
    def is_walkable(self):
        """Whether its bounds agree, so that there are chunks."""
        return self.is_open and region_fault(self) is None

    @property
    def key(self):
        """What a ready block has in its second word."""
        return self.address

    def holds(self, address):
        """Returns true iff the address is in the region, map included."""
        return self.is_walkable and self.start <= address < self.end

    # ---- the map

    def granule(self, address):
        return (address - self.base) // geometry.GRANULE_BYTES & geometry.MASK

    def address_of(self, granule):
        return self.base + granule * geometry.GRANULE_BYTES

    def map_text(self, granule_count):
        """The map's bits as a text of 0 and 1, granule 0 first."""
        count = (granule_count + 7) // 8
        data = self.memory.read(self.base - count, count)
        return bin(int.from_bytes(b"\1" + data[::-1], "big"))[3:3 + granule_count]

    def is_marked(self, address):
        """identity_is_marked() of pools/identity.h."""
        return (self.base < address < self.untouched and address % geometry.GRANULE_BYTES == 0
                and self.marks[self.granule(address)] == "1")

    @property
    def marks(self):
        """The map as far as the untouched part's first granule."""
        if self._chunks is None:
            self._marks = self.map_text(self.granule(self.untouched) + 1)
            self._chunks = ()
        return self._marks

    def step_at(self, address):
        """(state, bytes) of the chunk there; 0 bytes where that is impossible. As walk_at() of pools/walk.h."""
        granule = self.granule(address)
        marks = self.marks
        if marks[granule] == "0" or self.untouched - address < geometry.CHUNK_BYTES_MIN:
            return SMALL, 0
        if marks[granule + 1] == "0":
            end = marks.find("1", granule + 1, granule + 77)
            return SMALL, self._possible(address, (end - granule) * geometry.GRANULE_BYTES if end > 0 else 0)
        word = self.memory.word(address + 4)
        if word & 1:
            return LARGE, self._possible(address, word & ~1)
        return FREE, self._possible(address, self.memory.word(address + 8))

    def _possible(self, address, count):
        is_possible = count >= geometry.CHUNK_BYTES_MIN and count % 8 == 0 and count <= self.untouched - address
        return count if is_possible else 0

    # ---- its chunks

    @property
    def chunks(self):
        """All of the region, without gaps, in order of address; empty iff the heap is not walkable."""
        if not self.is_walkable:
            return ()
        if not self._chunks:
            self._ready = {block: granules for granules, blocks in self.pools().items() for block in blocks}
            self._chunks = tuple(self._walk())
        return self._chunks

    def _walk(self):
        address = self.base + geometry.GRANULE_BYTES
        yield Chunk(self.start, address - self.start, MAP, 0, 0, 0)
        while address < self.untouched:
            state, count = self.step_at(address)
            if count == 0:
                following = self.marks.find("1", self.granule(address) + 2)
                count = (self.address_of(following) if following > 0 else self.untouched) - address
                state = DAMAGED
            yield self._chunk(address, count, state)
            address += count
        if self.end > self.untouched:
            yield Chunk(self.untouched, self.end - self.untouched, UNTOUCHED, 0, 0, 0)

    def _chunk(self, address, count, state):
        granules = count // geometry.GRANULE_BYTES
        pooled = granules if count <= self.layout.pooled_bytes_max else 0
        if state == LARGE:
            header = geometry.LARGE_HEADER_BYTES
            return Chunk(address, count, state, address + header, count - header, 0)
        if state != SMALL:
            return Chunk(address, count, state, 0, 0, 0)
        if self._ready.get(address) == granules:
            return Chunk(address, count, READY, address, count, pooled)
        return Chunk(address, count, SMALL, address, count, pooled)

    def chunk_at(self, address):
        """The chunk that the address lies in, or None."""
        return next((chunk for chunk in self.chunks if chunk.address <= address < chunk.address + chunk.bytes), None)

    @property
    def live(self):
        return [chunk for chunk in self.chunks if chunk.state in LIVE]

    # ---- its lists

    def _mask(self, address):
        """With what the links that stand there are encoded, as in pools/link.h; 0 = they are addresses."""
        return 0 if self.secret is None else self.secret ^ address

    def ready_next(self, block):
        """The ready block behind one in its pool; the base behind the last."""
        return self.memory.word(block) ^ self._mask(block)

    def ready_key(self, block):
        """What says that the block is ready; `key` iff it is whole."""
        word = self.memory.word(block + 4)
        return word if self.secret is None else word ^ self._mask(block) ^ self.key

    def free_next(self, chunk):
        """The free chunk behind one in its bin; 0 behind the last."""
        return self.memory.word(chunk) ^ self._mask(chunk)

    def free_previous(self, chunk):
        """The one before it, or twice the bin's number."""
        return self.memory.word(chunk + 4) ^ self._mask(chunk) & ~1

    def freed_by(self, chunk):
        """Where the program freed what is in a ready or free chunk; 0 = that is not known. From the tier full on."""
        if self.secret is None or chunk.state not in ("ready", "free"):
            return 0
        if chunk.state == "ready":
            return self.memory.word(chunk.address + 8)
        return self.memory.word(chunk.address + 16) if chunk.bytes > geometry.CHUNK_BYTES_MIN else 0

    def pools(self):
        """{granules: [ready blocks, the next to be handed out first]}; a damaged list ends where it leads astray."""
        if not self.is_walkable:
            return {}
        result, seen = {}, set()
        for granules in range(self.layout.class_first, self.layout.class_last + 1):
            blocks = result[granules] = []
            block = self.pool_heads[granules]
            while self.is_marked(block) and block not in seen:
                seen.add(block)
                blocks.append(block)
                block = self.ready_next(block)
        return result

    def bins(self):
        """{bin: [free chunks]} of those that hold any; a damaged list ends where it leads astray."""
        if not self.is_walkable:
            return {}
        result, seen = {}, set()
        for number, chunk in enumerate(self.bin_heads):
            while self.is_marked(chunk) and chunk not in seen:
                seen.add(chunk)
                result.setdefault(number, []).append(chunk)
                chunk = self.free_next(chunk)
        return result

    def check(self):
        """The first damage that pools_check() would tell, as a Finding, or None."""
        try:
            found = check(self)
        except HeapImageError as error:
            found = (self.address, str(error))
        return Finding(*found) if found else None

    # ---- its sums

    def statistics(self):
        """What pools_statistics() fills in, by the same names. All 0 iff the heap is not walkable."""
        sums = dict.fromkeys(
            "region_bytes map_bytes small_used_bytes large_used_bytes large_header_bytes pool_ready_bytes free_bytes "
            "largest_free_bytes small_used_blocks large_used_blocks pool_ready_blocks free_chunks smallest_free_bytes "
            "high_water_bytes".split(), 0)
        if not self.is_walkable:
            return sums
        sums["region_bytes"] = self.end - self.start
        sums["high_water_bytes"] = max(self.untouched, self.high_water) - self.start
        free_lengths = []
        for chunk in self.chunks:
            if chunk.state == MAP:
                sums["map_bytes"] += chunk.bytes
            elif chunk.state == SMALL:
                sums["small_used_blocks"] += 1
                sums["small_used_bytes"] += chunk.bytes
            elif chunk.state == LARGE:
                sums["large_used_blocks"] += 1
                sums["large_used_bytes"] += chunk.block_bytes
                sums["large_header_bytes"] += geometry.LARGE_HEADER_BYTES
            elif chunk.state == READY:
                sums["pool_ready_blocks"] += 1
                sums["pool_ready_bytes"] += chunk.bytes
                free_lengths.append(chunk.bytes)
            elif chunk.state in (FREE, UNTOUCHED):
                sums["free_chunks"] += 1
                sums["free_bytes"] += chunk.bytes
                free_lengths.append(chunk.bytes)
                sums["largest_free_bytes"] = max(sums["largest_free_bytes"],
                                                 geometry.request_for(chunk.bytes, self.layout.small_bytes_max))
        sums["smallest_free_bytes"] = min(free_lengths, default=0)
        return sums

    def largest_request(self):
        """The largest request that would succeed now: before one fails, what waits in the pools is merged."""
        longest = run = 0
        for chunk in self.chunks:
            run = run + chunk.bytes if chunk.state in (READY, FREE, UNTOUCHED) else 0
            longest = max(longest, run)
        return geometry.request_for(longest, self.layout.small_bytes_max)
