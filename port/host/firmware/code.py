# SPDX-License-Identifier: MIT
"""The functions of a firmware, and who refers to whom: branches, and addresses kept as constants."""

import bisect
import collections
import re
import struct

from . import elf_file, thumb

# caller: the Function, or None for a pointer outside of functions. at: the instruction's or word's address.
Reference = collections.namedtuple("Reference", "caller at target how")
CALLS, POINTS = "calls", "holds the address of"

VENEER = re.compile(r"__(.+)_veneer$")
# What GCC appends to the names of parts and copies of functions.
SUFFIX = re.compile(r"\.(lto_priv|constprop|isra|part|cold|localalias|clone)(\.\d+)*")


class Function:
    """One function: all names of one address. `name` is a global one if there is any."""

    def __init__(self, names, address, size, source):
        self.names = names
        self.name = names[0]
        self.address = address
        self.end = address + size
        self.source = source
        self.callees = []  # References that leave the function, or go back to its start
        self.words = []  # (address, value) of constants
        self.code = []  # Instructions

    def __repr__(self):
        return f"{self.name} at {self.address:#x}"


class Code:
    """All functions, decoded. Empty for a stripped firmware."""

    def __init__(self, firmware):
        self.firmware = firmware
        self.functions = [] if firmware.is_stripped else self._find()
        self._starts = [function.address for function in self.functions]
        self.by_name = {}
        for function in self.functions:
            for name in function.names:
                self.by_name.setdefault(name, function)
        for function in self.functions:
            self._decode(function)

    def _find(self):
        names = {}
        for symbol in self.firmware.symbols:
            address = symbol.address & ~1
            if symbol.kind == "STT_FUNC" and self.firmware.is_code(address):
                names.setdefault(address, []).append(symbol)
        starts = sorted(names)
        functions = []
        for index, address in enumerate(starts):
            section = self.firmware.section_at(address)
            limit = min(section.address + section.size,
                        starts[index + 1] if index + 1 < len(starts) else 1 << 32)
            size = max(symbol.size for symbol in names[address]) or limit - address
            ordered = sorted(names[address], key=lambda symbol: (not symbol.is_global, symbol.name))
            functions.append(Function(list(dict.fromkeys(symbol.name for symbol in ordered)), address,
                                      min(size, limit - address), self.firmware.source_of(address)))
        return functions

    def function_at(self, address):
        """The function that the address lies in, or None."""
        index = bisect.bisect_right(self._starts, address) - 1
        if index >= 0 and address < self.functions[index].end:
            return self.functions[index]
        return None

    def named(self, name):
        """The function of that name, or the copy of it that GCC renamed, or None."""
        if name in self.by_name:
            return self.by_name[name]
        for function in self.functions:
            if any(SUFFIX.sub("", other) == name for other in function.names):
                return function
        return None

    def _decode(self, function):
        address = function.address
        while address < function.end:
            end = min(self.firmware.next_mark(address), function.end)
            data = self.firmware.bytes_at(address, end - address)
            if not data:
                break
            if self.firmware.mark_at(address)[0] == elf_file.DATA:
                self._take_words(function, address, data)
            else:
                self._take_code(function, address, data)
            address = end

    def _take_words(self, function, address, data):
        skip = -address % 4
        for offset in range(skip, len(data) - 3, 4):
            function.words.append((address + offset, struct.unpack_from("<I", data, offset)[0]))

    def _take_code(self, function, address, data):
        low_halves = {}
        for found in thumb.sweep(data, address):
            function.code.append(found)
            if found.constant:
                low_halves[found.constant[0]] = found.constant[1]
            if found.high_half and found.high_half[0] in low_halves:
                low = low_halves[found.high_half[0]] & 0xFFFF
                function.words.append((found.address, found.high_half[1] << 16 | low))
            if found.target is not None and (not function.address < found.target < function.end):
                function.callees.append(found)

    def through_veneers(self, function):
        """The function that a long branch of the linker leads to; others as they are."""
        match = function and VENEER.match(function.name)
        return self.by_name.get(match.group(1), function) if match else function

    def calls(self, function):
        """[(address of the branch, Function)] of the functions that it calls or goes to."""
        found = []
        for instruction in function.callees:
            callee = self.through_veneers(self.function_at(instruction.target))
            if callee is not None:
                found.append((instruction.address, callee))
        return found

    def uses(self, function):
        """The functions that it calls, and those whose addresses it holds."""
        found = [callee for _, callee in self.calls(function)]
        for _, value in function.words:
            other = self.function_at(value & ~1) if value & 1 else None
            if other is not None and other.address == value & ~1:
                found.append(other)
        return found

    def objects(self, function):
        """The names of variables at, or in, which the function's constants lie."""
        if not hasattr(function, "object_names"):
            function.object_names = set()
            for _, value in function.words:
                function.object_names.update(self._objects_at(value))
        return function.object_names

    def _objects_at(self, value):
        if not hasattr(self, "_variables"):
            self._variables = sorted(((symbol.address, symbol.size, symbol.name)
                                      for symbol in self.firmware.symbols if symbol.kind == "STT_OBJECT"))
            self._variable_starts = [start for start, _, _ in self._variables]
        index = bisect.bisect_right(self._variable_starts, value) - 1
        while index >= 0 and self._variables[index][0] == self._variable_starts[index]:
            start, size, name = self._variables[index]
            if value < start + max(size, 1):
                yield name
            if index == 0 or self._variables[index - 1][0] != start:
                break
            index -= 1

    def references_to(self, targets):
        """References from anywhere to the starts of these functions, in order of address."""
        starts = {function.address: function for function in targets}
        found = []
        for function in self.functions:
            if VENEER.match(function.name):
                continue
            found += [Reference(function, at, callee, CALLS) for at, callee in self.calls(function)
                      if callee.address in starts]
            found += [Reference(function, at, starts[value & ~1], POINTS) for at, value in function.words
                      if value & 1 and value & ~1 in starts]
        found += self._pointers_in_data(starts)
        return sorted(found, key=lambda reference: reference.at)

    def _pointers_in_data(self, starts):
        for section in self.firmware.sections:
            if not section.in_file:
                continue
            skip = -section.address % 4
            for offset in range(skip, len(section.data) - 3, 4):
                value = struct.unpack_from("<I", section.data, offset)[0]
                address = section.address + offset
                if value & 1 and value & ~1 in starts and self.function_at(address) is None:
                    yield Reference(None, address, starts[value & ~1], POINTS)
