# SPDX-License-Identifier: MIT
"""A linked Cortex-M firmware as its ELF file describes it: sections, symbols, bytes at addresses."""

import bisect
import collections
import io
import re
import struct

try:
    from elftools.elf.elffile import ELFFile
    from elftools.elf.sections import ARMAttributesSection, SymbolTableSection
except ImportError:
    ELFFile = None

WRITABLE, ALLOCATED, EXECUTABLE = 1, 2, 4  # sh_flags
ARM, THUMB, DATA = "$a", "$t", "$d"  # mapping symbols: what the bytes from here on are

Section = collections.namedtuple("Section", "name address size flags in_file data load_address")
Symbol = collections.namedtuple("Symbol", "name address size kind is_global file")
Segment = collections.namedtuple("Segment", "address load_address file_bytes memory_bytes")


class ImageError(Exception):
    """A sentence that says why a file cannot be read as a firmware."""


def _refuse_other_formats(data):
    if not data:
        raise ImageError("is empty")
    if data[:8] == b"!<arch>\n":
        raise ImageError("is an archive of object files, not a linked firmware")
    if data[:4] != b"\x7fELF":
        raise ImageError("is no ELF file; wanted is the .elf that the linker wrote, not a .bin or .hex")
    if len(data) < 20:
        raise ImageError(f"is an ELF file that is cut off after {len(data)} bytes")
    if data[4] == 2:
        raise ImageError("is an ELF file for 64 bits; a Cortex-M has 32")
    if data[5] == 2:
        raise ImageError("is a big-endian ELF file; this tool knows little-endian firmwares only")


def _refuse_other_machines(elf):
    if elf["e_machine"] != "EM_ARM":
        raise ImageError(f"is for another machine ({elf['e_machine']}), not for Arm")
    if elf["e_type"] == "ET_REL":
        raise ImageError("is an object file; wanted is the firmware that it is linked into")
    if elf["e_type"] != "ET_EXEC":
        raise ImageError(f"is no executable ({elf['e_type']}); wanted is a linked firmware")
    if any(segment["p_type"] == "PT_INTERP" for segment in elf.iter_segments()):
        raise ImageError("is a program for an operating system: it wants an interpreter")


class Firmware:
    """The contents of one file. Raises ImageError iff it is no whole, linked Cortex-M firmware.

    sections: those that occupy memory, by address. symbols: empty iff the file was stripped.
    """

    def __init__(self, data):
        _refuse_other_formats(data)
        if ELFFile is None:
            raise ImageError("cannot be read: the Python module elftools is missing; Debian: "
                             "python3-pyelftools")
        try:
            self._read(ELFFile(io.BytesIO(data)), len(data))
        except ImageError:
            raise
        except Exception as error:  # pyelftools raises whatever a damaged file trips it into
            raise ImageError(f"is a damaged ELF file ({error or type(error).__name__})") from None

    def _read(self, elf, file_bytes):
        _refuse_other_machines(elf)
        self.profile, self.architecture = self._attributes(elf)
        if self.profile not in ("M", None):
            raise ImageError(f"is for a CPU of profile {self.profile}, not for a Cortex-M")
        self.segments = []
        for segment in elf.iter_segments():
            if segment["p_type"] == "PT_LOAD":
                if segment["p_offset"] + segment["p_filesz"] > file_bytes:
                    raise ImageError(f"is cut off: it has {file_bytes:,} bytes, and a segment reaches "
                                     f"to {segment['p_offset'] + segment['p_filesz']:,}")
                self.segments.append(Segment(segment["p_vaddr"], segment["p_paddr"],
                                             segment["p_filesz"], segment["p_memsz"]))
        if not self.segments:
            raise ImageError("has no segment to load: nothing of it would be in the flash")
        self.sections, tables, in_memory = [], [], set()
        for number, section in enumerate(elf.iter_sections()):
            if section["sh_flags"] & ALLOCATED:
                in_memory.add(number)
            if isinstance(section, SymbolTableSection) and section.name == ".symtab":
                tables.append(section)
            if section["sh_flags"] & ALLOCATED and section["sh_size"]:
                self._add_section(section, file_bytes)
        if not self.sections:
            self._take_segments(elf)
        self.sections.sort(key=lambda section: section.address)
        self._starts = [section.address for section in self.sections]
        self._read_symbols(tables, in_memory)
        self.entry = elf["e_entry"]

    @staticmethod
    def _attributes(elf):
        """(profile, architecture) of .ARM.attributes, None for what is not said."""
        profile = architecture = None
        for section in elf.iter_sections():
            if not isinstance(section, ARMAttributesSection):
                continue
            try:
                for subsection in section.iter_subsections():
                    for part in subsection.iter_subsubsections():
                        for attribute in part.iter_attributes():
                            if attribute.tag == "TAG_CPU_ARCH_PROFILE":
                                profile = {0x4D: "M", 0x41: "A", 0x52: "R"}.get(attribute.value)
                            elif attribute.tag == "TAG_CPU_ARCH":
                                architecture = attribute.value
            except Exception:  # pyelftools knows no tags of ARMv8-M, which come behind these two
                pass
        return profile, architecture

    def _add_section(self, section, file_bytes):
        in_file = section["sh_type"] != "SHT_NOBITS"
        if section["sh_addr"] + section["sh_size"] > 1 << 32:
            raise ImageError(f"is damaged: section {section.name} reaches beyond 4 GiB")
        if in_file and section["sh_offset"] + section["sh_size"] > file_bytes:
            raise ImageError(f"is cut off: it has {file_bytes:,} bytes, and section {section.name} "
                             f"reaches to {section['sh_offset'] + section['sh_size']:,}")
        load = section["sh_addr"]
        for segment in self.segments:
            if segment.address <= section["sh_addr"] < segment.address + segment.memory_bytes:
                load += segment.load_address - segment.address
                break
        self.sections.append(Section(section.name, section["sh_addr"], section["sh_size"],
                                     section["sh_flags"], in_file,
                                     section.data() if in_file else b"", load))

    def _take_segments(self, elf):
        """For a file without section headers: what is loaded, as sections."""
        for number, segment in enumerate(elf.iter_segments()):
            if segment["p_type"] != "PT_LOAD":
                continue
            flags = ALLOCATED | (EXECUTABLE if segment["p_flags"] & 1 else 0) | \
                (WRITABLE if segment["p_flags"] & 2 else 0)
            data, address, load = segment.data(), segment["p_vaddr"], segment["p_paddr"]
            rest = segment["p_memsz"] - len(data)
            if data:
                self.sections.append(Section(f"segment {number}", address, len(data), flags, True, data, load))
            if rest > 0:
                self.sections.append(Section(f"segment {number}", address + len(data), rest, flags, False, b"",
                                             load + len(data)))

    def _read_symbols(self, tables, in_memory):
        self.symbols, marks, file = [], {}, None
        for table in tables:
            for entry in table.iter_symbols():
                kind, bind = entry["st_info"]["type"], entry["st_info"]["bind"]
                if kind == "STT_FILE":
                    file = entry.name
                elif entry["st_shndx"] != "SHN_ABS" and entry["st_shndx"] not in in_memory:
                    continue  # undefined; or debug information's, whose addresses are none
                elif entry.name[:2] in (ARM, THUMB, DATA) and entry.name[2:3] in ("", "."):
                    marks[entry["st_value"]] = (entry.name[:2], file)
                elif entry.name and kind in ("STT_FUNC", "STT_OBJECT", "STT_NOTYPE"):
                    is_global = bind != "STB_LOCAL"
                    self.symbols.append(Symbol(entry.name, entry["st_value"], entry["st_size"], kind,
                                               is_global, None if is_global else file))
        self._mark_starts = sorted(marks)
        self._marks = [marks[start] for start in self._mark_starts]
        self.by_name = {}
        for symbol in self.symbols:
            if symbol.is_global or symbol.name not in self.by_name:
                self.by_name[symbol.name] = symbol

    @property
    def is_stripped(self):
        """Whether names, or what tells code from constants, are missing."""
        return not self._marks or not any(symbol.kind == "STT_FUNC" for symbol in self.symbols)

    def value(self, *names):
        """(name, value) of the first of the names that is defined, else None."""
        for name in names:
            if name in self.by_name:
                return name, self.by_name[name].address
        return None

    def section_at(self, address):
        """The section that holds the address, or None."""
        index = bisect.bisect_right(self._starts, address) - 1
        for section in self.sections[max(index, 0)::-1][:4]:
            if section.address <= address < section.address + section.size:
                return section
        return None

    def bytes_at(self, address, count):
        """What the image has there, shorter than `count` where it ends."""
        section = self.section_at(address)
        if section is None or not section.in_file:
            return b""
        return section.data[address - section.address:address - section.address + count]

    def word_at(self, address):
        part = self.bytes_at(address, 4)
        return struct.unpack("<I", part)[0] if len(part) == 4 else None

    def mark_at(self, address):
        """(ARM, THUMB or DATA; the source file) that the mapping symbols say, (None, None) if nothing."""
        index = bisect.bisect_right(self._mark_starts, address) - 1
        return self._marks[index] if index >= 0 else (None, None)

    def next_mark(self, address):
        """The address at which the answer of mark_at changes next."""
        index = bisect.bisect_right(self._mark_starts, address)
        return self._mark_starts[index] if index < len(self._mark_starts) else 1 << 32

    def source_of(self, address):
        """The name of the source file whose code lies at the address, or None. The linker keeps it in a
        local symbol, not the folder."""
        return self.mark_at(address & ~1)[1]

    def is_code(self, address):
        section = self.section_at(address)
        return section is not None and bool(section.flags & EXECUTABLE)

    def occurrences(self, pattern):
        """The addresses at which sections hold the bytes."""
        return [section.address + match.start() for section in self.sections if section.in_file
                for match in re.finditer(re.escape(pattern), section.data)]

    def vectors(self):
        """(address, initial stack pointer, reset handler) of the vector table, or None: the lowest place in
        the flash, or one of the usual sections, whose second word is a Thumb address of code."""
        named = [section.address for section in self.sections
                 if re.search(r"vector|isr|^\.?(boot|reset)", section.name, re.IGNORECASE)]
        first = sorted(section.address for section in self.sections if section.in_file)[:1]
        for address in named + first:
            stack, reset = self.word_at(address), self.word_at(address + 4)
            if stack and reset and reset & 1 and stack % 4 == 0 and self.is_code(reset & ~1):
                return address, stack, reset
        return None
