// SPDX-License-Identifier: MIT
/*
 * Replays operations through the firmware's own malloc family, checks every block's contents, and
 * times every call.
 *
 * A block gets its pattern after it is served, outside of the timed interval; it is checked before
 * realloc and free, after realloc, and at the end. A request that fails leaves its slot as it was;
 * what the trace does with an empty slot later is skipped and counted.
 */
#ifndef TESTS_REPLAY_PLAYER_H
#define TESTS_REPLAY_PLAYER_H

#include "trace_stream.h"

struct player_slot {
    void *block; /* NULL = empty */
    uint32_t size_bytes;
};

struct player {
    struct player_slot *slots;
    uint32_t slot_count;

    uint32_t operation_count;
    uint32_t skipped_count;
    uint32_t failure_count;     /* requests above 0 bytes that were answered with NULL */
    uint32_t arena_block_count; /* blocks that the arena served, a moved realloc included */
    uint32_t libc_block_count;  /* the same for the C library */
    uint32_t live_bytes;        /* as requested */
    uint32_t peak_live_bytes;
    uint32_t answer_hash; /* of all addresses that were returned, in order */

    uint32_t mismatch_count;
    const char *mismatch_sentence; /* of the first one, which the next three fields locate */
    uint32_t mismatch_operation;
    uint32_t mismatch_slot;
    uint32_t mismatch_offset_bytes;
};

/* Does one operation. Wants operation->slot < slot_count. */
void player_do(struct player *player, const struct trace_operation *operation);

/* Checks the blocks that are live, without freeing them. */
void player_check_live(struct player *player);

/* Damages a byte of a live block, for the test that damage is noticed. Returns true iff a block
 * with contents was live. */
bool player_damage(struct player *player);

#endif
