// SPDX-License-Identifier: MIT
/*
 * The port's own state. Static initialisation alone makes it what it must be before boot: no
 * constructor is needed, and allocator calls may come as soon as .data and .bss are ready.
 */
#ifndef OBMALLOC_STATE_H
#define OBMALLOC_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "obmalloc.h"

/* Who serves. UNLATCHED leads to one of the other two, and they lead nowhere. */
enum obmalloc_mode { OBMALLOC_UNLATCHED = 0, OBMALLOC_LIBC_SERVES, OBMALLOC_POOLS_SERVE };

/* The arena. Closed until OBMALLOC_POOLS_SERVE: it owns no address, and the fast paths decline
 * everything. Its base tells the entry points who serves, because they load it anyway. */
extern struct pools_heap obmalloc_heap;
#define OBMALLOC_BASE_LIBC_SERVES 0u
#define OBMALLOC_BASE_UNLATCHED   8u /* any other value with which it owns nothing */

struct obmalloc_state {
    uint8_t mode;
    uint8_t flag;
    bool booted;
    bool whole_region_is_arena; /* the C library gets nothing under flag 1 */
    bool boot_flag_ignored;
    bool boot_region_ignored;
    bool config_word_damaged;
    bool arena_refused;
    uint8_t source; /* enum obmalloc_flag_source */
    struct obmalloc_region region;
    char *arena_start;
    char *heap_break; /* sbrk's, [region.start, heap_break) is the C library's heap */
    char *heap_break_high_water;
    uint32_t libc_used_blocks;
    uint32_t overflow_small_to_libc;
    uint32_t overflow_large_to_arena;
    uint32_t failure_count;
    uint32_t misuse_count[OBMALLOC_MISUSE_KIND_COUNT];
};

extern struct obmalloc_state obmalloc_state;

/* Boots if need be, settles who serves, and opens the arena under flag 1. Afterwards the mode is
 * not OBMALLOC_UNLATCHED. Idempotent. */
void obmalloc_latch(void);

/* All that the C library's heap may have, used or not, as long as the flag stays as it is. */
size_t obmalloc_libc_room_bytes(const struct obmalloc_state *state);

/* Counts a misuse and tells the hook. */
void obmalloc_report_misuse(enum obmalloc_misuse_kind kind, const char *entry_point,
                            const void *pointer, const void *caller);

#endif
