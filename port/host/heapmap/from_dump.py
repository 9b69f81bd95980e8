# SPDX-License-Identifier: MIT
"""The model of a memory's dump; with a recording of the same run, its blocks have their stories, too."""

from heap_image import leaks, map_text, memory, open_dump, stories, text
from heap_image.state import SOURCES
from . import from_recording
from .model import (BAND_COUNT, DAMAGED, FREE, MAP, READY, UNTOUCHED, Heap, HeapmapError, Item, Model, Site, band_of,
                    choose_units, shown_end)

STATES = {"ready": READY, "free": FREE, "top": FREE, "map": MAP, "damaged": DAMAGED, "untouched": UNTOUCHED}


def registers_of(path):
    """What a core file says of the registers."""
    with open(path, "rb") as file:
        data = file.read()
    return memory.registers_of(data, path) if data[:4] == b"\x7fELF" else ()


def load(elf_path, dump_path, base=None, recording=None):
    """Raises HeapImageError, RecordingError or HeapmapError, a sentence each, iff there is nothing to show."""
    image = open_dump(elf_path, dump_path, base)
    registers = registers_of(dump_path)
    heaps, items = _heaps_of(image)
    if not heaps:
        raise HeapmapError(f"{dump_path}: no heap is in use: " + text.summary(image)[0])
    model = Model("dump", dump_path, elf_path, heaps, items, len(items), [], "", _facts(image), _warnings(image))
    references = leaks.References(image, registers)
    for item in items:
        item.notes = tuple(_notes(image, item, references))
    if recording:
        _tell_stories(model, from_recording.load(recording, elf_path, partial=True))
    else:
        _group(model, image, references)
    model.summary = _summary(image, items)
    return model


def _heaps_of(image):
    heaps, items = [], []
    for source in [*(heap for heap in image.pools_heaps if heap.is_walkable), *([image.libc] if image.libc else [])]:
        if not source.chunks:
            continue
        name = "C library's heap" if source is image.libc else source.name
        start, end = source.start & ~7, source.end
        if source is image.libc:
            end = max(end, min(image.state.libc_limit, image.state.region_end))
        used = max((chunk.address + chunk.bytes for chunk in source.chunks if chunk.state != "untouched"), default=start)
        heaps.append(Heap(name, start, end, shown_end(start, end, used)))
        items += [_item(len(heaps) - 1, chunk) for chunk in source.chunks if chunk.state != "untouched"]
    if heaps:
        choose_units(heaps)
    return heaps, items


def _item(heap, chunk):
    style = STATES.get(chunk.state)
    if style is None:
        style = band_of(chunk.block_bytes)
    return Item(heap, chunk.address, chunk.bytes, style, chunk.block, chunk.block_bytes)


def _facts(image):
    state = image.state
    largest, free = image.largest_request(), image.free_bytes
    lost = f"{100 - 100 * largest / free:.0f} %" if free else "nothing is free"
    return [("flag", f"use_main_obmalloc = {state.flag} from {SOURCES[state.source]}: {state.sentence()}"),
            ("free", f"{free:,} bytes in all heaps"), ("largest request now", f"{largest:,} bytes"),
            ("fragmentation", f"{lost}: 1 - largest request / free"),
            ("never used", f"{image.never_used_bytes:,} bytes"), ("failed requests", f"{state.failure_count:,}"),
            ("misuse", f"{sum(image.misuse_count):,} refused")]


def _warnings(image):
    return [line for line in text.check(image) if line.startswith("DAMAGED")]


def _notes(image, item, references):
    if item.style >= BAND_COUNT or not item.address:
        return
    first = leaks.first_of(image, leaks.Block(item.address, item.asked, ""))
    if first:
        yield "first word", f"points to {first}"
    found = references.of.get(item.address, [])
    yield "pointers", f"{len(found)} lead here" if found else "none leads here"
    if item.address not in references.reached:
        yield "lost", "nothing that is in use points to it"
    yield from stories.of_block(image, item.address)


def _group(model, image, references):
    """Blocks that look alike, where no recording says who allocated them."""
    model.sites_are = "Blocks that look alike"
    numbers = {}
    for item in model.items:
        if item.style < BAND_COUNT and item.address:
            first = leaks.first_of(image, leaks.Block(item.address, item.asked, ""))
            key = (item.address not in references.reached, item.asked, first)
            item.site = numbers.setdefault(key, len(numbers))
    for is_lost, count, first in numbers:
        name = f"{count:,} bytes" + (f", first word points to {first}" if first else "")
        model.sites.append(Site(("lost: " if is_lost else "") + name))
    _count(model)
    from_recording.sort_sites(model, lambda site: (not site.name.startswith("lost"), -site.bytes))


def _tell_stories(model, told):
    """Gives the blocks that the recording knows to be live their stories, and all addresses their past."""
    model.sites_are, model.sites, model.has_seconds = told.sites_are, told.sites, told.has_seconds
    model.first_position, model.position_count = told.first_position, told.position_count
    live = {item.address: item for item in told.at(told.position_count) if item.address}
    for item in model.items:
        known = live.get(item.address)
        if item.style < BAND_COUNT and known:
            item.site, item.kind, item.born, item.born_seconds = known.site, known.kind, known.born, known.born_seconds
            item.notes = (("asked for", f"{known.asked:,} bytes"), *item.notes)
    unknown = [item for item in model.items if item.style < BAND_COUNT and not item.kind]
    if unknown:
        why = "".join(f": {line}" for line in told.warnings[-1:])
        model.warnings.append(f"{len(unknown):,} live blocks are not in the recording{why}")
    for site in model.sites:
        site.blocks = site.bytes = 0
    _count(model)
    for item in told.items[told.static_count:]:
        if item.ended:
            item.heap = next((number for number, heap in enumerate(model.heaps) if heap.start <= item.start < heap.end), None)
            model.items += [item] if item.heap is not None else []


def _count(model):
    for item in model.items[:model.static_count]:
        if item.style < BAND_COUNT and item.site >= 0:
            site = model.sites[item.site]
            site.blocks += 1
            site.bytes += item.asked
            site.peak_bytes = site.bytes


def _summary(image, items):
    live = [item for item in items if item.style < BAND_COUNT]
    return {"live_blocks": len(live), "live_bytes": sum(item.asked for item in live), "free_bytes": image.free_bytes,
            "largest_bytes": image.largest_request()}


def text_map(elf_path, dump_path, base=None):
    """The lines of `heap map`."""
    return map_text.heap_map(open_dump(elf_path, dump_path, base))
