# SPDX-License-Identifier: MIT
"""Adds up the counters that programs dumped (dump.c), and writes them as the .gcda files that gcov reads."""

import os
import struct

MAGIC = 0x67636461
TAG_FUNCTION = 0x01000000
TAG_ARCS = 0x01A10000


class Damaged(Exception):
    """A dump that is not one."""


def objects(dump):
    """The objects of a dump's bytes: [(path of the .gcda file, its data)]."""
    at = 0
    while at < len(dump):
        if len(dump) - at < 8:
            raise Damaged("it ends within a head")
        name_bytes, data_bytes = struct.unpack_from("<II", dump, at)
        end = at + 8 + name_bytes + data_bytes
        if end > len(dump):
            raise Damaged("it ends within an object's data")
        name = dump[at + 8 : at + 8 + name_bytes].decode()
        yield name, dump[end - data_bytes : end]
        at = end


class Counters:
    """One object's counters: {(identity, line checksum, flow checksum): [count of each arc]}."""

    def __init__(self, head):
        self.head = head
        self.functions = {}

    def add(self, function, values):
        """Adds a function's counters to those that are known."""
        known = self.functions.setdefault(function, [0] * len(values))
        if len(known) != len(values):
            raise Damaged("a function has more arcs in one program than in another")
        for i, value in enumerate(values):
            known[i] += value

    def data(self):
        """The bytes of the .gcda file."""
        parts = [struct.pack("<4I", *self.head)]
        for function, values in self.functions.items():
            parts.append(struct.pack("<5I", TAG_FUNCTION, 12, *function))
            parts.append(struct.pack(f"<2I{len(values)}Q", TAG_ARCS, 8 * len(values), *values))
        return b"".join(parts)


def parse(data):
    """Yields ("head", four words), then ("function", its key, values) of a .gcda file's data. A function whose
    counters are all 0 has a length below 0 and no values."""
    head = struct.unpack_from("<4I", data)
    if head[0] != MAGIC:
        raise Damaged("no .gcda data")
    yield "head", head, None
    at = 16
    function = None
    while at + 8 <= len(data):
        tag, length = struct.unpack_from("<Ii", data, at)
        at += 8
        if tag == 0:
            break
        if tag == TAG_FUNCTION and length == 12:
            function = struct.unpack_from("<3I", data, at)
        elif tag == TAG_ARCS:
            count = abs(length) // 8
            values = struct.unpack_from(f"<{count}Q", data, at) if length > 0 else (0,) * count
            yield "function", function, values
        at += max(length, 0)


def add_dump(sums, dump):
    """Adds a dump's counters to sums, {path: Counters}."""
    for path, data in objects(dump):
        for kind, key, values in parse(data):
            if kind == "head":
                counters = sums.setdefault(path, Counters(key))
                if counters.head != key:
                    raise Damaged(f"{path} is of another build than before")
            else:
                counters.add(key, values)


def write(sums):
    """Writes the .gcda files."""
    for path, counters in sums.items():
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(counters.data())
