# SPDX-License-Identifier: MIT
"""Whose the allocation functions of an image are, and whose heap each of them ends in.

An owner is told by the map of the link where there is one, else by the name of the source file that the linker
keeps in local symbols, and by the variables that the code refers to.
"""

import re

from firmware import elf_file

OURS, PRIVATE, LIBC, FIRMWARE = "obmalloc", "private copy", "C library", "firmware"

PUBLIC = ("malloc free calloc realloc memalign aligned_alloc posix_memalign valloc pvalloc malloc_usable_size "
          "reallocarray reallocf cfree malloc_trim mallinfo mallopt malloc_stats").split()
REENTRANT = ("_malloc_r _free_r _calloc_r _realloc_r _memalign_r _valloc_r _pvalloc_r _malloc_usable_size_r "
             "_reallocf_r _cfree_r _malloc_trim_r _mallinfo_r _mallopt_r _malloc_stats_r").split()
CXX = re.compile(r"_Z(nw|na|dl|da)")
CXX_NAMES = {"nw": "operator new", "na": "operator new[]", "dl": "operator delete", "da": "operator delete[]"}
WRAP = "__wrap_"
PRIVATE_PREFIX = "libc_"
# What hands out or takes back blocks; the others only tell of them.
ALLOCATES = set("malloc calloc realloc memalign aligned_alloc posix_memalign valloc pvalloc _malloc_r _calloc_r "
                "_realloc_r _memalign_r _valloc_r _pvalloc_r free _free_r".split())

# Source files of newlib's, newlib-nano's and picolibc's allocators, and of what only forwards to these.
HEAP_SOURCE = re.compile(r"(nano-)?mallocr\.c$|nano-malloc-\w+\.c$")
FORWARD_SOURCE = re.compile(r"(malloc|calloc|realloc|malign|msize|valloc|mtrim|mstats|reallocarray|reallocf|"
                            r"aligned_alloc|posix_memalign)\.c$")
LIBC_ARCHIVE = re.compile(r"lib(c|g|c_nano|g_nano|rdimon|nosys)\.a\(")
OUR_ARCHIVE = re.compile(r"libobmalloc\.a\(")
BOOKKEEPING = re.compile(r"__malloc_(av_|free_list|sbrk_|top|trim|current_mallinfo|max_|block)")
# The C library's functions that look into the words beside a block.
HEADER_READERS = set("realloc _realloc_r memalign _memalign_r malloc_usable_size _malloc_usable_size_r free "
                     "_free_r _malloc_trim_r".split())

# Allocators that are known by name; others by a pair XmallocY, XfreeY.
OTHERS = ("pvPortMalloc vPortFree pvPortCalloc tlsf_malloc tlsf_free tlsf_memalign umm_malloc umm_free "
          "o1heapAllocate o1heapFree lv_mem_alloc lv_malloc_core k_malloc k_heap_alloc sys_heap_alloc "
          "tx_byte_allocate mem_malloc rt_malloc chHeapAlloc chHeapAllocAligned os_malloc bget ta_alloc "
          "mi_malloc je_malloc dlmalloc dlmemalign ptmalloc nedmalloc").split()
OUR_PREFIXES = ("obmalloc_", "pools_", "route_", "entry_", "serve_", "libc_block_", "space_", "bulk_", "bounds_",
                "plenty_")
# A wrapper that only counts has less.
OWN_MEMORY_BYTES_MIN = 256
# Variables and constants that no image with obmalloc is without.
MARKS = ("obmalloc_state", "obmalloc_heap", "obmalloc_config_word")
HOOKS = ("obmalloc_misuse", "obmalloc_boot_flag", "obmalloc_boot_region")


def display(name):
    """A name as its user knows it."""
    match = CXX.match(name)
    if not match:
        return name
    text = CXX_NAMES[match.group(1)]
    if "align_val" in name:
        text += ", aligned"
    if "nothrow" in name:
        text += ", nothrow"
    return text


def is_family(name):
    """Whether C, POSIX, newlib or C++ reserves the name for the allocator."""
    return name in PUBLIC or name in REENTRANT or bool(CXX.match(name) and is_allocation_operator(name))


def is_allocation_operator(name):
    """_Znwj and its kin, but not a class's operator new nor one that places."""
    return bool(re.match(r"_Z(n[wa]j|d[la]Pvj?)(St11align_val_t)?(RKSt9nothrow_t)?$", name))


class Entry:
    """One allocation function. homes: the heaps that its blocks come from or go to."""

    def __init__(self, name, function, owner, homes):
        self.name, self.function, self.owner, self.homes = name, function, owner, homes

    @property
    def is_wrap(self):
        return self.name.startswith(WRAP)

    @property
    def plain_name(self):
        return self.name[len(WRAP):] if self.is_wrap else self.name

    def text(self):
        return f"{display(self.name)} at {self.function.address:#010x}"


class Allocators:
    """All entries of an image, found once."""

    def __init__(self, code, link_map=None):
        self.code = code
        self.link_map = link_map
        self._homes = {}
        self.entries = {}
        for function in code.functions:
            for name in function.names:
                plain = name[len(WRAP):] if name.startswith(WRAP) else name
                if is_family(plain):
                    self.entries[name] = Entry(name, function, self.owner(function),
                                               self.homes(function))

    def with_home(self, home, names=None):
        return [entry for entry in self.entries.values()
                if home in entry.homes and (names is None or entry.plain_name in names)]

    @property
    def ours_is_in(self):
        """Whether anything of obmalloc but a firmware's hooks is in the image."""
        return any(name in self.code.firmware.by_name for name in MARKS)

    # ---- whose code

    def place(self, function):
        return self.link_map.object_at(function.address) if self.link_map else None

    def is_private(self, function):
        return any(name.startswith(PRIVATE_PREFIX) and
                   (is_family(name[len(PRIVATE_PREFIX):]) or name[len(PRIVATE_PREFIX):].startswith("__malloc_"))
                   for name in function.names)

    def refers_to_ours(self, function):
        return any(name.startswith("obmalloc_") for name in self.code.objects(function))

    def is_ours(self, function):
        """Whether the function came with obmalloc."""
        place = self.place(function)
        if place:
            return bool(OUR_ARCHIVE.search(place)) and not self.is_private(function)
        if any(name in HOOKS for name in function.names):
            return False
        if function.name.startswith(OUR_PREFIXES) or self.refers_to_ours(function):
            return True
        if not is_family(function.name) and function.name not in ("_sbrk", "sbrk", "free_refused"):
            return False
        return any(callee.name.startswith(("route_", "entry_", "serve_")) or self.is_private(callee)
                   for _, callee in self.code.calls(function))

    def is_libc(self, function):
        """Whether the function is of the C library's allocator, or forwards to it."""
        place = self.place(function)
        if place:
            return bool(LIBC_ARCHIVE.search(place))
        source = function.source or ""
        if HEAP_SOURCE.match(source):
            return True
        if any(BOOKKEEPING.match(name) for name in self.code.objects(function)):
            return True
        callees = [callee for _, callee in self.code.calls(function)]
        return bool(FORWARD_SOURCE.match(source)) and bool(callees) and all(
            is_family(callee.name.replace(WRAP, "")) or callee.name.startswith("__") for callee in callees)

    def owner(self, function):
        if self.is_private(function):
            return PRIVATE
        if self.is_ours(function):
            return OURS
        return LIBC if self.is_libc(function) else FIRMWARE

    # ---- whose heap

    def homes(self, function):
        """The heaps, of OURS, PRIVATE, LIBC and FIRMWARE, that the function works on."""
        if function.address in self._homes:
            return self._homes[function.address]
        self._homes[function.address] = frozenset()  # a circle adds nothing
        owner = self.owner(function)
        if owner in (OURS, PRIVATE):
            found = {owner}
        elif owner == LIBC and self.keeps_the_heap(function):
            found = {LIBC}
        else:
            found = set().union(*(self.homes(callee) for callee in self.forwards(function)))
            found = found or {owner}
        self._homes[function.address] = frozenset(found)
        return self._homes[function.address]

    def keeps_the_heap(self, function):
        """Whether a function of the C library handles blocks itself, rather than asking another one."""
        if any(BOOKKEEPING.match(name) for name in self.code.objects(function)):
            return True
        names = set(function.names) & HEADER_READERS
        return bool(names) and bool(HEAP_SOURCE.match(function.source or "") or not self.forwards(function))

    def forwards(self, function):
        """The allocation functions that it calls or passes on, itself or through one helper with such a name."""
        found = []
        for callee in self.code.uses(function):
            if callee is function:
                continue
            if self._is_allocation(callee):
                found.append(callee)
            elif re.search(r"alloc|free|new", callee.name, re.IGNORECASE):
                found += [inner for inner in self.code.uses(callee)
                          if inner is not function and self._is_allocation(inner)]
        return found

    def _is_allocation(self, function):
        return any(is_family(name[len(WRAP):] if name.startswith(WRAP) else name) for name in function.names)

    # ---- others

    def other_allocators(self):
        """[Entry] of allocators under other names that neither serve from nor forward to a known heap."""
        names = set(self.code.by_name)
        found = []
        for function in self.code.functions:
            for name in function.names:
                partner = re.sub("malloc", "free", name, flags=re.IGNORECASE)
                partners = {partner, partner.replace("free", "Free"), re.sub("^pv", "v", partner)}
                if is_family(name) or name.startswith(WRAP) or self.is_private(function):
                    continue
                known = name in OTHERS
                paired = re.search("malloc", name, re.IGNORECASE) and partners & names
                if not (known or paired) or name.startswith(("__malloc_", *OUR_PREFIXES)):
                    continue
                if self.homes(function) != {FIRMWARE} or self.is_ours(function) or self._uses_pools(function):
                    continue
                for each in [name, *sorted(partners & names if paired else ())]:
                    if not any(entry.name == each for entry in found):
                        found.append(Entry(each, self.code.by_name[each], FIRMWARE, frozenset({FIRMWARE})))
        return found

    def _uses_pools(self, function):
        """Whether it is a heap over obmalloc's own pools."""
        return any(callee.name.startswith(("pools_", "obmalloc_")) for _, callee in self.code.calls(function))

    def memory_of(self, function):
        """The largest variable that it may serve from: (name, bytes). Those count that it, or a helper that it
        calls, refers to, and those that only its source file knows."""
        functions = [function] + [callee for _, callee in self.code.calls(function)
                                  if not self._is_allocation(callee)]
        known = set().union(*(self.code.objects(other) for other in functions))
        files = {other.source for other in functions if other.source}
        variables = [symbol for symbol in self.code.firmware.symbols if symbol.kind == "STT_OBJECT"
                     and (symbol.name in known or symbol.file in files) and self._is_writable(symbol.address)]
        return max(((symbol.name, symbol.size) for symbol in variables), key=lambda pair: pair[1],
                   default=(None, 0))

    def _is_writable(self, address):
        section = self.code.firmware.section_at(address)
        return section is not None and bool(section.flags & elf_file.WRITABLE)

    def has_own_memory(self, function):
        """Whether a firmware's function looks as if it served blocks itself, though it also forwards."""
        return self.owner(function) == FIRMWARE and self.memory_of(function)[1] >= OWN_MEMORY_BYTES_MIN
