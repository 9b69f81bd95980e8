# SPDX-License-Identifier: MIT
"""The map that GNU ld writes with -Map: which object each piece of an image came from."""

import bisect
import collections
import re

# A piece of an object. output: the image's section that it went to. symbols: the global ones that it defines,
# {name: address}.
Piece = collections.namedtuple("Piece", "output section address size place symbols")
Region = collections.namedtuple("Region", "name start size attributes")

# Behind a long name, the rest is on a line of its own.
LONG_NAME = re.compile(r"\n\s{12,}(0x[0-9a-f]+\s+0x[0-9a-f]+)(?=[ \n])")
PIECE = re.compile(r" (\.[^\s*]\S*|COMMON)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S.*)")
SYMBOL = re.compile(r"\s+0x([0-9a-f]+)\s+([A-Za-z_][\w.$]*)$")
OUTPUT = re.compile(r"(\S+)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)(?:\s|$)")
REGION = re.compile(r"(\S+)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)(?:\s+([a-z!]+))?$")
CONFIGURATION, PLACED = "\nMemory Configuration\n", "\nLinker script and memory map\n"


class MapError(Exception):
    """A sentence that says why a file is of no use as a map."""


def placed(text):
    """Yields the Pieces that were placed, debug information too, in the map's order, empty ones left out."""
    piece = output = None
    for line in LONG_NAME.sub(r" \1", text.partition(PLACED)[2]).splitlines():
        found = PIECE.match(line)
        symbol = SYMBOL.match(line)
        if found or line[:1] not in ("", " "):
            if piece and piece.size:
                yield piece
            piece = None
        if line[:1] not in ("", " "):
            output = line.split()[0]
        if found:
            name, address, size, place = found.groups()
            piece = Piece(output, name, int(address, 16), int(size, 16), place, {})
        elif symbol and piece is not None:
            piece.symbols[symbol.group(2)] = int(symbol.group(1), 16)
    if piece and piece.size:
        yield piece


class LinkMap:
    """The map of a firmware's link. Raises MapError iff the text is no map, or that of another image."""

    def __init__(self, text, firmware):
        if PLACED not in text:
            raise MapError("is no map of a link: GNU ld's -Map writes one, with a line "
                           "'Linker script and memory map'")
        self.regions = self._regions(text)
        body = text.partition(PLACED)[2]
        self.loaded = re.findall(r"^LOAD (.+)$", body, re.MULTILINE)
        matches = map(OUTPUT.match, LONG_NAME.sub(r" \1", body).splitlines())
        outputs = {match.group(1): (int(match.group(2), 16), int(match.group(3), 16))
                   for match in matches if match}
        self._check(outputs, firmware)
        # Debug information has addresses of its own, from 0 on.
        names = {section.name for section in firmware.sections}
        self.pieces = sorted((piece for piece in placed(text) if piece.output in names),
                             key=lambda piece: piece.address)
        self._starts = [piece.address for piece in self.pieces]

    @staticmethod
    def _regions(text):
        lines = text.partition(CONFIGURATION)[2].partition(PLACED)[0].splitlines()
        found = (REGION.match(line) for line in lines)
        return [Region(match.group(1), int(match.group(2), 16), int(match.group(3), 16), match.group(4) or "")
                for match in found if match and match.group(1) != "*default*"]

    def object_at(self, address):
        """The object, archive(member) or path, whose bytes lie at the address, or None."""
        index = bisect.bisect_right(self._starts, address) - 1
        if index >= 0 and address < self.pieces[index].address + self.pieces[index].size:
            return self.pieces[index].place
        return None

    def region_at(self, address):
        for region in self.regions:
            if region.start <= address < region.start + region.size:
                return region
        return None

    @staticmethod
    def _check(outputs, firmware):
        for section in firmware.sections:
            known = outputs.get(section.name)
            if known is None:
                raise MapError(f"is the map of another image: it has no section {section.name}")
            if known != (section.address, section.size):
                raise MapError(f"is the map of another image: {section.name} is at {known[0]:#x} with "
                               f"{known[1]:,} bytes there, at {section.address:#x} with {section.size:,} here")
