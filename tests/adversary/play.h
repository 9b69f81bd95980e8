// SPDX-License-Identifier: MIT
/*
 * Plays a sequence of allocator calls on an empty heap and keeps what the costliest call of each kind
 * took.
 *
 * Played is what the text form of tests/traces can say, in the same slots, and a block's contents are
 * written as the replay does: so a sequence that is printed costs the same when it is replayed in a
 * region of the same size.
 */
#ifndef TESTS_ADVERSARY_PLAY_H
#define TESTS_ADVERSARY_PLAY_H

#include <stdbool.h>
#include <stdint.h>

enum { PLAY_SLOT_COUNT = 192, PLAY_OPERATION_COUNT_MAX = 300 };

/* What is bounded, and what is only watched. A call that merged all that waits in the pools is of
 * kind KIND_RECLAIM, whatever else it is: it served, or failed, what no chunk could serve. */
enum play_kind {
    KIND_MALLOC_SMALL,
    KIND_FREE_SMALL,
    KIND_MALLOC_LARGE,
    KIND_FREE_LARGE,
    KIND_CALLOC,
    KIND_REALLOC,
    KIND_MEMALIGN,
    KIND_RECLAIM,
    KIND_COUNT
};

extern const char *const play_kind_names[KIND_COUNT];

enum play_operation { PLAY_MALLOC, PLAY_CALLOC, PLAY_ALIGN, PLAY_RESIZE, PLAY_FREE };

struct play {
    uint32_t worst[KIND_COUNT]; /* instructions; 0 = no such call */
    uint32_t call_count;
};

/* Takes the region: region_bytes below a multiple of 4096, as the replay's. Returns false iff the
 * board does not have it. */
bool play_prepare(uint32_t region_bytes);

/* Empties heap, slots and counts. `printing`: what is played goes to the console, a line for each
 * call, as `op TEXT`. */
void play_start(struct play *play, bool printing);

/* Makes one call, if the slot's state and the number of calls so far allow it. `alignment_log2` is
 * for PLAY_ALIGN. */
void play_do(struct play *play, enum play_operation operation, uint32_t slot, uint32_t size_bytes,
             uint32_t alignment_log2);

/* Returns true iff the heap is sound. */
bool play_is_sound(void);

#endif
