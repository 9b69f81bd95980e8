# SPDX-License-Identifier: MIT
"""Finished images as bytes that can be read and changed in place: ELF, Intel HEX, raw binary.

Each class finds the offsets of the config word in its own way and writes bytes back so that all
else in the file stays as it was.
"""

import io
import re
from typing import List

SECTION = ".obmalloc_config"


class ImageError(Exception):
    """A sentence that says what is wrong with an image."""


def occurrences(data: bytes, magic: bytes) -> List[int]:
    return [match.start() for match in re.finditer(re.escape(magic), data)]


class RawImage:
    """A flash image without any structure: the word is where its magic is."""

    name = "raw binary"

    def __init__(self, data: bytes):
        self.data = bytearray(data)

    def find(self, magic: bytes, _word_bytes: int) -> List[int]:
        return occurrences(self.data, magic)

    def read(self, offset: int, count: int) -> bytes:
        part = bytes(self.data[offset:offset + count])
        if len(part) < count:
            raise ImageError("is cut off in the middle of its config word")
        return part

    def write(self, offset: int, part: bytes):
        self.data[offset:offset + len(part)] = part

    def place(self, offset: int) -> str:
        return f"byte {offset:#x}"

    def file_bytes(self) -> bytes:
        return bytes(self.data)


class ElfImage(RawImage):
    """The word is section .obmalloc_config; where a linker script merged that section into another
    one, it is where its magic is in the loaded segments."""

    name = "ELF"

    def find(self, magic: bytes, word_bytes: int) -> List[int]:
        try:
            return self._find(magic, word_bytes)
        except ImageError:
            raise
        except Exception as error:  # pyelftools raises whatever a damaged file trips it into
            raise ImageError(f"is a damaged ELF file ({error or type(error).__name__})") from None

    def _find(self, magic, word_bytes):
        try:
            from elftools.elf.elffile import ELFFile  # the other formats do without it
        except ImportError:
            raise ImageError("is an ELF file, and reading it wants python3-pyelftools") from None
        elf = ELFFile(io.BytesIO(self.data))
        if elf["e_type"] == "ET_REL":
            raise ImageError("is an object file; its flag is not decided before it is linked "
                             "(-Wl,--defsym=__use_main_obmalloc=0)")
        section = elf.get_section_by_name(SECTION)
        if section is not None:
            offset, size = section["sh_offset"], section["sh_size"]
            if size % word_bytes:
                raise ImageError(f"has a section {SECTION} of {size} bytes, a word has "
                                 f"{word_bytes}")
            return list(range(offset, offset + size, word_bytes))
        found = []
        for segment in elf.iter_segments():
            if segment["p_type"] == "PT_LOAD":
                found += [segment["p_offset"] + offset
                          for offset in occurrences(segment.data(), magic)]
        return found


class HexImage:
    """Intel HEX: bytes at addresses, in records each with a checksum of its own."""

    name = "Intel HEX"
    DATA, END, SEGMENT, START_SEGMENT, LINEAR, START_LINEAR = range(6)

    def __init__(self, data: bytes):
        self.lines = data.splitlines(keepends=True)
        self.home = {}  # address -> (line index, index of the byte within the record)
        self._parse()

    @staticmethod
    def _record(line: bytes, number: int) -> bytearray:
        text = line.strip()
        if text[:1] != b":":
            raise ImageError(f"line {number} does not start with ':'")
        try:
            record = bytearray.fromhex(text[1:].decode("ascii"))
        except ValueError:
            raise ImageError(f"line {number} is not made of pairs of hex digits") from None
        if len(record) < 5 or len(record) != record[0] + 5:
            raise ImageError(f"line {number} is cut off or too long: its record says "
                             f"{record[0] if record else 0} data bytes")
        if sum(record) & 0xFF:
            raise ImageError(f"line {number} is damaged: the record's checksum is wrong")
        return record

    def _parse(self):
        base = 0
        ended = False
        for index, line in enumerate(self.lines):
            if not line.strip():
                continue
            if ended:
                raise ImageError(f"line {index + 1} comes after the end record")
            record = self._record(line, index + 1)
            kind, payload = record[3], record[4:-1]
            if kind in (self.SEGMENT, self.LINEAR) and len(payload) != 2:
                raise ImageError(f"line {index + 1} is an address record without 2 bytes")
            if kind == self.DATA:
                self._take_data(index, base + (record[1] << 8 | record[2]), len(payload))
            elif kind == self.END:
                ended = True
            elif kind == self.SEGMENT:
                base = int.from_bytes(payload, "big") << 4
            elif kind == self.LINEAR:
                base = int.from_bytes(payload, "big") << 16
            elif kind not in (self.START_SEGMENT, self.START_LINEAR):
                raise ImageError(f"line {index + 1} has unknown record type {kind}")
        if not ended:
            raise ImageError(f"is cut off: no end record in {len(self.lines)} lines")

    def _take_data(self, index, address, count):
        for i in range(count):
            if address + i in self.home:
                raise ImageError(f"line {index + 1} writes address {address + i:#x} a second time")
            self.home[address + i] = (index, 4 + i)

    def _byte(self, address):
        index, position = self.home[address]
        text = self.lines[index].strip()
        return int(text[1 + 2 * position:3 + 2 * position], 16)

    def find(self, magic: bytes, _word_bytes: int) -> List[int]:
        found = []
        run_start, run = None, bytearray()
        for address in sorted(self.home) + [None]:
            if run_start is not None and address == run_start + len(run):
                run.append(self._byte(address))
                continue
            found += [run_start + offset for offset in occurrences(run, magic)]
            if address is not None:
                run_start, run = address, bytearray([self._byte(address)])
        return found

    def read(self, address: int, count: int) -> bytes:
        try:
            return bytes(self._byte(address + i) for i in range(count))
        except KeyError:
            raise ImageError("ends in the middle of its config word") from None

    def write(self, address: int, part: bytes):
        for i, value in enumerate(part):
            index, position = self.home[address + i]
            if self._byte(address + i) != value:
                self._set(index, position, value)
                record = bytes.fromhex(self.lines[index].strip()[1:].decode("ascii"))
                self._set(index, len(record) - 1, -sum(record[:-1]) & 0xFF)

    def _set(self, index, position, value):
        line = self.lines[index]
        start = line.index(b":") + 1 + 2 * position
        digits = b"%02X" % value
        if line != line.upper():
            digits = digits.lower()
        self.lines[index] = line[:start] + digits + line[start + 2:]

    def place(self, address: int) -> str:
        return f"address {address:#x}, line {self.home[address][0] + 1}"

    def file_bytes(self) -> bytes:
        return b"".join(self.lines)


def open_image(data: bytes):
    """Tells the format by the file's first bytes; raises ImageError iff it is a damaged one."""
    if data[:4] == b"\x7fELF":
        return ElfImage(data)
    if re.match(rb"\s*:[0-9A-Fa-f]{2}", data):
        return HexImage(data)
    return RawImage(data)
