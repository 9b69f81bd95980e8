# SPDX-License-Identifier: MIT
"""Damages files: as a bad cable, a full disk, an editor, or somebody who means it. All by the caller's dice."""

import re
import struct
import zlib

NUMBERS = (0, 1, 2, 4, 7, 8, 0x20, 0x7F, 0x80, 0xFF, 0x100, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFF)
WORDS = (b"", b" ", b"\n", b"\r\n", b"\0", b"#", b":", b"-1", b"+1", b"0x", b"1e9", b"99999999999", b"4294967296", b"\xff\xfe",
         "\u00b2".encode(), "\u0663".encode(), b"%s", b"nan", b"../../x", b"_" * 300)
ELF_HEADER_BYTES, PROGRAM_HEADERS = 52, (52, 52 + 3 * 32)
TRACE_HEADER_BYTES = 32


def place(dice, data, hot):
    """An offset: nearly always in one of the hot ranges, if there are any."""
    ranges = [(low, min(high, len(data))) for low, high in hot if low < len(data)]
    if ranges and dice.random() < 0.8:
        low, high = dice.choice(ranges)
        return dice.randrange(low, high)
    return dice.randrange(len(data))


def flip(dice, data, hot):
    data[place(dice, data, hot)] ^= 1 << dice.randrange(8)


def set_byte(dice, data, hot):
    data[place(dice, data, hot)] = dice.choice((0, 0xFF, 0x7F, 0x80, dice.randrange(256)))


def set_number(dice, data, hot):
    width, form = dice.choice(((2, "<H"), (4, "<I")))
    at = place(dice, data, hot) // width * width
    if at + width <= len(data):
        struct.pack_into(form, data, at, dice.choice(NUMBERS) & (1 << 8 * width) - 1)


def add_to_number(dice, data, hot):
    at = place(dice, data, hot) // 4 * 4
    if at + 4 <= len(data):
        value = struct.unpack_from("<I", data, at)[0] + dice.choice((-8, -4, -1, 1, 4, 8, 20, 4096))
        struct.pack_into("<I", data, at, value & 0xFFFFFFFF)


def cut_out(dice, data, hot):
    at = place(dice, data, hot)
    del data[at:at + dice.choice((1, 2, 4, 20, 100, 1000))]


def cut_off(dice, data, hot):
    del data[place(dice, data, hot):]


def repeat(dice, data, hot):
    at = place(dice, data, hot)
    data[at:at] = data[at:at + dice.choice((1, 4, 16, 32, 200))]


def insert_word(dice, data, hot):
    at = place(dice, data, hot)
    data[at:at] = dice.choice(WORDS)


def move_part(dice, data, hot):
    at, to, count = place(dice, data, hot), place(dice, data, hot), dice.choice((4, 16, 40))
    data[to:to + count] = data[at:at + count]


BYTES = (flip, set_byte, set_number, add_to_number, cut_out, cut_off, repeat, insert_word, move_part)


def change_text_number(dice, data, _hot):
    """A number of a text becomes another."""
    numbers = list(re.finditer(rb"0x[0-9a-fA-F]+|\d+", data))
    if numbers:
        match, value = dice.choice(numbers), dice.choice(NUMBERS)
        is_hex = match.group().startswith(b"0x")
        data[match.start():match.end()] = f"{value:#x}".encode() if is_hex else str(value).encode()


def change_lines(dice, data, _hot):
    """A line is gone, there twice, or elsewhere."""
    lines = bytes(data).splitlines(keepends=True)
    if len(lines) > 1:
        index = dice.randrange(len(lines))
        line = lines[index] if dice.random() < 0.5 else lines.pop(index)
        if dice.random() < 0.7:
            lines.insert(dice.randrange(len(lines) + 1), line)
        data[:] = b"".join(lines)


TEXT = (change_text_number, change_lines, *BYTES)


def elf_hot(data):
    """Where an ELF file says how it is made: its header, the segments', the sections', symbols and attributes."""
    hot = [(0, ELF_HEADER_BYTES), PROGRAM_HEADERS]
    if len(data) >= ELF_HEADER_BYTES:
        table, = struct.unpack_from("<I", data, 32)
        size, count = struct.unpack_from("<HH", data, 46)
        hot.append((table, table + size * count))
        for section in range(count):
            at = table + section * size
            if at + 40 <= len(data):
                kind, _, _, offset, length = struct.unpack_from("<IIIII", data, at + 4)
                if kind in (2, 3, 0x70000003):  # symbols, names, attributes
                    hot.append((offset, offset + length))
    return hot


def mend_hex(data):
    """Each record that still is one gets the checksum that it must have."""
    def mended(match):
        digits = match.group(1)[:len(match.group(1)) // 2 * 2]
        record = bytes.fromhex(digits.decode("ascii"))[:-1]
        return b":" + (record + bytes([-sum(record) & 0xFF])).hex().upper().encode()

    data[:] = re.sub(rb":([0-9A-Fa-f]{4,})", mended, bytes(data))


def mend_trace(data):
    """Lengths and checksums are what they must be for the bytes that are there."""
    if len(data) >= TRACE_HEADER_BYTES:
        data[:6] = b"OBMT\1\0"
        title_bytes, = struct.unpack_from("<H", data, 6)
        body = bytes(data[TRACE_HEADER_BYTES:])
        struct.pack_into("<H", data, 6, min(title_bytes, len(body)))
        struct.pack_into("<I", data, 20, len(body) - min(title_bytes, len(body)))
        struct.pack_into("<I", data, 24, zlib.crc32(body))
        struct.pack_into("<I", data, 28, zlib.crc32(bytes(data[:28])))


# What each kind of file is damaged by, where, and what makes it plausible again.
KINDS = {
    "elf": (BYTES, elf_hot, None),
    "bin": (BYTES, lambda data: [], None),
    "hex": (TEXT, lambda data: [], mend_hex),
    "map": (TEXT, lambda data: [], None),
    "obmt": (BYTES, lambda data: [(0, TRACE_HEADER_BYTES)], mend_trace),
    "trace": (TEXT, lambda data: [], None),
    "log": (TEXT, lambda data: [], None),
}


def mutated(dice, kind, original):
    """The bytes, damaged in one to six places."""
    ways, hot_of, mend = KINDS[kind]
    data = bytearray(original)
    hot = hot_of(data)
    for _ in range(dice.choice((1, 1, 1, 2, 3, 6))):
        if data:
            dice.choice(ways)(dice, data, hot)
    if mend and dice.random() < 0.6:
        mend(data)
    return bytes(data)
