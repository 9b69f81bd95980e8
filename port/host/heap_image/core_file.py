# SPDX-License-Identifier: MIT
"""Writes memory and registers as an ELF core file, which gdb and memory.of_file read."""

import struct

from . import elf

HEADER_BYTES, SEGMENT_BYTES = elf.HEADER.size, elf.SEGMENT.size
READABLE, WRITABLE_SEGMENT = 4, 2
REGISTERS_OFFSET, STATUS_BYTES = 72, 148
NT_PRSTATUS = 1


def status_note(registers):
    """A note that says what the registers r0..r15, xPSR were."""
    status = bytearray(STATUS_BYTES)
    struct.pack_into(f"<{len(registers)}I", status, REGISTERS_OFFSET, *registers)
    return struct.pack("<III8s", 5, STATUS_BYTES, NT_PRSTATUS, b"CORE") + bytes(status)


def core_bytes(parts, registers=()):
    """The file's bytes. parts: [(address, bytes)]; registers: up to 17 words."""
    note = status_note(registers) if registers else b""
    count = len(parts) + bool(note)
    offset = HEADER_BYTES + count * SEGMENT_BYTES
    headers, contents = [], []
    if note:
        headers.append(elf.SEGMENT.pack(elf.NOTE, offset, 0, 0, len(note), 0, 0, 4))
        contents.append(note)
        offset += len(note)
    for address, data in parts:
        headers.append(elf.SEGMENT.pack(elf.LOAD, offset, address, address, len(data), len(data),
                                        READABLE | WRITABLE_SEGMENT, 1))
        contents.append(data)
        offset += len(data)
    identity = b"\x7fELF\x01\x01\x01" + bytes(9)
    header = elf.HEADER.pack(identity, elf.CORE, elf.MACHINE_ARM, 1, 0, HEADER_BYTES, 0, 0x05000000, HEADER_BYTES,
                             SEGMENT_BYTES, count, 0, 0, 0)
    return b"".join([header, *headers, *contents])
