#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Prints which call allocated the blocks that keep free memory in pieces: by a recording, where its first request failed."""

import argparse
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import callers
from recording import file_format
from recording import elf_match
from recording.history import History

GRANULE_BYTES = 8
# Of blocks that are longer than the pools serve.
HEADER_BYTES, SMALL_BYTES_MAX = 8, 512


class Pinned:
    """The heap at one moment. `pieces` are its free pieces, the longest first; `sites` the callers whose blocks lie
    between, as Site, those first without whom the longest piece would be longest."""

    def __init__(self, recording):
        self.recording = recording
        self.history = history = History(recording)
        lowest = highest = None
        self.failed = None
        for operation in recording.operations:
            failures = history.failures
            _, begun = history.apply(operation)
            if begun is not None:
                end = begun.address + begun.bytes
                lowest = begun.address if lowest is None else min(lowest, begun.address)
                highest = end if highest is None else max(highest, end)
            if history.failures > failures:
                self.failed = operation
                break
        if lowest is None:
            raise file_format.RecordingError(f"{recording.name}: holds no operation that was served")
        self.spans = spans_of(recording, lowest, highest)
        blocks = sorted(history.live.values(), key=lambda block: block.address)
        self.pieces = sorted(pieces(self.spans, blocks), reverse=True)
        self.sites = [Site(caller, blocks, self.spans) for caller in sorted({block.caller for block in blocks})]
        self.sites.sort(key=lambda site: (-site.largest, site.bytes, site.caller))

    @property
    def largest(self):
        return self.pieces[0] if self.pieces else 0


class Site:
    """A caller's blocks, and how long the longest free piece would be if they lay elsewhere."""

    def __init__(self, caller, blocks, spans):
        mine = [block for block in blocks if block.caller == caller]
        self.caller = caller
        self.name = f"0x{caller & ~1:08x}"
        self.blocks = len(mine)
        self.bytes = sum(block.bytes for block in mine)
        others = [block for block in blocks if block.caller != caller]
        self.largest = max(pieces(spans, others), default=0)


def spans_of(recording, lowest, highest):
    """The parts of memory that blocks can lie in: [(start, end)]. Below the first block that ever lived are the heap's
    own words; a further heap's blocks, outside of the region, are not looked at."""
    start, end = recording.region
    arena_start, arena_end = recording.arena
    parts = [(start, arena_start), (arena_start, arena_end)] if arena_end else [(start, end)]
    found = [(max(low, lowest), high) for low, high in parts if high > max(low, lowest)]
    return found or [(lowest, highest)]


def pieces(spans, blocks):
    """The lengths of what lies between the blocks, which are sorted by address."""
    found = []
    for start, end in spans:
        at = start
        for block in blocks:
            if start <= block.address < end:
                found.append(block.address - at - (HEADER_BYTES if block.bytes > SMALL_BYTES_MAX else 0))
                at = max(at, block.address + max(block.bytes, 1) + GRANULE_BYTES - 1 & -GRANULE_BYTES)
        found.append(end - at)
    # What is shorter than the shortest block is a header, or the rest of a block that is longer than was asked for.
    return [length for length in found if length >= 2 * GRANULE_BYTES]


def name_sites(pinned, elf):
    """Names in the place of addresses. Returns that of the request that failed."""
    wanted = {site.caller for site in pinned.sites} | ({pinned.failed.caller} if pinned.failed else set())
    found = callers.names(elf, sorted(wanted)) if wanted else {}
    for site in pinned.sites:
        site.name = found[site.caller]
    return found[pinned.failed.caller] if pinned.failed else None


def print_table(pinned, failed_name, site_count_max):
    failed, name = pinned.failed, pinned.recording.name
    if failed:
        print(f"{name}: operation {failed.ordinal + 1:,} is the first that failed: {failed.bytes:,} bytes for "
              f"{failed_name or hex(failed.caller & ~1)}")
    else:
        print(f"{name}: no request failed; this is the end")
    print(f"free {sum(pinned.pieces):,} bytes in {len(pinned.pieces)} pieces, the largest {pinned.largest:,}")
    print("Whose blocks lie between; largest: the largest piece if they lay elsewhere\n")
    print(f"{'blocks':>8}{'bytes':>11}{'largest':>11}  allocated by")
    for site in pinned.sites[:site_count_max]:
        print(f"{site.blocks:8,}{site.bytes:11,}{site.largest:11,}  {site.name}")
    rest = pinned.sites[site_count_max:]
    if rest:
        print(f"{sum(site.blocks for site in rest):8,}{sum(site.bytes for site in rest):11,}{'':13}{len(rest)} others")


def as_json(pinned, failed_name):
    failed = pinned.failed
    return {"recording": pinned.recording.name, "pieces": pinned.pieces,
            "failed": failed and {"ordinal": failed.ordinal, "bytes": failed.bytes, "caller": failed.caller, "name": failed_name},
            "sites": [{"caller": site.caller, "name": site.name, "blocks": site.blocks, "bytes": site.bytes,
                       "largest": site.largest} for site in pinned.sites]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--elf", help="the firmware that made the recording; without, callers are addresses")
    parser.add_argument("--partial", action="store_true", help="take a recording without an end, too")
    parser.add_argument("--sites", type=int, default=8, help="print so many at most (default 8)")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("recording")
    arguments = parser.parse_args()
    recording = file_format.load(arguments.recording, arguments.partial)
    if not recording.is_whole:
        raise file_format.RecordingError(f"{recording.name}: {recording.first + recording.gaps:,} operations are missing, and "
                                         "their blocks, which may lie anywhere")
    if arguments.elf:
        elf_match.check(recording, elf_match.load_firmware(arguments.elf), arguments.elf)
    pinned = Pinned(recording)
    failed_name = name_sites(pinned, arguments.elf) if arguments.elf else None
    if arguments.json:
        json.dump(as_json(pinned, failed_name), sys.stdout, indent=1)
        print()
    else:
        print_table(pinned, failed_name, arguments.sites)


if __name__ == "__main__":
    try:
        main()
    except (file_format.RecordingError, callers.CallersError) as failure:
        sys.exit(f"pins.py: {failure}")
