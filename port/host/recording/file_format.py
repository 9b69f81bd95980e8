# SPDX-License-Identifier: MIT
"""Reads the bytes of a recording, a file that was sent out or a dump of the ring, into operations."""

import pathlib
import struct
from typing import Dict, List, NamedTuple, Optional

MAGIC = b"OBMR"
VERSION = 1
HEADER = struct.Struct("<4sHHHHIIIIIIIII16x")
HEADER_BYTES = HEADER.size
CALLER = struct.Struct("<II")
BLOCK_HEADER = struct.Struct("<IIII")
BLOCK_BYTES_MIN, BLOCK_BYTES_MAX = 64, 65536
CALLER_COUNT_MAX = 128
POOLS_SERVE, STREAM, TICKS = 1, 2, 4  # flags of the header

FREE, MALLOC, CALLOC, MEMALIGN, REALLOC, REALLOC_BEGINS, OTHER = range(1, 8)
KIND_NAMES = {FREE: "free", MALLOC: "malloc", CALLOC: "calloc", MEMALIGN: "memalign", REALLOC: "realloc"}
NULL, UNALIGNED, NEW_CALLER, MOVED, RESERVED = 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7
OTHER_CALLER, OTHER_FORGOTTEN, OTHER_END = 1 << 3, 2 << 3, 3 << 3
WRITTEN_OUT = 255
TICK_PERIOD_UNKNOWN = 0


class RecordingError(Exception):
    """A sentence that says what is wrong with a recording, and where."""


class Operation(NamedTuple):
    """One call, or one of the two things beside calls (REALLOC_BEGINS, OTHER: blocks are forgotten)."""
    kind: int
    ordinal: int  # operations before it since recording began, lost ones among them
    tick: int  # since recording began; 0 in a recording without times
    caller: int  # where the call returns to
    address: int  # the block; of REALLOC the old one; 0 = it failed; of OTHER the start
    bytes: int  # as asked for; 0 for FREE; of OTHER how many, from the start
    result: int  # what the call returned, 0 = NULL; 0 for FREE
    alignment: int = 0  # of MEMALIGN


class Totals(NamedTuple):
    """What the firmware itself counted, at the recording's end."""
    operations: int
    failures: int
    lost: int


class Recording(NamedTuple):
    name: str
    operations: List[Operation]
    callers: Dict[int, int]  # {address: the four bytes of code before it, 0 = not known}
    totals: Optional[Totals]  # None = the firmware did not say that it ended
    first: int  # operations before the first one that is here
    gaps: int  # operations that are missing between the first one and the last
    pools_serve: bool
    is_stream: bool
    has_ticks: bool
    tick_period_ps: int  # 0 = not known
    arena: tuple  # (start, end), both 0 = none
    region: tuple
    malloc_address: int
    free_address: int
    file_bytes: int

    @property
    def is_whole(self):
        """Whether everything from the first operation on is here."""
        return self.first == 0 and self.gaps == 0

    @property
    def seconds_per_tick(self):
        """None = not known."""
        return self.tick_period_ps * 1e-12 if self.tick_period_ps and self.has_ticks else None


def is_recording(data):
    return data[:len(MAGIC)] == MAGIC


class _Block:
    """The entries of one block. Raises RecordingError, without a file's name, where they make no sense."""

    def __init__(self, data, reader):
        self.data = data
        self.offset = BLOCK_HEADER.size
        self.number, self.first, self.tick, self.address = BLOCK_HEADER.unpack_from(data)
        self.reader = reader
        self.last_callers = {}

    def byte(self):
        if self.offset == len(self.data):
            raise RecordingError("an entry goes beyond the block's end")
        self.offset += 1
        return self.data[self.offset - 1]

    def word(self):
        return self.byte() | self.byte() << 8 | self.byte() << 16 | self.byte() << 24

    def number_(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                if value > 0xFFFFFFFF:
                    raise RecordingError("a number does not fit in 32 bits")
                return value
            if shift >= 35:
                raise RecordingError("a number does not fit in 32 bits")

    def distance(self, base):
        coded = self.number_()
        granules = -(coded + 1) // 2 if coded & 1 else coded // 2
        return ((base >> 3) + granules << 3) & 0xFFFFFFFF

    def caller(self, kind, flags):
        if flags & NEW_CALLER:
            index = self.byte()
            if index == WRITTEN_OUT:
                self.last_callers[kind] = self.word()
            elif index in self.reader.table:
                self.last_callers[kind] = self.reader.table[index]
            else:
                raise RecordingError(f"caller {index} was not introduced")
        if kind not in self.last_callers:
            raise RecordingError("the first operation of a kind names no caller")
        return self.last_callers[kind]

    def entries(self):
        """Appends to the reader's operations until the block ends."""
        ordinal, tick, start_tick = self.first, self.reader.tick, self.tick
        if self.reader.has_ticks:
            tick += (start_tick - self.reader.raw_tick) & 0xFFFFFFFF
        while self.offset < len(self.data) and self.data[self.offset] != 0:
            tag = self.byte()
            kind, flags = tag & 7, tag & ~7
            if kind == OTHER:
                self.other(flags, ordinal, tick)
                continue
            if flags & RESERVED or kind == 0:
                raise RecordingError(f"there is no entry of kind {tag:#04x}")
            caller = self.caller(kind, flags) if kind != REALLOC_BEGINS else 0
            address = result = alignment = size_bytes = 0
            if kind >= REALLOC or not flags & NULL:
                low = self.byte() if flags & UNALIGNED else 0
                address = self.distance(self.address) + (low & 7)
                self.address = address
            if kind == REALLOC_BEGINS:
                self.reader.operations.append(Operation(kind, ordinal, tick, 0, address, 0, 0))
                continue
            if kind == REALLOC:
                result = self.distance(address) if flags & MOVED else address
                self.address = result
                result = 0 if flags & NULL else result
            elif kind != FREE:
                result = address
            if kind == MEMALIGN:
                alignment = self.number_()
            if kind != FREE:
                size_bytes = self.number_()
            if self.reader.has_ticks:
                step = self.number_()
                tick += step
                start_tick += step
            self.reader.operations.append(
                Operation(kind, ordinal, tick, caller, address, size_bytes, result, alignment))
            ordinal += 1
        self.reader.tick, self.reader.raw_tick = tick, start_tick & 0xFFFFFFFF
        self.reader.next_ordinal = ordinal

    def other(self, flags, ordinal, tick):
        if flags == OTHER_CALLER:
            index, address, code = self.byte(), self.word(), self.word()
            self.reader.table[index] = address
            self.reader.callers[address] = code
        elif flags == OTHER_FORGOTTEN:
            start, end = self.word(), self.word()
            self.reader.operations.append(
                Operation(OTHER, ordinal, tick, 0, start, (end - start) & 0xFFFFFFFF, 0))
        elif flags == OTHER_END:
            self.reader.totals = Totals(self.word(), self.word(), self.word())
        else:
            raise RecordingError(f"there is no entry of kind {OTHER | flags:#04x}")


class _Reader:
    """What is carried from block to block."""

    def __init__(self, has_ticks):
        self.operations = []
        self.table, self.callers = {}, {}
        self.totals = None
        self.has_ticks = has_ticks
        self.tick = self.raw_tick = 0
        self.next_ordinal = None
        self.gaps = 0


def _header(data, name):
    if not is_recording(data):
        what = "is empty" if not data else "is no recording: it does not start with OBMR"
        raise RecordingError(f"{name}: {what}")
    if len(data) < HEADER_BYTES:
        raise RecordingError(f"{name}: is cut off in its header: {len(data)} of {HEADER_BYTES} bytes")
    header = HEADER.unpack_from(data)
    version, header_bytes, block_bytes, caller_count = header[1:5]
    if version != VERSION:
        raise RecordingError(f"{name}: has format version {version}; known is {VERSION}")
    if (header_bytes != HEADER_BYTES or block_bytes % 4 or not BLOCK_BYTES_MIN <= block_bytes <= BLOCK_BYTES_MAX
            or caller_count & (caller_count - 1) or not 0 < caller_count <= CALLER_COUNT_MAX):
        raise RecordingError(f"{name}: its header is damaged: there are no blocks of {block_bytes} bytes behind a header "
                             f"of {header_bytes} and {caller_count} callers")
    return header


def _blocks(data, front_bytes, block_bytes, block_count, is_stream, name):
    """The blocks in the order in which they were written."""
    rest = len(data) - front_bytes
    if rest < 0:
        raise RecordingError(f"{name}: is cut off in its table of callers: {len(data)} of {front_bytes} bytes")
    if rest % block_bytes and not (not is_stream and rest > block_count * block_bytes):
        raise RecordingError(f"{name}: is cut off in block {rest // block_bytes + 1}, which has {rest % block_bytes} of "
                             f"{block_bytes} bytes")
    if not is_stream and rest < block_count * block_bytes:
        raise RecordingError(f"{name}: is cut off: {rest // block_bytes} of {block_count} blocks are there")
    count = rest // block_bytes if is_stream else block_count
    found = [data[front_bytes + i * block_bytes:front_bytes + (i + 1) * block_bytes] for i in range(count)]
    numbered = [(BLOCK_HEADER.unpack_from(block)[0], block) for block in found]
    numbered = [(number, block) for number, block in numbered if number != 0]
    if not is_stream:
        numbered.sort(key=lambda pair: pair[0])
    for (number, _), (following, _) in zip(numbered, numbered[1:]):
        if following != number + 1:
            raise RecordingError(f"{name}: block {following} follows block {number}: a part is missing, or it is damaged")
    return numbered


def decode(data, name, partial=False):
    """Reads a recording. Raises RecordingError unless every byte of it makes sense.

    partial: take one that was sent out and has no end, because the firmware crashed or still runs, too.
    """
    (_, _, _, block_bytes, caller_count, block_count, flags, tick_period_ps, arena_start, arena_end, region_start,
     region_end, malloc_address, free_address) = _header(data, name)
    is_stream = bool(flags & STREAM)
    front_bytes = HEADER_BYTES + caller_count * CALLER.size
    if is_stream and partial and len(data) > front_bytes:
        data = data[:len(data) - (len(data) - front_bytes) % block_bytes]
    numbered = _blocks(data, front_bytes, block_bytes, block_count, is_stream, name)
    reader = _Reader(bool(flags & TICKS))
    if not is_stream:
        for index in range(caller_count):
            address, code = CALLER.unpack_from(data, HEADER_BYTES + index * CALLER.size)
            if address:
                reader.table[index] = address
                reader.callers[address] = code
    first = None
    for number, bytes_of_block in numbered:
        block = _Block(bytes_of_block, reader)
        if first is None:
            first = block.first
            reader.raw_tick = block.tick
        elif block.first < reader.next_ordinal:
            raise RecordingError(f"{name}: block {number} begins with operation {block.first}, and the one before ends "
                                 f"with {reader.next_ordinal - 1}: it is damaged")
        else:
            reader.gaps += block.first - reader.next_ordinal
        try:
            block.entries()
        except RecordingError as error:
            raise RecordingError(f"{name}: block {number}, byte {block.offset}: {error}: it is damaged") from None
    if is_stream and reader.totals is None and not partial:
        raise RecordingError(f"{name}: has no end: after {len(reader.operations)} operations the firmware crashed, or still "
                             "runs, or the file was cut off (PARTIAL=1 takes what is there)")
    return Recording(name, reader.operations, reader.callers, reader.totals, first or 0, reader.gaps,
                     bool(flags & POOLS_SERVE), is_stream, bool(flags & TICKS), tick_period_ps,
                     (arena_start, arena_end), (region_start, region_end), malloc_address, free_address, len(data))


def load(path, partial=False):
    """Reads a file as decode() does."""
    try:
        data = pathlib.Path(path).read_bytes()
    except OSError as error:
        raise RecordingError(f"{path}: {error.strerror}") from None
    return decode(data, str(path), partial)
