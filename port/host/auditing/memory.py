# SPDX-License-Identifier: MIT
"""Where data, heap, arena and stack lie in RAM, by the symbols that linker scripts usually define."""

import collections

from firmware import elf_file

HEAP_START = ("__heap_start", "end", "_end", "__end__", "__HeapBase", "__heap_base")
HEAP_END = ("__heap_end", "__HeapLimit", "__heap_limit", "_heap_end")
STACK_TOP = ("_estack", "__stack_top", "__StackTop", "__stack", "_stack", "__initial_sp")
STACK_LIMIT = ("__stack_limit", "__StackLimit", "_stack_limit", "__stack_bottom", "_sstack")
STACK_SIZE = ("_Min_Stack_Size", "__stack_size", "__STACK_SIZE", "__StackSize", "_stack_size")

ARENA_SECTION = ".obmalloc_arena"

Interval = collections.namedtuple("Interval", "kind start end")
DATA, BSS, HEAP, ARENA, STACK, FREE = "data", "bss", "libc heap", "arena", "stack reserve", "free"
KINDS = (DATA, BSS, HEAP, ARENA, STACK, FREE)


# Sections that only keep the place of heap, arena or stack; and lists of constructors, writable in name only.
PLACE_WORDS = ("heap", "stack", "obmalloc_arena")
LISTS = (".init_array", ".fini_array", ".preinit_array", ".ctors", ".dtors")


def holds_no_data(section):
    if section.load_address == section.address and section.name.startswith(LISTS):
        return True
    return any(word in section.name.lower() for word in PLACE_WORDS)


class Memory:
    """The layout of one image. Each of heap_start, heap_end, arena_start, arena_end, stack_top, stack_limit is an
    address or None; `used` says which symbol, or what else, gave it."""

    def __init__(self, firmware, link_map=None):
        self.firmware, self.link_map = firmware, link_map
        self.used = {}
        self.vectors = firmware.vectors()
        self.heap_start = self._symbol("heap_start", HEAP_START)
        self.heap_end = self._symbol("heap_end", HEAP_END)
        self.arena_start = self._symbol("arena_start", ("__obmalloc_arena_start",))
        self.arena_end = self._symbol("arena_end", ("__obmalloc_arena_end",))
        if self.arena_start is None:
            self._find_arena_section()
        self._find_stack()
        self._find_ram()

    def _symbol(self, what, names):
        found = self.firmware.value(*names)
        if found is None:
            return None
        self.used[what] = found[0]
        return found[1]

    def _find_arena_section(self):
        """What of a stripped image tells where the arena is."""
        for section in self.firmware.sections:
            if section.name == ARENA_SECTION:
                self.arena_start, self.arena_end = section.address, section.address + section.size
                self.used["arena_start"] = self.used["arena_end"] = f"section {section.name}"

    def _find_stack(self):
        if self.vectors:
            self.stack_top = self.vectors[1]
            self.used["stack_top"] = f"the vector table at {self.vectors[0]:#010x}"
        else:
            self.stack_top = self._symbol("stack_top", STACK_TOP)
        self.stack_limit = self._symbol("stack_limit", STACK_LIMIT)
        if self.stack_limit is not None and self.stack_top and self.stack_limit >= self.stack_top:
            self.stack_limit = None  # another name's meaning than ours
        size = self.firmware.value(*STACK_SIZE)
        if self.stack_limit is None and size and self.stack_top and size[1] < self.stack_top:
            self.stack_limit = self.stack_top - size[1]
            self.used["stack_limit"] = size[0]

    def _find_ram(self):
        """The RAM that holds the heap; without a map or symbols, as far as anything is known to reach."""
        home = self.heap_start or self.stack_top
        writable = [section for section in self.firmware.sections if section.flags & elf_file.WRITABLE]
        region = None
        if self.link_map and home:
            region = self.link_map.region_at(home) or self.link_map.region_at(home - 1)
        start, size = self.firmware.value("__ram_start"), self.firmware.value("__ram_bytes")
        if region:
            self.ram = (region.start, region.start + region.size)
            self.used["ram"] = f"the map's region {region.name}"
        elif start and size:
            self.ram = (start[1], start[1] + size[1])
            self.used["ram"] = "__ram_start, __ram_bytes"
        else:
            near = [section for section in writable
                    if home and section.address <= home + (1 << 20) and home <= section.address + (64 << 20)]
            ends = [end for end in (self.stack_top, self.heap_end) if end]
            if not ends or not (near or home):
                self.ram = None
                return
            self.ram = (min([section.address for section in near] + [home]),
                        max(ends + [section.address + section.size for section in near]))
            self.used["ram"] = "what sections, heap and stack reach"

    @property
    def reserve_start(self):
        """The lowest address that the stack has to itself, or None."""
        if self.stack_limit is not None:
            return self.stack_limit
        if self.heap_end is not None and self.stack_top is not None and self.heap_end <= self.stack_top:
            return self.heap_end
        return None

    @property
    def heap_limit(self):
        """Where the dynamic region ends, or what it shares with the stack; None if neither is known."""
        return next((end for end in (self.heap_end, self.stack_limit, self.stack_top) if end is not None), None)

    def static_sections(self):
        """[(section, DATA or BSS)] of variables, and of code in RAM."""
        found = []
        for section in self.firmware.sections:
            in_ram = section.flags & elf_file.WRITABLE or section.load_address != section.address
            if in_ram and not holds_no_data(section):
                found.append((section, DATA if section.in_file else BSS))
        return found

    def intervals(self):
        """What is known of the RAM, as Intervals; they may overlap where the image is broken."""
        found = [Interval(kind, section.address, section.address + section.size)
                 for section, kind in self.static_sections()]
        if self.heap_start is not None and self.heap_limit is not None:
            end = self.heap_limit if self.arena_start is None else self.arena_start
            found.append(Interval(HEAP, self.heap_start, end))
        if self.arena_start is not None and self.arena_end is not None:
            found.append(Interval(ARENA, self.arena_start, self.arena_end))
        if self.reserve_start is not None and self.stack_top is not None:
            found.append(Interval(STACK, self.reserve_start, self.stack_top))
        return [interval for interval in found if interval.start < interval.end]

    def pieces(self):
        """The RAM cut into Intervals without gaps and overlaps, in order of address: what is first in
        intervals() counts, and the rest is FREE."""
        if self.ram is None:
            return []
        intervals = self.intervals()
        start, end = self.ram
        cuts = sorted({start, end} | {cut for interval in intervals for cut in interval[1:] if start < cut < end})
        pieces = []
        for low, high in zip(cuts, cuts[1:]):
            kind = next((interval.kind for interval in intervals if interval.start <= low < interval.end), FREE)
            if pieces and pieces[-1].kind == kind:
                pieces[-1] = Interval(kind, pieces[-1].start, high)
            else:
                pieces.append(Interval(kind, low, high))
        return pieces

    def elsewhere(self):
        """Writable sections outside of that RAM."""
        return [section for section, _ in self.static_sections()
                if self.ram and not self.ram[0] <= section.address < self.ram[1]]
