# SPDX-License-Identifier: MIT
"""The C library's heap beside the arena: [region start, break), by the chunk headers of its allocator.

port/libc_block_*.c say what the headers are. A walk ends at the break, or at the first header that cannot be: then
`finding` says where, and what is left is one damaged chunk.
"""

import collections

from .errors import HeapImageError

LIVE, FREE, TOP, DAMAGED = "live", "free", "top", "damaged"
LibcChunk = collections.namedtuple("LibcChunk", "address bytes state block block_bytes")


class LibcHeap:
    """chunks: all of [start, end), in order of address; finding: (address, sentence) of damage, or None."""

    def __init__(self, memory, libc_name, list_address, start, end):
        self.name, self.start, self.end = libc_name, start, end
        self.memory = memory
        self.finding = None
        self.chunks = []
        walk = {"nano": self._nano, "newlib": self._newlib, "picolibc": self._picolibc}.get(libc_name)
        if walk is None or end <= start:
            return
        try:
            walk(list_address)
        except HeapImageError as error:
            self._damaged(start, str(error))

    def _damaged(self, address, sentence):
        self.finding = (address, sentence)
        if address < self.end:
            self.chunks.append(LibcChunk(address, self.end - address, DAMAGED, 0, 0))

    @property
    def used_bytes(self):
        """As mallinfo().uordblks of the library has it."""
        return sum(chunk.bytes for chunk in self.chunks if chunk.state == LIVE)

    @property
    def live(self):
        return [chunk for chunk in self.chunks if chunk.state == LIVE]

    def chunk_at(self, address):
        return next((chunk for chunk in self.chunks if chunk.address <= address < chunk.address + chunk.bytes), None)

    # ---- newlib-nano and picolibc: {bytes, block...}, free ones a list in order of address

    def _free_list(self, list_address):
        found = []
        chunk = self.memory.word(list_address)
        while chunk:
            if not self.start <= chunk <= self.end - 8 or found and chunk <= found[-1]:
                self.finding = (chunk, "the C library's free list leads out of its heap, or back")
                break
            found.append(chunk)
            chunk = self.memory.word(chunk + 4)
        return set(found)

    def _nano(self, list_address):
        self._walk_sized(self.start, self._free_list(list_address), 12, 4)

    def _picolibc(self, list_address):
        # Its blocks, right behind a chunk's first word, are multiples of 8.
        self._walk_sized(self.start + 4, self._free_list(list_address), 8, 8)

    def _walk_sized(self, address, free_chunks, bytes_min, step):
        while self.end - address >= bytes_min:
            size = self.memory.word(address)
            if size < bytes_min or size % step or size > self.end - address:
                self._damaged(address, "a chunk of the C library has an impossible size")
                return
            if address in free_chunks:
                self.chunks.append(LibcChunk(address, size, FREE, 0, 0))
            else:
                block = (address + 4 + 7) & ~7
                self.chunks.append(LibcChunk(address, size, LIVE, block, address + size - block))
            address += size

    # ---- full newlib: {previous chunk's bytes if free, own bytes | flags, block...}; the top last

    def _newlib(self, table_address):
        top = self.memory.word(table_address + 8)
        if not self.start <= top <= self.end - 8:
            self._damaged(self.start, "the C library's top chunk lies outside its heap")
            return
        address = self.start
        while address < top:
            size = self.memory.word(address + 4) & ~7
            if size < 16 or size > top - address:
                self._damaged(address, "a chunk of the C library has an impossible size")
                return
            is_live = self.memory.word(address + size + 4) & 1
            self.chunks.append(LibcChunk(address, size, LIVE if is_live else FREE,
                                         address + 8 if is_live else 0, size - 4 if is_live else 0))
            address += size
        self.chunks.append(LibcChunk(top, self.end - top, TOP, 0, 0))
