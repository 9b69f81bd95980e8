# SPDX-License-Identifier: MIT
"""The port's own state: the flag and where it came from, the region, the counters."""

UNLATCHED, NOTED, LIBC_SERVES, POOLS_SERVE = range(4)
SOURCES = ("the config word", "the damaged config word", "the boot hook", "a request", "the black box")
MISUSE_KINDS = ("foreign", "misaligned", "no block", "double free", "corrupt", "other heap")
BYTES = ("mode", "flag", "booted", "whole_region_is_arena", "boot_flag_ignored", "boot_region_ignored",
         "config_word_damaged", "arena_refused", "source", "heaps_exist")
WORDS = ("region_start", "region_end", "region_arena_bytes", "arena_start", "heap_break", "heap_break_high_water",
         "libc_used_blocks", "overflow_small_to_libc", "overflow_large_to_arena", "failure_count")


class State:
    """struct obmalloc_state, field by field; misuse_count by MISUSE_KINDS, the last of which heaps count."""

    def __init__(self, memory, layout):
        self.address = layout.state
        for field in BYTES:
            setattr(self, field, memory.byte(layout.state + getattr(layout, field)))
        for field in WORDS:
            setattr(self, field, memory.word(layout.state + getattr(layout, field)))
        self.misuse_count = [memory.word(layout.state + layout.misuse_count + 4 * index)
                             for index in range(layout.misuse_kinds)]

    @property
    def is_latched(self):
        return self.mode != UNLATCHED

    @property
    def arena_serves(self):
        """obmalloc_arena_serves() of port/state.h."""
        return self.mode == POOLS_SERVE or self.mode == NOTED and self.flag == 1 and not self.arena_refused

    @property
    def libc_limit(self):
        """What the C library's heap may grow to."""
        if not self.arena_serves:
            return self.region_end
        return self.region_start if self.whole_region_is_arena else self.arena_start

    def sentence(self):
        """obmalloc_boot_report().sentence."""
        if self.arena_refused:
            return "the arena cannot hold one pool, so the C library serves everything"
        if self.boot_region_ignored:
            return "obmalloc_boot_region left an impossible region, so the linker's is used"
        if self.config_word_damaged:
            return ("the config word is damaged, so use_main_obmalloc is 0" if self.source == 1 else
                    "the config word is damaged, but a later source has set use_main_obmalloc")
        if self.boot_flag_ignored:
            return "obmalloc_boot_flag answered neither 0, 1 nor -1 and is ignored"
        return "pools serve 1..512 bytes" if self.flag else "the C library serves everything"

    def impossible(self):
        """What no run of the allocator leaves there, as a text; None iff the state is possible."""
        if self.mode > POOLS_SERVE:
            return f"its mode is {self.mode}, which is none"
        for field in BYTES[1:]:
            if field != "source" and getattr(self, field) > 1:
                return f"its {field} is {getattr(self, field)}, neither 0 nor 1"
        if self.source >= len(SOURCES):
            return f"its flag's source is {self.source}, which is none"
        if not self.booted:
            is_clear = self.mode == UNLATCHED and not any(getattr(self, word) for word in WORDS)
            return None if is_clear else "it is in use without having been booted"
        if not self.region_start < self.region_end or self.region_arena_bytes > self.region_end - self.region_start:
            return f"its region is {self.region_start:#010x}..{self.region_end:#010x}"
        if not self.region_start <= self.heap_break <= self.heap_break_high_water <= self.region_end:
            return (f"its break {self.heap_break:#010x} does not lie in its region "
                    f"{self.region_start:#010x}..{self.region_end:#010x}")
        if not self.region_start <= self.arena_start <= self.region_end:
            return f"its arena starts at {self.arena_start:#010x}, outside of its region"
        return None
