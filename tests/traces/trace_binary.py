# SPDX-License-Identifier: MIT
"""The compact form of a trace, which a board can stream. README.md here describes the bytes."""

import struct
import zlib

from trace_text import (ALIGNED, FREE, LETTER_OF, SIZE_BYTES_MAX, SLOT_COUNT_MAX, Operation,
                        SlotStates, Trace, TraceError, title_of)

MAGIC = b"OBMT"
VERSION = 1
# magic, version, title bytes, operations, slots, peak live bytes, bytes of operations, CRC of body
HEADER = struct.Struct("<4sHHIIIII")
HEADER_CRC = struct.Struct("<I")
HEADER_BYTES = HEADER.size + HEADER_CRC.size
TITLE_BYTES_MAX = 200
KIND_BITS = 3


def append_varint(out, value):
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def encode(trace: Trace) -> bytes:
    operations = bytearray()
    previous_slot = 0
    for operation in trace.operations:
        step = operation.slot - previous_slot
        previous_slot = operation.slot
        zigzag = step * 2 if step >= 0 else -step * 2 - 1
        append_varint(operations, zigzag << KIND_BITS | operation.kind)
        if operation.kind == ALIGNED:
            operations.append(operation.alignment_bytes.bit_length() - 1)
        if operation.kind != FREE:
            append_varint(operations, operation.size_bytes)
    title = trace.title.encode("utf-8")[:TITLE_BYTES_MAX].decode("utf-8", "ignore").encode("utf-8")
    body = title + bytes(operations)
    header = HEADER.pack(MAGIC, VERSION, len(title), len(trace.operations), trace.slot_count,
                         trace.peak_live_bytes, len(operations), zlib.crc32(body))
    return header + HEADER_CRC.pack(zlib.crc32(header)) + body


class Reader:
    """Takes numbers from the bytes of the operations, and knows where it is."""

    def __init__(self, data, offset):
        self.data = data
        self.offset = offset

    def byte(self):
        if self.offset == len(self.data):
            raise TraceError("the operations end in the middle of one")
        self.offset += 1
        return self.data[self.offset - 1]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if value > SIZE_BYTES_MAX or shift > 35:
                raise TraceError("a number does not fit in 32 bits")
            if byte < 0x80:
                return value

    def operation(self, previous_slot):
        word = self.varint()
        kind = word & (1 << KIND_BITS) - 1
        if kind not in LETTER_OF:
            raise TraceError(f"operation code {kind} is unknown")
        zigzag = word >> KIND_BITS
        slot = previous_slot + (-(zigzag + 1) // 2 if zigzag & 1 else zigzag // 2)
        alignment_bytes = 0
        if kind == ALIGNED:
            exponent = self.byte()
            if exponent > 31:
                raise TraceError(f"alignment 2^{exponent} does not fit in 32 bits")
            alignment_bytes = 1 << exponent
        return Operation(kind, slot, 0 if kind == FREE else self.varint(), alignment_bytes)


def decode(data: bytes, name: str) -> Trace:
    """Reads the compact form; raises TraceError unless every byte of it is right."""
    if data[:len(MAGIC)] != MAGIC:
        raise TraceError(f"{name}: is not a binary trace: it does not start with {MAGIC.decode()}")
    if len(data) < HEADER_BYTES:
        raise TraceError(f"{name}: is cut off in its header: {len(data)} of {HEADER_BYTES} bytes")
    (_, version, title_bytes, operation_count, slot_count, peak_live_bytes, operations_bytes,
     body_crc) = HEADER.unpack_from(data)
    if version != VERSION:
        raise TraceError(f"{name}: has format version {version}; known is {VERSION}")
    if HEADER_CRC.unpack_from(data, HEADER.size)[0] != zlib.crc32(data[:HEADER.size]):
        raise TraceError(f"{name}: its header is damaged: checksum differs")
    expected_bytes = HEADER_BYTES + title_bytes + operations_bytes
    if len(data) != expected_bytes:
        what = "is cut off" if len(data) < expected_bytes else "has bytes after its end"
        raise TraceError(f"{name}: {what}: {len(data)} bytes, its header says {expected_bytes}")
    if zlib.crc32(data[HEADER_BYTES:]) != body_crc:
        raise TraceError(f"{name}: its operations are damaged: checksum differs")
    if not 0 < slot_count <= SLOT_COUNT_MAX:
        raise TraceError(f"{name}: slot count {slot_count} is outside 1..{SLOT_COUNT_MAX}")

    operations = []
    states = SlotStates()
    reader = Reader(data, HEADER_BYTES + title_bytes)
    slot = 0
    while len(operations) < operation_count:
        offset = reader.offset
        try:
            operation = reader.operation(slot)
            states.apply(operation)
        except TraceError as error:
            raise TraceError(f"{name}: operation {len(operations)} at byte {offset}: {error}") \
                from None
        slot = operation.slot
        operations.append(operation)
    if (reader.offset != len(data) or states.slot_count != slot_count
            or states.peak_live_bytes != peak_live_bytes):
        raise TraceError(f"{name}: its header does not describe its operations")
    title = title_of(data[HEADER_BYTES:HEADER_BYTES + title_bytes].decode("utf-8", "replace"))
    return Trace(title, operations, slot_count, peak_live_bytes)


def is_binary(data: bytes) -> bool:
    return data[:len(MAGIC)] == MAGIC
