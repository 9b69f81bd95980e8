# SPDX-License-Identifier: MIT
"""The whole of it: a firmware's heaps at the moment that a memory shows."""

from . import elf, geometry, layout as layouts, search
from . import memory as memories
from .errors import HeapImageError
from .libc_heap import LibcHeap
from .pools_heap import Finding, PoolsHeap
from .state import NOTED, POOLS_SERVE, State

VECTOR_TABLE_BYTES = 64  # the part that every Cortex-M has


class HeapImage:
    """memory: has read(address, length). layout: a Layout. firmware: an ElfFile, or None. is_verified: whether the
    memory is known to be of this firmware, so that what contradicts the file is damage.

    state: a State. arena: a PoolsHeap, closed under flag 0. heaps: those beside it. libc: a LibcHeap, or None.
    findings: [(heap's name, Finding)], all damage that is known.
    Raises HeapImageError iff memory and layout cannot belong together, or the memory does not reach.
    """

    def __init__(self, memory, layout, firmware=None, is_verified=False):
        self.memory = memories.Cached(memory)
        self.layout, self.firmware, self.is_verified = layout, firmware, is_verified
        self.name = getattr(memory, "name", "the memory")
        self.state = State(self.memory, layout.state)
        self.arena = PoolsHeap(self.memory, layout.heap, layout.heap.heap, "arena", self._hidden())
        self._refuse_strangers()
        self._list_finding = None
        self.heaps = list(self._further_heaps())
        self.libc = self._libc_heap()
        self.other_heap_misuses = self._other_heap_misuses()

    def _hidden(self):
        """The main heap's words while the ledger hides it (port/ledger.h)."""
        if self.state.mode != NOTED or not self.layout.ledger:
            return None
        places = self.layout.ledger
        return {word: self.memory.word(getattr(places, word))
                for word in ("base", "fast_free_granules", "untouched", "end")}

    def _refuse_strangers(self):
        state, heap = self.state, self.layout.heap
        problem = state.impossible()
        if problem:
            doubt = ("the firmware has not come as far as its variables' first values" if self.is_verified else
                     f"{self.name} does not match the ELF file")
            raise HeapImageError(f"{doubt}, or obmalloc's variables have been overwritten: at {state.address:#010x}, "
                                 f"where the file has struct obmalloc_state, {problem}")
        if not state.booted:
            self._refuse_other_variables()
        if not self.is_verified and state.booted:
            self._refuse_other_region(heap)
            self._refuse_other_arena()

    def _arena_bounds(self):
        """As the state has them."""
        end = min(self.state.region_end & ~7, self.state.arena_start + self.layout.heap.region_bytes_max)
        return (self.state.arena_start + 7) & ~7, end

    def _refuse_other_arena(self):
        if self.state.mode == POOLS_SERVE and (self.arena.start, self.arena.end) != self._arena_bounds():
            low, high = self._arena_bounds()
            raise HeapImageError(
                f"{self.name} does not match the ELF file, or obmalloc's variables have been overwritten: the heap at "
                f"{self.arena.address:#010x} says that it is {self.arena.start:#010x}..{self.arena.end:#010x}, the "
                f"state at {self.state.address:#010x} that it is {low:#010x}..{high:#010x}")

    def _refuse_other_variables(self):
        """Before boot the heap's variables have the values that the file gives them."""
        heap = self.layout.heap
        variables = memories.variables_of(self.firmware) if self.firmware else None
        if variables and variables.holds(heap.heap, heap.heap_bytes) and (
                variables.read(heap.heap, heap.heap_bytes) != self.memory.read(heap.heap, heap.heap_bytes)):
            raise HeapImageError(
                f"{self.name} shows a firmware whose variables have not got their first values yet (run it up to main), "
                f"or does not match the ELF file: the heap at {heap.heap:#010x} is neither as the file has it nor in use")

    def _refuse_other_region(self, heap):
        """A region that is neither the linker's nor reaches beyond it: that of another build, unless a hook made it."""
        state = self.state
        starts_there = heap.heap_start == state.region_start
        ends_there = state.region_end in (heap.heap_end, heap.arena_end)
        hook = self.firmware and self.firmware.symbol("obmalloc_boot_region")
        is_stripped = not (self.firmware and self.firmware.symbols)  # it may have the hook
        if heap.heap_end and not (starts_there and ends_there) and not hook and not is_stripped:
            raise HeapImageError(
                f"{self.name} does not match the ELF file: its dynamic memory is {state.region_start:#010x}.."
                f"{state.region_end:#010x}, that of the file is {heap.heap_start:#010x}..{heap.heap_end:#010x}")

    def _further_heaps(self):
        """Up to the list's end, or to where it cannot be followed, which is damage."""
        record = self.layout.heaps
        if not record:
            return
        link, seen = record.first_heap, []
        while True:
            address = self.memory.word(link)
            if not address:
                return
            try:
                heap = self._further_heap(record, address)
            except HeapImageError:
                heap = None
            if heap is None or address in seen or len(seen) == record.heap_count_max:
                self._list_finding = Finding(link, "the list of heaps leads to what is no heap")
                return
            yield heap
            seen.append(address)
            link = address + record.next

    def _further_heap(self, record, address):
        heap = PoolsHeap(self.memory, self.layout.heap, address + record.pools, f"heap at {address:#010x}")
        heap.region_start = address
        heap.region_end = self.memory.word(address + record.region_end)
        if address % 8 or heap.region_end < address + record.header_bytes + self.layout.heap.region_bytes_min:
            raise HeapImageError(f"no heap starts at {address:#010x}")
        heap.live_blocks = self.memory.word(address + record.live_blocks)
        failures = self.memory.word(address + record.failures_and_orphaned)
        heap.failure_count, heap.is_orphaned = failures & 0x7FFFFFFF, bool(failures >> 31)
        return heap

    def _libc_heap(self):
        if not self.layout.libc or not self.state.booted:
            return None
        return LibcHeap(self.memory, self.layout.libc_name, self.layout.libc.list, self.state.region_start,
                        self.state.heap_break)

    def _other_heap_misuses(self):
        place = self.layout.heaps.other_heap_count if self.layout.heaps else 0
        return self.memory.word(place) if place else 0

    # ---- asked of all heaps

    @property
    def pools_heaps(self):
        """The arena, if it is open, and the heaps beside it."""
        return ([self.arena] if self.state.arena_serves else []) + self.heaps

    @property
    def misuse_count(self):
        return [*self.state.misuse_count, self.other_heap_misuses]

    @property
    def findings(self):
        found = [(heap.name, finding) for heap in self.pools_heaps for finding in [heap.check()] if finding]
        for heap in self.heaps:
            if heap.is_walkable and len(heap.live) != heap.live_blocks:
                address = heap.region_start + self.layout.heaps.live_blocks
                found.append((heap.name, Finding(address, "the heap's count of live blocks is not that of its map")))
        if self._list_finding:
            found.append(("heaps", self._list_finding))
        if self.libc and self.libc.finding:
            found.append(("C library", Finding(*self.libc.finding)))
        return found

    @property
    def libc_room_bytes(self):
        """All that the C library's heap may have, as obmalloc_libc_room_bytes()."""
        return self.state.libc_limit - self.state.region_start

    @property
    def never_used_bytes(self):
        """obmalloc_never_used_bytes()."""
        count = self.state.libc_limit - self.state.heap_break_high_water if self.state.booted else 0
        if self.state.arena_serves:
            count += self.arena.end - max(self.arena.untouched, self.arena.high_water)
        return count

    @property
    def free_bytes(self):
        """obmalloc_statistics().free_bytes."""
        sums = self.arena.statistics() if self.state.arena_serves else {"free_bytes": 0, "pool_ready_bytes": 0}
        used = self.libc.used_bytes if self.libc else 0
        return sums["free_bytes"] + sums["pool_ready_bytes"] + self.libc_room_bytes - used

    def largest_request(self):
        """The largest request that malloc would serve now, from the arena or the C library."""
        from_arena = self.arena.largest_request() if self.state.arena_serves else 0
        return max(from_arena, self._largest_of_libc())

    def _largest_of_libc(self):
        """Of the C library's: a free chunk, or what it may still ask sbrk for; its header counted off."""
        room = self.state.libc_limit - self.state.heap_break
        lengths = [chunk.bytes for chunk in (self.libc.chunks if self.libc else ()) if chunk.state == "free"]
        if self.libc and self.libc.chunks and self.libc.chunks[-1].state == "top":
            room += self.libc.chunks[-1].bytes
        return max([room, *lengths]) - geometry.GRANULE_BYTES if max([room, *lengths], default=0) > 16 else 0


def open_firmware(path):
    """The ELF file of a firmware. Raises HeapImageError iff it is none."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise HeapImageError(f"{path}: {error.strerror}") from None
    firmware = elf.ElfFile(data, str(path))
    if firmware.kind != elf.EXECUTABLE:
        raise HeapImageError(f"{path} is no linked firmware")
    return firmware


def writable_ranges(firmware):
    """[(start, end)] of the variables of a firmware, without the arena."""
    return [(section.address, section.address + section.size) for section in firmware.sections
            if section.flags & elf.ALLOCATED and section.flags & elf.WRITABLE and section.size
            and section.name != ".obmalloc_arena"]


def refuse_other_constants(firmware, memory):
    """Raises HeapImageError iff the memory holds constants, such as code, that differ from the file's.

    Two places may: the vector table, where some flash tools put a checksum, and the config word, which `make flag`
    changes in a finished image.
    """
    constants = memories.constants_of(firmware)
    first = min((start for start, _ in constants.ranges()), default=0)
    section = firmware.section(".obmalloc_config")
    allowed = [(first, first + VECTOR_TABLE_BYTES)]
    allowed += [(section.address, section.address + section.size)] if section else []
    for address, data in constants.parts:
        for start in range(address, address + len(data), memories.PAGE_BYTES):
            wanted = data[start - address:start - address + memories.PAGE_BYTES]
            held = memory.read(start, len(wanted)) if memory.holds(start, len(wanted)) else wanted
            if held != wanted:
                _refuse_difference(firmware, memory, start, held, wanted, allowed)


def _refuse_difference(firmware, memory, start, held, wanted, allowed):
    for index, (left, right) in enumerate(zip(held, wanted)):
        place = start + index
        if left != right and not any(low <= place < high for low, high in allowed):
            raise HeapImageError(f"{memory.name} does not match {firmware.name}: code or constants differ from address "
                                 f"{place:#010x} on, so it is of another build")


def layout_of(firmware, memory, ranges):
    """The layout as the file tells it, or as memory does. Raises HeapImageError iff there is no heap of ours."""
    found = layouts.of_firmware(firmware) or search.of_memory(memory, ranges)
    if not found:
        raise HeapImageError(f"{firmware.name} has no obmalloc: it has neither a section {layouts.SECTION} nor the "
                             "symbols of the heap, and no open heap is in the memory")
    return found


def open_dump(firmware_path, dump_path, base=None):
    """The HeapImage of a firmware's ELF file and a RAM dump, core file or Intel HEX file of it."""
    firmware = open_firmware(firmware_path)
    dump = memories.of_file(dump_path, base)
    refuse_other_constants(firmware, dump)
    constants = memories.constants_of(firmware)
    is_verified = all(dump.holds(start, end - start) for start, end in constants.ranges())
    memory = memories.Layered(dump, constants)
    found = layout_of(firmware, memory, dump.ranges())
    refuse_short(dump, found)
    return HeapImage(memory, found, firmware, is_verified)


def refuse_short(dump, layout):
    """Raises HeapImageError iff the dump lacks the allocator's variables or a part of the heap."""
    state, heap = layout.state, layout.heap
    for address, count in ((heap.heap, heap.heap_bytes), (state.state, state.state_bytes)):
        dump.read(address, count)
    booted = dump.read(state.state + state.booted, 1)[0]
    start, end = (int.from_bytes(dump.read(state.state + field, 4), "little")
                         for field in (state.region_start, state.region_end))
    if booted == 1 and start < end and dump.holds(start) and not dump.holds(end - 1):
        held = max(high for low, high in dump.ranges() if low <= start)
        raise HeapImageError(f"{dump.name} is truncated: the heap goes up to {end:#010x}, the dump ends at "
                             f"{held:#010x}")
