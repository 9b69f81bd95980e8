// SPDX-License-Identifier: MIT
/*
 * The port's own state. Static initialisation alone makes it what it must be before boot: no
 * constructor is needed, and allocator calls may come as soon as .data and .bss are ready.
 */
#ifndef OBMALLOC_STATE_H
#define OBMALLOC_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "entry.h"
#include "obmalloc.h"

/* Who serves. UNLATCHED leads to one of the last two, and they lead nowhere but to NOTED and back, which
 * hides them between calls while a ledger notes what is allocated before main (ledger.h). */
enum obmalloc_mode {
    OBMALLOC_UNLATCHED = 0,
    OBMALLOC_NOTED,
    OBMALLOC_LIBC_SERVES,
    OBMALLOC_POOLS_SERVE
};

/* The arena. Closed until OBMALLOC_POOLS_SERVE: it owns no address, and the fast paths decline
 * everything. Its base tells the entry points who serves, because they load it anyway. */
extern struct pools_heap obmalloc_heap;
#define OBMALLOC_BASE_LIBC_SERVES 0u
#define OBMALLOC_BASE_UNLATCHED                                                                    \
    ENTRY_BASE_UNLATCHED /* any other value with which it owns nothing */

struct obmalloc_state {
    uint8_t mode;
    uint8_t flag;
    bool booted;
    bool whole_region_is_arena; /* the C library gets nothing under flag 1 */
    bool boot_flag_ignored;
    bool boot_region_ignored;
    bool config_word_damaged;
    bool arena_refused;
    uint8_t source;   /* enum obmalloc_flag_source */
    bool heaps_exist; /* beside the main one */
    uint16_t
        seal; /* of what is settled, and of the break: obmalloc_seal_of() once latched, else 0 */
    struct obmalloc_region region;
    char *arena_start;
    char *heap_break; /* sbrk's, [region.start, heap_break) is the C library's heap */
    char *heap_break_high_water;
    uint32_t libc_used_blocks;
    uint32_t overflow_small_to_libc;
    uint32_t overflow_large_to_arena;
    uint32_t failure_count;
    uint32_t misuse_count[OBMALLOC_MISUSE_OTHER_HEAP]; /* that one is counted where heaps are */
};

extern struct obmalloc_state obmalloc_state;

/* Whether the arena is open, though it may be hidden. */
static inline bool obmalloc_arena_serves(const struct obmalloc_state *state) {
    return state->mode == OBMALLOC_POOLS_SERVE ||
           (state->mode == OBMALLOC_NOTED && state->flag == 1 && !state->arena_refused);
}

/* Boots if need be, settles who serves, and opens the arena under flag 1. Afterwards the mode is
 * not OBMALLOC_UNLATCHED. Idempotent. */
void obmalloc_latch(void);

/* All that the C library's heap may have, used or not, as long as the flag stays as it is. */
size_t obmalloc_libc_room_bytes(const struct obmalloc_state *state);

/* Returns true iff every word of the closed arena is what it was when it was closed; base: one of the two
 * above. */
bool obmalloc_heap_is_closed(uint32_t base);

/* Where the arena ends, which is aligned. */
char *obmalloc_arena_end_of(const struct obmalloc_region *region);

/* A number that every changed bit of the fields up to heap_break changes, but for mode and seal. */
uint16_t obmalloc_seal_of(const struct obmalloc_state *state);

/* The part of it that a word has. */
static inline uint16_t obmalloc_seal_part(uint32_t word) {
    return (uint16_t)(word ^ word >> 16);
}

/* Says whether there are heaps beside the main one. Under flag 0 the entry points then leave their short
 * way to the C library, because a block may be one of theirs. */
void obmalloc_settle(bool heaps_exist);

/* Counts a misuse, any but OBMALLOC_MISUSE_OTHER_HEAP, and tells the hook. */
void obmalloc_report_misuse(enum obmalloc_misuse_kind kind, const char *entry_point,
                            const void *pointer, const void *caller);

/* Tells the hook. */
void obmalloc_tell_misuse(enum obmalloc_misuse_kind kind, const char *entry_point,
                          const void *pointer, const void *caller);

#endif
