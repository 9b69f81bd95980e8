#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Prints who holds the blocks that live at a recording's end, by the call that allocated them, and whose grow."""

import argparse
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import callers
from recording import elf_match, file_format
from recording.history import History

SAMPLE_COUNT = 64
# Of the steps between samples in the second half, so many must not go down for a site to grow steadily.
STEADY_SHARE = 0.9


class Site:
    """What one caller holds at the end, and how that came: `samples` are its live bytes at the sampled moments."""

    def __init__(self, caller, samples):
        self.caller = caller
        self.samples = samples
        self.blocks = 0
        self.bytes = 0
        self.oldest = self.newest = None  # the Blocks
        self.name = f"0x{caller & ~1:08x}"

    def add(self, block):
        self.blocks += 1
        self.bytes += block.bytes
        if self.oldest is None or block.born < self.oldest.born:
            self.oldest = block
        if self.newest is None or block.born > self.newest.born:
            self.newest = block

    def growth(self):
        """Live bytes at the end less those at half of the recording."""
        return self.samples[-1] - self.samples[len(self.samples) // 2 - 1]

    def slope(self, times):
        """Bytes a unit of time, by least squares over the second half."""
        half = len(times) // 2 - 1
        xs, ys = times[half:], self.samples[half:]
        middle_x, middle_y = sum(xs) / len(xs), sum(ys) / len(ys)
        spread = sum((x - middle_x) ** 2 for x in xs)
        return sum((x - middle_x) * (y - middle_y) for x, y in zip(xs, ys)) / spread if spread else 0.0

    def grows_steadily(self):
        half = self.samples[len(self.samples) // 2 - 1:]
        steps = [after - before for before, after in zip(half, half[1:])]
        rises = sum(step > 0 for step in steps)
        return self.growth() > 0 and rises >= 3 and sum(step >= 0 for step in steps) >= STEADY_SHARE * len(steps)


class Leaks:
    """The live blocks of a recording by caller. `sites` are sorted: those that grow steadily first, then by bytes."""

    def __init__(self, recording):
        calls = [operation for operation in recording.operations if operation.kind <= file_format.REALLOC]
        if not calls:
            raise file_format.RecordingError(f"{recording.name}: holds no operation")
        self.recording = recording
        self.timed = recording.seconds_per_tick is not None
        first, last = calls[0].ordinal, calls[-1].ordinal
        self.moments = [first + (last - first) * (i + 1) // SAMPLE_COUNT for i in range(SAMPLE_COUNT)]
        held, samples, tick_of = {}, [], []
        self.history = history = History(recording)
        position = 0
        for operation in recording.operations:
            while position < SAMPLE_COUNT and operation.ordinal > self.moments[position]:
                samples.append(dict(held))
                tick_of.append(operation.tick)
                position += 1
            for block, sign in zip(history.apply(operation), (-1, 1)):
                if block is not None:
                    held[block.caller] = held.get(block.caller, 0) + sign * block.bytes
        samples += [dict(held)] * (SAMPLE_COUNT - len(samples))
        tick_of += [calls[-1].tick] * (SAMPLE_COUNT - len(tick_of))
        self.end_tick, self.end_ordinal = calls[-1].tick, last
        unit = recording.seconds_per_tick if self.timed else None
        self.times = [tick * unit for tick in tick_of] if self.timed else self.moments
        by_caller = {}
        for block in history.live.values():
            if block.caller not in by_caller:
                by_caller[block.caller] = Site(block.caller, [sample.get(block.caller, 0) for sample in samples])
            by_caller[block.caller].add(block)
        self.sites = sorted(by_caller.values(), key=lambda site: (not site.grows_steadily(), -site.bytes, site.caller))

    def age(self, block):
        """Seconds, or operations where the recording has no times."""
        if self.timed:
            return (self.end_tick - block.born_tick) * self.recording.seconds_per_tick
        return self.end_ordinal - block.born


def name_sites(leaks, elf):
    found = callers.names(elf, [site.caller for site in leaks.sites]) if leaks.sites else {}
    for site in leaks.sites:
        site.name = found[site.caller]


def seconds_or_operations(value, timed):
    return f"{value:,.3f}" if timed else f"{value:,.0f}"


def print_table(leaks, site_count_max):
    recording, history = leaks.recording, leaks.history
    length = f" in {leaks.end_tick * recording.seconds_per_tick:,.3f} s" if leaks.timed else ""
    print(f"{recording.name}: {leaks.end_ordinal + 1:,} operations{length}, {history.peak_live_bytes:,} bytes live at the "
          f"peak, {history.live_bytes:,} at the end in {len(history.live):,} blocks")
    if not recording.is_whole:
        print(f"{recording.first + recording.gaps:,} operations are missing: blocks of theirs are not in the list, and some in "
              "it may be gone")
    if not leaks.sites:
        print("No block is live at the end.")
        return
    unit = "s" if leaks.timed else "operations"
    rate = "bytes a second" if leaks.timed else "bytes an op."
    print("Who holds them; growth: since half of the operations\n")
    print(f"{'blocks':>8}{'bytes':>11}{'growth':>11}{rate:>16}{'oldest, ' + unit:>20}  allocated by")
    for site in leaks.sites[:site_count_max]:
        slope = site.slope(leaks.times)
        print(f"{site.blocks:8,}{site.bytes:11,}{site.growth():+11,}{slope:+16,.{0 if leaks.timed else 2}f}"
              f"{seconds_or_operations(leaks.age(site.oldest), leaks.timed):>20}  {site.name}"
              f"{'  GROWS' if site.grows_steadily() else ''}")
    rest = leaks.sites[site_count_max:]
    if rest:
        print(f"{sum(site.blocks for site in rest):8,}{sum(site.bytes for site in rest):11,}{'':47}  {len(rest)} others")


def as_json(leaks):
    return {"recording": leaks.recording.name, "is_whole": leaks.recording.is_whole, "live_bytes": leaks.history.live_bytes,
            "live_blocks": len(leaks.history.live), "time_unit": "s" if leaks.timed else "operations",
            "sites": [{"caller": site.caller, "name": site.name, "blocks": site.blocks, "bytes": site.bytes,
                       "growth_bytes": site.growth(), "slope": site.slope(leaks.times),
                       "oldest": leaks.age(site.oldest), "grows": site.grows_steadily()} for site in leaks.sites]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--elf", help="the firmware that made the recording; without, callers are addresses")
    parser.add_argument("--partial", action="store_true", help="take a recording without an end, too")
    parser.add_argument("--sites", type=int, default=16, help="print so many at most (default 16)")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("recording")
    arguments = parser.parse_args()
    recording = file_format.load(arguments.recording, arguments.partial)
    if arguments.elf:
        elf_match.check(recording, elf_match.load_firmware(arguments.elf), arguments.elf)
    leaks = Leaks(recording)
    if arguments.elf:
        name_sites(leaks, arguments.elf)
    if arguments.json:
        json.dump(as_json(leaks), sys.stdout, indent=1)
        print()
    else:
        print_table(leaks, arguments.sites)


if __name__ == "__main__":
    try:
        main()
    except (file_format.RecordingError, callers.CallersError) as failure:
        sys.exit(f"leaks.py: {failure}")
