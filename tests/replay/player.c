// SPDX-License-Identifier: MIT
#include "player.h"

#include <malloc.h>
#include <stdlib.h>

#include "meter.h"
#include "obmalloc.h"
#include "pattern.h"

/* What malloc owes every caller on this CPU; smaller blocks owe no more than their size. */
#define MALLOC_ALIGNMENT_BYTES 8u

static void mismatch(struct player *player, uint32_t slot, uint32_t offset_bytes,
                     const char *sentence) {
    if (player->mismatch_count++ == 0) {
        player->mismatch_sentence = sentence;
        player->mismatch_operation = player->operation_count;
        player->mismatch_slot = slot;
        player->mismatch_offset_bytes = offset_bytes;
    }
}

/* Calls, and adds what the function returned to the hash. */
static uintptr_t call(struct player *player, meter_function *function, uintptr_t first,
                      uintptr_t second) {
    uintptr_t answer = meter_call(function, first, second);
    player->answer_hash = (player->answer_hash ^ (uint32_t)answer) * 16777619u;
    return answer;
}

static void check_slot(struct player *player, uint32_t slot, uint32_t compared_bytes,
                       const char *sentence) {
    const struct player_slot *held = &player->slots[slot];
    uint32_t offset = pattern_check(held->block, slot, held->size_bytes, compared_bytes);
    if (offset != PATTERN_SOUND) {
        mismatch(player, slot, offset, sentence);
    }
}

static void hold(struct player *player, uint32_t slot, void *block, uint32_t size_bytes,
                 uint32_t alignment_bytes) {
    struct player_slot *held = &player->slots[slot];
    if (((uintptr_t)block & (alignment_bytes - 1)) != 0) {
        mismatch(player, slot, 0, "the block is not aligned as it must be");
        size_bytes = 0; /* words cannot be written there on every CPU */
    }
    held->block = block;
    held->size_bytes = size_bytes;
    pattern_fill(block, slot, size_bytes);
    player->live_bytes += size_bytes;
    if (player->live_bytes > player->peak_live_bytes) {
        player->peak_live_bytes = player->live_bytes;
    }
}

static void count_block(struct player *player, const void *block) {
    if (obmalloc_owns(block)) {
        player->arena_block_count++;
    } else {
        player->libc_block_count++;
    }
}

static void allocate(struct player *player, const struct trace_operation *operation) {
    uint32_t size_bytes = operation->size_bytes;
    uint32_t alignment_bytes = MALLOC_ALIGNMENT_BYTES;
    uintptr_t answer;
    switch (operation->kind) {
    case TRACE_CALLOC:
        answer = call(player, METER_FUNCTION(calloc), 1, size_bytes);
        break;
    case TRACE_ALIGNED:
        if (operation->alignment_bytes > alignment_bytes) {
            alignment_bytes = operation->alignment_bytes;
        }
        answer = call(player, METER_FUNCTION(memalign), operation->alignment_bytes, size_bytes);
        break;
    default:
        answer = call(player, METER_FUNCTION(malloc), size_bytes, 0);
        break;
    }
    void *block = (void *)answer;
    if (block == NULL) {
        player->failure_count += size_bytes != 0;
        return;
    }
    count_block(player, block);
    if (operation->kind == TRACE_CALLOC) {
        uint32_t offset = pattern_check_zero(block, size_bytes);
        if (offset != PATTERN_SOUND) {
            mismatch(player, operation->slot, offset, "calloc's block is not zero");
        }
    }
    hold(player, operation->slot, block, size_bytes, alignment_bytes);
}

static void reallocate(struct player *player, const struct trace_operation *operation) {
    struct player_slot *held = &player->slots[operation->slot];
    uint32_t old_bytes = held->size_bytes;
    uint32_t new_bytes = operation->size_bytes;
    check_slot(player, operation->slot, old_bytes, "contents differ before realloc");
    void *old_block = held->block;
    void *block = (void *)call(player, METER_FUNCTION(realloc), (uintptr_t)old_block, new_bytes);
    if (block == NULL && new_bytes != 0) {
        player->failure_count++;
        check_slot(player, operation->slot, old_bytes, "contents differ after a failed realloc");
        return;
    }
    player->live_bytes -= old_bytes;
    held->block = block;
    if (block == NULL) { /* newlib-nano's realloc to 0 bytes frees */
        return;
    }
    if (block != old_block) {
        count_block(player, block);
    }
    check_slot(player, operation->slot, old_bytes < new_bytes ? old_bytes : new_bytes,
               "contents differ after realloc");
    hold(player, operation->slot, block, new_bytes, MALLOC_ALIGNMENT_BYTES);
}

static void release(struct player *player, uint32_t slot) {
    struct player_slot *held = &player->slots[slot];
    check_slot(player, slot, held->size_bytes, "contents differ before free");
    (void)meter_call(METER_FUNCTION(free), (uintptr_t)held->block, 0);
    player->live_bytes -= held->size_bytes;
    held->block = NULL;
}

void player_do(struct player *player, const struct trace_operation *operation) {
    bool empty = player->slots[operation->slot].block == NULL;
    bool wants_empty = operation->kind != TRACE_FREE && operation->kind != TRACE_REALLOC;
    if (empty != wants_empty) {
        player->skipped_count++;
        meter_skip();
    } else if (wants_empty) {
        allocate(player, operation);
    } else if (operation->kind == TRACE_REALLOC) {
        reallocate(player, operation);
    } else {
        release(player, operation->slot);
    }
    player->operation_count++;
}

void player_check_live(struct player *player) {
    for (uint32_t slot = 0; slot < player->slot_count; slot++) {
        if (player->slots[slot].block != NULL) {
            check_slot(player, slot, player->slots[slot].size_bytes, "contents differ at the end");
        }
    }
}

bool player_damage(struct player *player) {
    for (uint32_t slot = 0; slot < player->slot_count; slot++) {
        struct player_slot *held = &player->slots[slot];
        if (held->block != NULL && held->size_bytes != 0) {
            *(volatile uint8_t *)held->block ^= 1u;
            return true;
        }
    }
    return false;
}
