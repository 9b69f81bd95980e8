# SPDX-License-Identifier: MIT
"""As much of a 32-bit little-endian ELF file as a look into a heap needs: firmwares and core files."""

import bisect
import collections
import struct

from .errors import HeapImageError

EXECUTABLE, CORE = 2, 4  # e_type
MACHINE_ARM = 40
LOAD, NOTE = 1, 4  # p_type
NO_BITS, SYMBOL_TABLE = 8, 2  # sh_type
WRITABLE, ALLOCATED = 1, 2  # sh_flags; a segment's writable is 2
ABSOLUTE = 0xFFF1  # st_shndx
FUNCTION, OBJECT, NO_TYPE = 2, 1, 0

Section = collections.namedtuple("Section", "name kind flags address offset size link")
Segment = collections.namedtuple("Segment", "kind offset address file_bytes memory_bytes is_writable")
Symbol = collections.namedtuple("Symbol", "name address size kind section")

HEADER = struct.Struct("<16sHHIIIIIHHHHHH")
SEGMENT = struct.Struct("<IIIIIIII")
SECTION = struct.Struct("<IIIIIIIIII")
SYMBOL = struct.Struct("<IIIBBH")


class ElfFile:
    """sections, segments, symbols of the bytes of a file. name: what errors call it."""

    def __init__(self, data, name):
        self.data = data
        self.name = name
        if data[:4] != b"\x7fELF":
            raise HeapImageError(f"{name} is no ELF file")
        if len(data) < HEADER.size or data[4:6] != b"\x01\x01":
            raise HeapImageError(f"{name} is no 32-bit little-endian ELF file, or cut off")
        header = HEADER.unpack_from(data)
        self.kind, machine = header[1], header[2]
        if machine != MACHINE_ARM:
            raise HeapImageError(f"{name} is for another machine ({machine}) than Arm ({MACHINE_ARM})")
        self.segments = self._segments(header)
        self.sections = self._sections(header)
        self._symbols = None

    def _entry(self, layout, offset, what):
        try:
            return layout.unpack_from(self.data, offset)
        except struct.error:
            raise HeapImageError(f"{self.name} is cut off: its {what} at byte {offset:#x} are beyond its end") from None

    def _segments(self, header):
        offset, entry_bytes, count = header[5], header[9], header[10]
        found = []
        for index in range(count):
            kind, at, address, _, file_bytes, memory_bytes, flags, _ = self._entry(
                SEGMENT, offset + index * entry_bytes, "program headers")
            found.append(Segment(kind, at, address, file_bytes, memory_bytes, bool(flags & 2)))
        return found

    def _sections(self, header):
        offset, entry_bytes, count, names_index = header[6], header[11], header[12], header[13]
        raw = [self._entry(SECTION, offset + index * entry_bytes, "section headers") for index in range(count)]
        if names_index >= len(raw):
            return []
        names = self.bytes_at(raw[names_index][4], raw[names_index][5], "section names")
        return [Section(text_at(names, entry[0]), entry[1], entry[2], entry[3], entry[4], entry[5], entry[6])
                for entry in raw]

    def bytes_at(self, offset, count, what):
        """count bytes of the file; raises HeapImageError iff it ends before."""
        part = self.data[offset:offset + count]
        if len(part) < count:
            raise HeapImageError(f"{self.name} is cut off: it has {len(self.data):,} bytes, "
                                 f"and its {what} end at {offset + count:,}")
        return part

    def section(self, name):
        """The section of that name, or None."""
        return next((section for section in self.sections if section.name == name), None)

    def section_bytes(self, section):
        if section.kind == NO_BITS:
            return b""
        return self.bytes_at(section.offset, section.size, f"section {section.name}")

    def load_segments(self):
        """(segment, its bytes of the file) for each that is loaded and has any."""
        return [(segment, self.bytes_at(segment.offset, segment.file_bytes, "segments"))
                for segment in self.segments if segment.kind == LOAD and segment.file_bytes]

    @property
    def symbols(self):
        """All symbols, sorted by address; empty iff the file is stripped."""
        if self._symbols is None:
            self._symbols = sorted(self._read_symbols(), key=lambda symbol: (symbol.address, -symbol.size))
            self._addresses = [symbol.address for symbol in self._symbols]
        return self._symbols

    def _read_symbols(self):
        for section in self.sections:
            if section.kind == SYMBOL_TABLE:
                names = self.section_bytes(self.sections[section.link])
                table = self.section_bytes(section)
                for name, address, size, info, _, home in SYMBOL.iter_unpack(table):
                    if home:
                        kind = info & 0xF
                        # A function's lowest bit says that it is Thumb code.
                        yield Symbol(text_at(names, name), address & ~1 if kind == FUNCTION else address, size, kind,
                                     home)

    def symbol(self, name):
        """The symbol of that name, or None."""
        return next((symbol for symbol in self.symbols if symbol.name == name), None)

    def symbol_at(self, address):
        """The function or variable that the address lies in, or None."""
        index = bisect.bisect_right(self.symbols and self._addresses or [], address)
        for symbol in reversed(self._symbols[max(0, index - 8):index]):
            if symbol.kind in (FUNCTION, OBJECT) and symbol.address <= address < symbol.address + symbol.size:
                return symbol
        return None


def text_at(table, offset):
    """The text that starts there in a table of strings."""
    return table[offset:table.find(b"\0", offset)].decode("utf-8", "replace")
