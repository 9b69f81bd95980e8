# SPDX-License-Identifier: MIT
"""The checks: each yields Findings, sentences about what is wrong with an image."""

import collections

import config_word
from firmware import code as code_of, elf_file, stack

from . import allocators
from .allocators import FIRMWARE, LIBC, OURS, PUBLIC, REENTRANT

# kind: a few words, always the same. sentence: what and where.
Finding = collections.namedtuple("Finding", "kind sentence")

CONFIG_SYMBOL, CONFIG_SECTION = "obmalloc_config_word", ".obmalloc_config"
REFERENCES_SHOWN = 4
# What the CPU pushes when an interrupt arrives: 8 words, 18 more with an FPU.
INTERRUPT_FRAME_BYTES, INTERRUPT_FRAME_FPU_BYTES = 32, 104
ARENA_BYTES_MIN = 1024


class Subject:
    """An image with all that is known of it."""

    def __init__(self, firmware, memory, link_map=None):
        self.firmware, self.memory, self.link_map = firmware, memory, link_map
        self.code = code_of.Code(firmware)
        self.allocators = allocators.Allocators(self.code, link_map)
        self.stack = stack.Stack(self.code)

    @property
    def has_obmalloc(self):
        return self.allocators.ours_is_in or bool(config_places(self.firmware))


def names(entries):
    return ", ".join(dict.fromkeys(allocators.display(entry.name) for entry in entries))


def places(entries):
    return ", ".join(dict.fromkeys(entry.text() for entry in entries))


def is_or_are(entries):
    return "is" if len(entries) == 1 else "are"


def describe(references):
    """The references in words, the first few of them."""
    texts = []
    for reference in references[:REFERENCES_SHOWN]:
        if reference.caller is None:
            texts.append(f"a pointer to {reference.target.name} at {reference.at:#010x}")
        else:
            texts.append(f"{reference.caller.name} {reference.how} {reference.target.name} at {reference.at:#010x}")
    rest = len(references) - len(texts)
    return "; ".join(texts) + (f"; and {rest} more" if rest > 0 else "")


# ---- whose functions

def absent(subject):
    """obmalloc is not in the image, or only parts of it that serve nobody."""
    found = subject.allocators
    if subject.firmware.is_stripped:
        if not subject.has_obmalloc:
            yield Finding("obmalloc is absent", "obmalloc is not in this image: it holds no config word")
        return
    if found.with_home(OURS):
        return
    entries = [found.entries[name] for name in ("malloc", "free") if name in found.entries]
    whose = {FIRMWARE: "the firmware's", LIBC: "the C library's"}
    theirs = "; ".join(f"{entry.text()} is {' and '.join(sorted(whose[home] for home in entry.homes))}"
                       for entry in entries) or "it has no malloc"
    archive = [path for path in subject.link_map.loaded if path.endswith("libobmalloc.a")] \
        if subject.link_map else []
    if found.ours_is_in or archive:
        is_there = "parts of obmalloc are in this image, but no allocation function" if found.ours_is_in else \
            f"obmalloc is not in this image, though {archive[0]} was on the link line"
        yield Finding("archive passed over", f"{is_there}: the linker passed the archive over, as it does in C++ "
                      f"and under LTO; link with -Wl,-u,malloc. Here {theirs}")
    else:
        yield Finding("obmalloc is absent", f"obmalloc is not in this image: {theirs}")


def half_override(subject):
    """Functions of one allocator beside those of another one that hands out blocks to the same callers."""
    found = subject.allocators
    wraps = [entry for entry in found.entries.values() if entry.is_wrap]
    theirs = [entry for entry in found.with_home(LIBC) if not entry.is_wrap and entry.plain_name in
              allocators.ALLOCATES]
    for home in (OURS, FIRMWARE):
        others = [entry for entry in found.with_home(home) if entry.plain_name in allocators.ALLOCATES
                  and not entry.is_wrap and not entry.name.startswith("_Z")
                  and _is_used(subject, entry)]
        if others and theirs:
            whose = "obmalloc's" if home == OURS else "the firmware's"
            remedy = ("; the linker took obmalloc too late, as it does under LTO: link with -Wl,-u,malloc"
                      if home == OURS else "")
            yield Finding("half override", f"{places(others)} {is_or_are(others)} {whose}, but {places(theirs)} "
                          f"{is_or_are(theirs)} the C library's: two heaps, and a block of one is foreign to the "
                          f"other{remedy}. {_bypasses(subject, theirs)}")
    public_wraps = [entry for entry in wraps if entry.plain_name in PUBLIC]
    if public_wraps and theirs:
        inner = [entry for entry in theirs if allocators.WRAP + entry.name not in found.entries]
        yield Finding("half override by --wrap", f"--wrap of {', '.join(entry.plain_name for entry in public_wraps)}: "
                      f"{places(public_wraps)} {'sees' if len(public_wraps) == 1 else 'see'} only calls of that "
                      f"name in the objects of the link; {places(inner)} {is_or_are(inner)} the C library's, and "
                      f"its own calls pass the wrapper by. {_bypasses(subject, inner)}")
    unused = [entry for entry in found.with_home(FIRMWARE) if entry.plain_name in REENTRANT
              and not _is_used(subject, entry)]
    if unused and theirs:
        yield Finding("override that nothing calls", f"{places(unused)} {is_or_are(unused)} the firmware's, but "
                      f"nothing calls {'it' if len(unused) == 1 else 'them'}: this C library has no such layer; "
                      f"{places(theirs)} {is_or_are(theirs)} still the C library's")


def _is_used(subject, entry):
    """Whether it has a public name, or anything refers to it."""
    return entry.plain_name in PUBLIC or bool(subject.code.references_to([entry.function]))


def _bypasses(subject, entries):
    """Who else calls these functions."""
    family = {entry.function.address for entry in subject.allocators.entries.values()}
    references = [reference for reference in subject.code.references_to([entry.function for entry in entries])
                  if reference.caller is None or reference.caller.address not in family]
    return f"Who reaches the C library's: {describe(references)}" if references else \
        "Nothing but the allocation functions themselves calls it yet"


def foreign_headers(subject):
    """Functions of the C library that look into block headers, given blocks by another allocator."""
    found = subject.allocators
    for function in subject.code.functions:
        if found.owner(function) != LIBC or not found.keeps_the_heap(function):
            continue
        takes = [(at, callee) for at, callee in subject.code.calls(function)
                 if any(callee is entry.function for entry in found.entries.values())
                 and (found.homes(callee) and LIBC not in found.homes(callee) or found.has_own_memory(callee))]
        readers = [name for name in function.names if name in allocators.HEADER_READERS]
        if takes and readers:
            at, callee = takes[0]
            how = "--wrap sends its call to" if callee.name.startswith(allocators.WRAP) else "it calls"
            yield Finding("block headers that are not there",
                          f"{readers[0]} at {function.address:#010x} is the C library's and reads and splits block "
                          f"headers, but {how} {callee.name} at {at:#010x}, whose blocks have none of its: "
                          f"override {readers[0]} too")


def bypassing_calls(subject):
    """Code that goes to the C library's own allocator past obmalloc."""
    found = subject.allocators
    if not found.with_home(OURS):
        return
    targets = [function for function in subject.code.functions if found.is_private(function)]
    references = [reference for reference in subject.code.references_to(targets)
                  if reference.caller is None or not (found.is_private(reference.caller)
                                                      or found.is_ours(reference.caller))]
    if references:
        yield Finding("bypass", "the C library's private allocator is reached past obmalloc: "
                      f"{describe(references)}; a block from there is unknown to obmalloc's statistics and lock")


def second_allocator(subject):
    """An allocator with memory of its own beside."""
    found = subject.allocators
    others = found.other_allocators()
    if found.with_home(OURS):
        # operator new[] of the C++ library only goes on to operator new.
        others += [entry for entry in found.with_home(FIRMWARE) if not found.forwards(entry.function)
                   and (entry.plain_name in allocators.ALLOCATES or entry.name.startswith("_Z"))]
    for source in dict.fromkeys(entry.function.source for entry in others):
        group = [entry for entry in others if entry.function.source == source]
        name, size = max((found.memory_of(entry.function) for entry in group), key=lambda pair: pair[1])
        memory = f", which serves from {name}, {size:,} bytes" if name else ""
        yield Finding("second allocator", f"{places(group)}{f' ({source})' if source else ''} "
                      f"{is_or_are(group)} another allocator's{memory}: its RAM cannot be shared with malloc's")


def foreign_sbrk(subject):
    """A way to the C library's memory that does not know of the arena."""
    found = subject.allocators
    if not found.with_home(OURS):
        return
    for name in ("_sbrk", "sbrk", "_sbrk_r", "__sbrk"):
        function = subject.code.named(name)
        if function is None or found.is_ours(function):
            continue
        inner = {callee.name for _, callee in subject.code.calls(function)}
        if inner & {"_sbrk", "_sbrk_r"} and not name == "_sbrk":
            continue
        references = subject.code.references_to([function])
        if references:
            source = f" ({function.source})" if function.source else ""
            yield Finding("foreign sbrk", f"{name} at {function.address:#010x}{source} is not obmalloc's: the C "
                          "library's heap does not stop at the arena, and can grow into it; remove it from the "
                          f"firmware. {describe(references)}")


def folded_calloc(subject):
    """An allocation function that calls itself, directly or through others of the allocator."""
    found = subject.allocators
    for entry in found.entries.values():
        if "calloc" not in entry.name or entry.owner == LIBC:
            continue
        way = _way_back(subject, entry.function)
        if way:
            chain = " -> ".join([entry.name] + [f"{function.name} (called at {at:#010x})" for at, function in way])
            yield Finding("calloc calls itself", f"{chain}: the compiler has folded malloc and memset into a call "
                          "of calloc, which never ends; compile the file with -fno-builtin")


def _way_back(subject, function):
    """[(address of the call, callee)] from the function to itself within the allocator, or None."""
    todo, seen = [(function, [])], set()
    while todo:
        here, way = todo.pop(0)
        for at, callee in subject.code.calls(here):
            if callee is function:
                # A loop to the function's start is no call.
                if here is function and not _is_call(here, at):
                    continue
                return [*way, (at, callee)]
            is_allocator = subject.allocators.is_ours(callee) or "alloc" in callee.name
            if callee.address not in seen and is_allocator and callee.name not in allocators.HOOKS:
                seen.add(callee.address)
                todo.append((callee, [*way, (at, callee)]))
    return None


def _is_call(function, at):
    kind = next(found.kind for found in function.callees if found.address == at)
    return kind in ("call", "jump")


# ---- memory

def meeting(subject):
    """Heap, arena, variables and stack that share addresses."""
    memory = subject.memory
    if memory.arena_start is not None and memory.heap_start is not None:
        if memory.arena_start < memory.heap_start or memory.arena_end is None or \
                memory.heap_end is not None and memory.arena_end > memory.heap_end:
            yield Finding("arena outside of the region", f"the arena, {memory.arena_start:#010x}.."
                          f"{memory.arena_end or 0:#010x}, is not within the dynamic region "
                          f"{memory.heap_start:#010x}..{memory.heap_end or 0:#010x}")
    yield from _meeting_stack(memory)
    for section, kind in memory.static_sections():
        start, end = section.address, section.address + section.size
        for what, low, high in (("the dynamic region", memory.heap_start, memory.heap_limit),
                                ("the arena", memory.arena_start, memory.arena_end),
                                ("the stack reserve", memory.reserve_start, memory.stack_top)):
            if low is not None and high is not None and start < high and low < end and low < high:
                yield Finding("variables overlap", f"section {section.name} ({kind}), {start:#010x}..{end:#010x}, "
                              f"lies in {what}, {low:#010x}..{high:#010x}")
                break
    ram = subject.link_map and memory.heap_start and subject.link_map.region_at(memory.heap_start)
    if ram and memory.heap_end and memory.heap_end > ram.start + ram.size:
        yield Finding("region beyond the RAM", f"the dynamic region ends at {memory.heap_end:#010x} "
                      f"({memory.used['heap_end']}), {ram.name} at {ram.start + ram.size:#010x}")


def _meeting_stack(memory):
    if memory.heap_start is None or memory.heap_end is None or memory.stack_top is None:
        return
    what = "heap and arena" if memory.arena_start is not None else "the heap"
    where = (f"the dynamic region {memory.heap_start:#010x}..{memory.heap_end:#010x} "
             f"({memory.used['heap_start']}, {memory.used['heap_end']})")
    if memory.heap_start < memory.stack_top <= memory.heap_end:
        yield Finding("stack meets the heap", f"the stack starts at {memory.stack_top:#010x} "
                      f"({memory.used['stack_top']}), within {where}: {what} and stack overwrite each other from "
                      "the first call on")
    elif memory.stack_limit is not None and memory.heap_start < memory.stack_top and \
            memory.stack_limit < memory.heap_end:
        yield Finding("stack meets the heap", f"the stack reserve {memory.stack_limit:#010x}.."
                      f"{memory.stack_top:#010x} ({memory.used['stack_limit']}) overlaps {where} by "
                      f"{memory.heap_end - max(memory.stack_limit, memory.heap_start):,} bytes")


def small_stack(subject):
    """A reserve that an allocation alone exceeds."""
    memory = subject.memory
    function = subject.code.named("malloc")
    if function is None or memory.reserve_start is None or memory.stack_top is None:
        return
    reserve_bytes = memory.stack_top - memory.reserve_start
    needed = subject.stack.worst(function).bytes + INTERRUPT_FRAME_BYTES
    if 0 < reserve_bytes < needed:
        yield Finding("stack reserve too small", f"the stack reserve has {reserve_bytes:,} bytes, and a call of malloc "
                      f"with one interrupt takes up to {needed:,}: it then grows into the heap")


def arena_shape(subject):
    """Ends that are no multiples of 8, or an arena that pools/ refuses."""
    memory = subject.memory
    if memory.arena_start is None or memory.arena_end is None:
        return
    for what, value in (("start", memory.arena_start), ("end", memory.arena_end)):
        if value % 8:
            yield Finding("arena misaligned", f"the arena's {what}, {value:#010x} ({memory.used[f'arena_{what}']}), is "
                          "no multiple of 8: include linker/obmalloc.ld unchanged")
    size = memory.arena_end - memory.arena_start
    if size < ARENA_BYTES_MIN:
        yield Finding("arena too small", f"the arena has {max(size, 0):,} bytes; obmalloc opens none below "
                      f"{ARENA_BYTES_MIN:,}, and the C library serves everything")


# ---- config word

def config_places(firmware):
    """The addresses at which there is a config word, or should be."""
    symbol = firmware.by_name.get(CONFIG_SYMBOL)
    found = set(firmware.occurrences(config_word.MAGIC))
    if symbol is not None:
        found.add(symbol.address)
    for section in firmware.sections:
        if section.name == CONFIG_SECTION:
            found.add(section.address)
    return sorted(found)


def config(subject):
    """The config word is missing, damaged or there twice."""
    if not subject.has_obmalloc:
        return
    found = config_places(subject.firmware)
    if not found:
        yield Finding("config word missing", "the image has no config word, section .obmalloc_config: keep that "
                      "section in the linker script, and in what objcopy copies")
        return
    if len(found) > 1:
        yield Finding("several config words", "the image has config words at "
                      f"{' and '.join(f'{place:#010x}' for place in found)}: which one counts is unknown")
    for place in found:
        data = subject.firmware.bytes_at(place, config_word.WORD.size)
        if len(data) < config_word.WORD.size:
            yield Finding("config word missing", f"the config word at {place:#010x} is not in the file: section "
                          ".obmalloc_config was left out, or is not loaded")
            continue
        try:
            config_word.flag_of(data)
        except config_word.WordError as error:
            yield Finding("config word damaged", f"the config word at {place:#010x} is damaged: {error}; it counts "
                          "as 0")
    for place in found:
        section = subject.firmware.section_at(place)
        if section is not None and section.flags & elf_file.WRITABLE:
            yield Finding("config word in RAM", f"the config word at {place:#010x} is in section {section.name}, "
                          "which is writable: it belongs into the flash")


CHECKS = (absent, half_override, foreign_headers, bypassing_calls, second_allocator, foreign_sbrk, folded_calloc,
          meeting, small_stack, arena_shape, config)


def all_findings(subject):
    return [finding for check in CHECKS for finding in check(subject)]
