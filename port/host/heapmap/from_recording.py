# SPDX-License-Identifier: MIT
"""The model of a recording: every block that ever lived, and a timeline."""

import bisect

import callers
from heap_image import geometry
from recording import elf_match, file_format as form
from recording.history import History
from .model import (ALIVE, FREED_BY, HEAP_ENDED, MAP, NEVER, REALLOCATED, UNSEEN, Heap, HeapmapError, Item, Model, Moment,
                    Site, band_of, choose_units, shown_end)

MOMENTS_MAX = 400
GAP_BYTES = 65536  # of addresses without a block, between two further heaps
SMALL_BYTES_MAX = 512


def load(path, elf_path=None, partial=False):
    """Raises RecordingError or HeapmapError, a sentence each, iff there is nothing to show."""
    recording = form.load(path, partial)
    if elf_path:
        elf_match.check(recording, elf_match.load_firmware(elf_path), elf_path)
    if not any(operation.kind <= form.REALLOC for operation in recording.operations):
        raise HeapmapError(f"{path}: holds no operation")
    return of(recording, elf_path)


def of(recording, elf_path=None):
    """The model of a recording that holds operations."""
    return _Builder(recording, elf_path).model()


class _Builder:
    """Follows the operations once, and keeps all blocks and, at moments, the sums."""

    def __init__(self, recording, elf_path):
        self.recording, self.elf_path = recording, elf_path
        self.last = max(operation.ordinal for operation in recording.operations) + 1
        self.history = History(recording)
        self.heaps = self._heaps()
        self.sites, self.blocks, self.failures, self.timeline = {}, [], [], []
        self.held = [0] * len(self.heaps)
        self.lost = set()
        self.span_of = {}  # {address: _span()} of what lives
        self.spans = [[] for _ in self.heaps]  # (start, end), sorted

    def _heaps(self):
        """Those that the recording names, and what has blocks beside them."""
        recording = self.recording
        arena, region = recording.arena, recording.region
        heaps = [Heap("arena", *arena)] if arena[1] else []
        libc_end = arena[0] if arena[1] and region[0] <= arena[0] <= region[1] else region[1]
        if libc_end > region[0]:
            heaps.append(Heap("C library's heap", region[0], libc_end))
        spans = sorted((operation.result, operation.result + max(16, operation.bytes))
                       for operation in recording.operations if operation.result)
        used, further = [heap.start for heap in heaps], []
        for start, end in spans:
            known = next((number for number, heap in enumerate(heaps) if heap.start <= start < heap.end), None)
            if known is not None:
                used[known] = max(used[known], end)
            elif further and start < further[-1].end + GAP_BYTES:
                further[-1].end = max(further[-1].end, end + 7 & ~7)
            else:
                further.append(Heap(f"heap near {start:#010x}", start & ~63, end + 7 & ~7))
        for heap, used_end in zip(heaps, used):
            heap.shown_end = shown_end(heap.start, heap.end, used_end)
        for heap in further:
            heap.shown_end = heap.end
        choose_units(heaps + further)
        return heaps + further

    def _span(self, address, asked):
        """(heap's number, where the block's memory starts, its bytes), as far as addresses and sizes tell."""
        number = next((number for number, heap in enumerate(self.heaps) if heap.start <= address < heap.end), 0)
        count = max(16, asked + 7 & ~7)
        is_headed = self.heaps[number].name == "arena" and asked > SMALL_BYTES_MAX
        header = geometry.LARGE_HEADER_BYTES if is_headed else 0
        return number, address - header, count + header

    # ---- one pass

    def _follow(self):
        moments = self._moments()
        following = next(moments)
        for operation in self.recording.operations:
            while operation.ordinal - self.recording.first >= following:
                self._note_moment(following)
                following = next(moments)
            failures, overlaps = self.history.failures, len(self.history.overlaps)
            ended, began = self.history.apply(operation)
            if len(self.history.overlaps) > overlaps:
                self.lost.add(operation.ordinal)
            if self.history.failures > failures:
                self.failures.append(self._position(operation.ordinal))
            if ended is not None:
                self._note_end(ended.address)
            if operation.kind == form.OTHER:
                end = operation.address + operation.bytes
                for address in [address for address in self.span_of if operation.address <= address < end]:
                    self._note_end(address)
            if began is not None:
                self._note_birth(began)
        while following < NEVER:
            self._note_moment(following)
            following = next(moments)

    def _position(self, ordinal):
        return ordinal - self.recording.first + 1

    def _moments(self):
        count = self._position(self.last) - 1
        steps = min(MOMENTS_MAX, count)
        yield from sorted({count * step // steps for step in range(steps + 1)})
        while True:
            yield NEVER

    def _note_birth(self, block):
        self.blocks.append(block)
        self._note_end(block.address)
        number, start, count = self.span_of[block.address] = self._span(block.address, block.bytes)
        bisect.insort(self.spans[number], (start, start + count))
        self.held[number] = max(self.held[number], start + count - self.heaps[number].start)

    def _note_end(self, address):
        if address in self.span_of:
            number, start, count = self.span_of.pop(address)
            del self.spans[number][bisect.bisect_left(self.spans[number], (start, start + count))]

    def _note_moment(self, position):
        free = largest = 0
        for heap, spans in zip(self.heaps, self.spans):
            end = self._base(heap)
            for low, high in spans:
                if low > end:
                    free += low - end
                    largest = max(largest, low - end)
                end = max(end, high)
            gap = max(0, heap.end - end)
            free, largest = free + gap, max(largest, gap)
        self.timeline.append(Moment(position, self.history.live_bytes, sum(self.held), free, largest))

    def _base(self, heap):
        """Where blocks may begin: behind the arena's map."""
        return heap.start + geometry.map_bytes_for(heap.end - heap.start) if heap.name == "arena" else heap.start

    # ---- what came of it

    def _site(self, caller):
        if not caller:
            return -1
        return self.sites.setdefault(caller, len(self.sites))

    def _item(self, block):
        number, start, count = self._span(block.address, block.bytes)
        seconds = self.recording.seconds_per_tick or 0
        item = Item(number, start, count, band_of(block.bytes), block.address, block.bytes, self._site(block.caller), block.kind,
                    self._position(block.born), block.born_tick * seconds)
        if block.died is not None:
            item.died, item.died_seconds = self._position(block.died), block.died_tick * seconds
            item.died_site, item.ended = self._site(block.died_caller), self._end_of(block)
        return item

    def _end_of(self, block):
        if block.died in self.lost and block.successor is None:
            return UNSEEN
        if block.successor is not None:
            return REALLOCATED
        return FREED_BY if block.died_caller else HEAP_ENDED

    def _maps(self):
        heap = self.heaps[0]
        base = self._base(heap)
        if heap.name != "arena" or any(block.address < base for block in self.blocks if heap.start <= block.address):
            return []
        return [Item(0, heap.start, base - heap.start, MAP)]

    def model(self):
        self._follow()
        static = self._maps()
        items = static + [self._item(block) for block in self.blocks]
        names = callers.names(self.elf_path, list(self.sites)) if self.elf_path and self.sites else {}
        sites = [Site(names.get(caller, f"0x{caller & ~1:08x}")) for caller in self.sites]
        model = Model("recording", self.recording.name, self.elf_path or "", self.heaps, items, len(static), sites,
                      "Call sites", self._facts(), self._warnings(), self.last - self.recording.first, self.recording.first,
                      self.recording.seconds_per_tick is not None, self.timeline, self.failures)
        _count(model)
        sort_sites(model, lambda site: -site.peak_bytes)
        end = self.timeline[-1]
        model.summary = {"live_blocks": len(self.history.live), "live_bytes": self.history.live_bytes,
                         "free_bytes": end.free_bytes, "largest_bytes": end.largest_bytes}
        return model

    def _facts(self):
        recording = self.recording
        return [("flag", f"use_main_obmalloc = {int(recording.pools_serve)}"),
                ("operations", f"{len([1 for operation in recording.operations if operation.kind <= form.REALLOC]):,}"),
                ("live at the peak", f"{self.history.peak_live_bytes:,} bytes"),
                ("failed requests", f"{self.history.failures:,}")]

    def _warnings(self):
        recording, told = self.recording, []
        if not recording.is_whole:
            told.append(f"{recording.first + recording.gaps:,} operations are missing: some blocks are not shown, and some "
                        "that are may be gone")
        if recording.totals is None:
            told.append("the recording has no end: the firmware crashed, or still runs")
        return told


def _count(model):
    """The blocks and bytes of each site at the end, and its most bytes at any time."""
    held = [0] * len(model.sites)
    for _, number, is_born in model.events():
        item = model.items[number]
        if item.site < 0:
            continue
        site = model.sites[item.site]
        sign = 1 if is_born else -1
        site.blocks += sign
        site.bytes += sign * item.asked
        held[item.site] += sign * item.asked
        site.peak_bytes = max(site.peak_bytes, held[item.site])


def sort_sites(model, key):
    """Puts the sites in the order of their keys."""
    order = sorted(range(len(model.sites)), key=lambda number: key(model.sites[number]))
    place = {number: index for index, number in enumerate(order)}
    place[-1] = -1
    model.sites = [model.sites[number] for number in order]
    for item in model.items:
        item.site, item.died_site = place[item.site], place[item.died_site]
