# SPDX-License-Identifier: MIT
"""Memory of a firmware as it can be read afterwards: RAM dumps, core files, Intel HEX, the ELF file's constants.

Whatever has `read(address, length) -> bytes`, which raises HeapImageError where it cannot, can take their place:
gdb's inferior does.
"""

import bisect
import struct

from . import elf
from .errors import HeapImageError

PAGE_BYTES = 1024


class Segments:
    """Bytes at addresses. parts: [(address, bytes)]; name: what errors call it."""

    def __init__(self, parts, name):
        self.name = name
        self.parts = joined(sorted(parts, key=lambda part: part[0]))
        self._starts = [address for address, _ in self.parts]

    def ranges(self):
        """[(start, end)] of what it holds."""
        return [(address, address + len(data)) for address, data in self.parts]

    def holds(self, address, length=1):
        return self._part_of(address, length) is not None

    def _part_of(self, address, length):
        index = bisect.bisect_right(self._starts, address) - 1
        if index < 0:
            return None
        start, data = self.parts[index]
        return index if address + length <= start + len(data) else None

    def read(self, address, length):
        index = self._part_of(address, length)
        if index is None:
            held = ", ".join(f"{start:#010x}..{end:#010x}" for start, end in self.ranges()) or "nothing"
            raise HeapImageError(f"{self.name} does not hold {address:#010x}..{address + length:#010x}; "
                                 f"it holds {held}")
        start, data = self.parts[index]
        return data[address - start:address - start + length]


def joined(parts):
    """The parts, with those that touch made one."""
    result = []
    for address, data in parts:
        if result and result[-1][0] + len(result[-1][1]) == address:
            result[-1] = (result[-1][0], result[-1][1] + data)
        else:
            result.append((address, bytes(data)))
    return result


class Layered:
    """Several memories, the first that holds an address answers."""

    def __init__(self, first, *others):
        self.name = first.name
        self.layers = (first, *others)

    def ranges(self):
        return [pair for layer in self.layers for pair in layer.ranges()]

    def read(self, address, length):
        for layer in self.layers:
            if layer.holds(address, length):
                return layer.read(address, length)
        return self.layers[0].read(address, length)


class Cached:
    """Words out of a memory that is slow to ask, such as a target behind a probe: by pages, each once."""

    def __init__(self, memory):
        self.memory = memory
        self.pages = {}

    def read(self, address, length):
        if length > 4 * PAGE_BYTES:
            return self.memory.read(address, length)
        first = address // PAGE_BYTES
        last = (address + length - 1) // PAGE_BYTES
        try:
            data = b"".join(self._page(page) for page in range(first, last + 1))
        except HeapImageError:
            return self.memory.read(address, length)  # the memory ends within the page
        offset = address - first * PAGE_BYTES
        return data[offset:offset + length]

    def _page(self, page):
        if page not in self.pages:
            self.pages[page] = bytes(self.memory.read(page * PAGE_BYTES, PAGE_BYTES))
        return self.pages[page]

    def word(self, address):
        return int.from_bytes(self.read(address, 4), "little")

    def byte(self, address):
        return self.read(address, 1)[0]


def of_core(data, name):
    """What an ELF core file holds."""
    file = elf.ElfFile(data, name)
    if file.kind != elf.CORE:
        raise HeapImageError(f"{name} is an ELF file, but no core file: it holds no memory of a run")
    parts = [(segment.address, part) for segment, part in file.load_segments()]
    if not parts:
        raise HeapImageError(f"{name} is a core file without memory")
    return Segments(parts, name)


def of_hex(data, name):
    """What an Intel HEX file holds."""
    import image_file  # port/host's own, beside this package

    try:
        lines = image_file.HexImage(data)
    except image_file.ImageError as error:
        raise HeapImageError(f"{name} {error}") from None
    parts = []
    for address in sorted(lines.home):
        value = lines.read(address, 1)
        if parts and parts[-1][0] + len(parts[-1][1]) == address:
            parts[-1][1].extend(value)
        else:
            parts.append((address, bytearray(value)))
    return Segments(parts, name)


def of_file(path, base=None):
    """A core file, an Intel HEX file, or the bytes of a RAM that starts at `base`."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise HeapImageError(f"{path}: {error.strerror}") from None
    if not data:
        raise HeapImageError(f"{path} is empty")
    if data[:4] == b"\x7fELF":
        return of_core(data, path)
    if data[:1] == b":" and base is None:
        return of_hex(data, path)
    if base is None:
        raise HeapImageError(f"{path} is a raw dump; say with --base which address its first byte had")
    return Segments([(base, data)], path)


def constants_of(firmware):
    """What of a firmware's ELF file is the same in each run: its segments that are not written to."""
    return Segments([(segment.address, data) for segment, data in firmware.load_segments()
                     if not segment.is_writable], firmware.name)


def variables_of(firmware):
    """The first values of a firmware's variables."""
    return Segments([(segment.address, data) for segment, data in firmware.load_segments() if segment.is_writable],
                    firmware.name)


def registers_of(data, name):
    """r0..r15 of the core file's thread, or none."""
    file = elf.ElfFile(data, name)
    for segment in file.segments:
        if segment.kind == elf.NOTE:
            note = file.bytes_at(segment.offset, segment.file_bytes, "notes")
            name_bytes, status_bytes, kind = struct.unpack_from("<III", note)
            start = 12 + (name_bytes + 3) // 4 * 4 + 72
            if kind == 1 and status_bytes >= 72 + 64:
                return struct.unpack_from("<16I", note, start)
    return ()
