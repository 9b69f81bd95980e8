# SPDX-License-Identifier: MIT
"""Where a firmware keeps its heap, and how: the records of port/layout.h out of an ELF file.

A file without records, made before there were any or by a linker script that drops them, is read by its symbols, with
the offsets of version 1; without symbols, memory itself is searched (search.py).
"""

import collections
import struct

from .errors import HeapImageError

SECTION = ".obmalloc_layout"
MAGIC = b"OBML"
VERSION = 1
# Of the heap: its links are encoded, and one more word says where the secret is (pools/link.h).
ENCODED_VERSION = 2
HEAD = struct.Struct("<4sHHI")
HEAP, STATE, HEAPS, LEDGER, LIBC = range(1, 6)
LIBC_NAMES = {1: "nano", 2: "newlib", 3: "picolibc"}

# The words of each kind, in their order.
FIELDS = {
    HEAP: "heap heap_bytes pools base fast_free_granules untouched used_chunks bins_filled plenty_bins end "
          "plenty_chunk_bytes high_water cleared_granules drain_class start bins class_first class_last bin_count "
          "small_bytes_max pooled_bytes_max region_bytes_min region_bytes_max plenty_chunk_shift plenty_chunk_parts "
          "heap_start heap_end arena_start arena_end config_word secret",
    STATE: "state state_bytes mode flag booted whole_region_is_arena boot_flag_ignored boot_region_ignored "
           "config_word_damaged arena_refused source heaps_exist region_start region_end region_arena_bytes "
           "arena_start heap_break heap_break_high_water libc_used_blocks overflow_small_to_libc "
           "overflow_large_to_arena failure_count misuse_count misuse_kinds",
    HEAPS: "first_heap other_heap_count header_bytes pools next region_end live_blocks failures_and_orphaned "
           "heap_count_max",
    LEDGER: "base fast_free_granules untouched end mode",
    LIBC: "libc list",
}
KIND_NAMES = {HEAP: "the heap", STATE: "the port's state", HEAPS: "further heaps", LEDGER: "the ledger",
              LIBC: "the C library's heap"}
Record = {kind: collections.namedtuple("Record", words) for kind, words in FIELDS.items()}
# None in a record of version 1: links are addresses.
Record[HEAP].__new__.__defaults__ = (None,)

# What the records of version 1 say on every build: for a file that has none.
HEAP_VERSION_1 = {
    "heap_bytes": 312, "pools": 0, "base": 132, "fast_free_granules": 136, "untouched": 140, "used_chunks": 144,
    "bins_filled": 148, "plenty_bins": 152, "end": 156, "plenty_chunk_bytes": 160, "high_water": 164,
    "cleared_granules": 168, "drain_class": 172, "start": 176, "bins": 180, "class_first": 2, "class_last": 31,
    "bin_count": 32, "small_bytes_max": 512, "pooled_bytes_max": 248, "region_bytes_min": 1024,
    "region_bytes_max": 0x01000000, "plenty_chunk_shift": 5, "plenty_chunk_parts": 9,
}
STATE_VERSION_1 = {
    "state_bytes": 72, "mode": 0, "flag": 1, "booted": 2, "whole_region_is_arena": 3, "boot_flag_ignored": 4,
    "boot_region_ignored": 5, "config_word_damaged": 6, "arena_refused": 7, "source": 8, "heaps_exist": 9,
    "region_start": 12, "region_end": 16, "region_arena_bytes": 20, "arena_start": 24, "heap_break": 28,
    "heap_break_high_water": 32, "libc_used_blocks": 36, "overflow_small_to_libc": 40, "overflow_large_to_arena": 44,
    "failure_count": 48, "misuse_count": 52, "misuse_kinds": 5,
}
HEAPS_VERSION_1 = {
    "header_bytes": 328, "pools": 0, "next": 312, "region_end": 316, "live_blocks": 320, "failures_and_orphaned": 324,
    "heap_count_max": 8,
}


class Layout:
    """heap, state, heaps, ledger, libc: a record each, or None where the firmware has nothing of it.

    source: "records", "symbols" or "search". unknown: [(kind, version, words)] of other kinds.
    """

    def __init__(self, records, source, unknown=()):
        self.heap = records.get(HEAP)
        self.state = records.get(STATE)
        self.heaps = records.get(HEAPS)
        self.ledger = records.get(LEDGER)
        self.libc = records.get(LIBC)
        self.source = source
        self.unknown = list(unknown)

    @property
    def libc_name(self):
        return LIBC_NAMES.get(self.libc.libc) if self.libc else None


def of_records(data, name):
    """The layout that the bytes of the section say. Raises HeapImageError iff they are damaged or too new."""
    records, unknown, offset = {}, [], 0
    while offset < len(data):
        if len(data) - offset < HEAD.size:
            raise HeapImageError(f"{name}: section {SECTION} is cut off at its byte {offset}")
        magic, kind, version, size = HEAD.unpack_from(data, offset)
        if magic != MAGIC or size < HEAD.size or size % 4 or size > len(data) - offset:
            raise HeapImageError(f"{name}: section {SECTION} is damaged at its byte {offset}: no record starts there")
        words = struct.unpack_from(f"<{(size - HEAD.size) // 4}I", data, offset + HEAD.size)
        if kind in FIELDS:
            records[kind] = _record(kind, version, words, name)
        else:
            unknown.append((kind, version, words))
        offset += size
    if HEAP not in records or STATE not in records:
        raise HeapImageError(f"{name}: section {SECTION} lacks the record of the heap or that of the port's state")
    return Layout(records, "records", unknown)


def _record(kind, version, words, name):
    is_encoded = kind == HEAP and version == ENCODED_VERSION
    if version != VERSION and not is_encoded:
        raise HeapImageError(f"{name}: the layout of {KIND_NAMES[kind]} has version {version}, and this tool knows "
                             f"version {VERSION}: use the tool of the same revision as the firmware's obmalloc")
    count = len(Record[kind]._fields) - (kind == HEAP and not is_encoded)
    if len(words) < count:
        raise HeapImageError(f"{name}: the record of {KIND_NAMES[kind]} in section {SECTION} has {len(words)} words, "
                             f"{count} are wanted")
    return Record[kind](*words[:count])


def of_symbols(firmware):
    """The layout of version 1 at the places that the symbol table says; None iff it does not know the heap."""
    places = {symbol.name: symbol.address for symbol in firmware.symbols}
    if "obmalloc_heap" not in places or "obmalloc_state" not in places:
        return None
    records = {
        HEAP: heap_version_1(places["obmalloc_heap"], places),
        STATE: Record[STATE](state=places["obmalloc_state"], **STATE_VERSION_1),
    }
    if "first_heap" in places:
        records[HEAPS] = Record[HEAPS](first_heap=places["first_heap"],
                                       other_heap_count=places.get("heaps_other_heap_count", 0), **HEAPS_VERSION_1)
    libc = _libc_of_symbols(places)
    if libc:
        records[LIBC] = libc
    return Layout(records, "symbols")


def heap_version_1(address, places=()):
    """The record of a heap at that address."""
    places = dict(places)
    return Record[HEAP](
        heap=address, heap_start=places.get("__heap_start", 0), heap_end=places.get("__heap_end", 0),
        arena_start=places.get("__obmalloc_arena_start", 0), arena_end=places.get("__obmalloc_arena_end", 0),
        config_word=places.get("obmalloc_config_word", 0), **HEAP_VERSION_1)


def _libc_of_symbols(places):
    if "libc___malloc_av_" in places:
        return Record[LIBC](libc=2, list=places["libc___malloc_av_"])
    if "libc___malloc_free_list" in places:
        return Record[LIBC](libc=1 if "libc__malloc_r" in places else 3, list=places["libc___malloc_free_list"])
    return None


def of_firmware(firmware):
    """The layout of an ELF file; None iff the file alone does not tell, so that memory has to be searched."""
    section = firmware.section(SECTION)
    if section is not None:
        return of_records(firmware.section_bytes(section), firmware.name)
    return of_symbols(firmware)
