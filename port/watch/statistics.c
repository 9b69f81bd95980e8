// SPDX-License-Identifier: MIT
/* Counts blocks by the bytes that they have, which is the same when a block is freed as when it was served. */
#include "watch/statistics.h"

#include "chunk.h"
#include "largest_request.h"
#include "ledger.h"
#include "lock.h"
#include "obmalloc_class_statistics.h"
#include "route.h"
#include "state.h"
#include "watch/ready_counts.h"
#include "watch/watch_look.h"

uint32_t ready_counts[POOLS_CLASS_COUNT];
uint32_t ready_blocks_total, ready_bytes_total;

static struct {
    uint32_t used_blocks[OBMALLOC_CLASS_COUNT];
    uint32_t high_water[OBMALLOC_CLASS_COUNT];
    uint32_t failure_count[OBMALLOC_CLASS_COUNT];
    uint32_t used_bytes[2]; /* of the arena, with headers, and of the C library */
    uint32_t blocks[2];
    uint32_t used_bytes_high_water; /* of both */
    uint32_t all_failure_count;
} counters;

static unsigned class_of(uint32_t bytes) {
    if (bytes > POOLS_SMALL_BYTES_MAX) {
        return OBMALLOC_CLASS_LARGE;
    }
    if (bytes > POOLS_POOLED_BYTES_MAX) {
        return OBMALLOC_CLASS_SMALL;
    }
    return bytes <= POOLS_CHUNK_BYTES_MIN ? 0 : (bytes + 7u) / 8u - POOLS_CLASS_FIRST;
}

static uint32_t chunk_bytes(struct watch_look found) {
    return found.home == WATCH_IN_ARENA && found.bytes > POOLS_SMALL_BYTES_MAX
               ? found.bytes + POOLS_LARGE_HEADER_BYTES
               : found.bytes;
}

static void add(const void *block) {
    struct watch_look found = watch_look(block);
    if (found.home != WATCH_IN_ARENA && found.home != WATCH_IN_LIBC) {
        return;
    }
    unsigned row = class_of(found.bytes);
    unsigned owner = found.home == WATCH_IN_LIBC;
    obmalloc_lock_state before = obmalloc_lock();
    uint32_t used_blocks = ++counters.used_blocks[row];
    if (used_blocks > counters.high_water[row]) {
        counters.high_water[row] = used_blocks;
    }
    counters.blocks[owner]++;
    counters.used_bytes[owner] += chunk_bytes(found);
    uint32_t used_bytes = counters.used_bytes[0] + counters.used_bytes[1];
    if (used_bytes > counters.used_bytes_high_water) {
        counters.used_bytes_high_water = used_bytes;
    }
    obmalloc_unlock(before);
}

static void take_off(const void *block) {
    struct watch_look found = watch_look(block);
    if (found.home != WATCH_IN_ARENA && found.home != WATCH_IN_LIBC) {
        return;
    }
    unsigned row = class_of(found.bytes);
    unsigned owner = found.home == WATCH_IN_LIBC;
    obmalloc_lock_state before = obmalloc_lock();
    counters.used_blocks[row]--;
    counters.blocks[owner]--;
    counters.used_bytes[owner] -= chunk_bytes(found);
    obmalloc_unlock(before);
}

static void count_failure(size_t request_bytes) {
    unsigned row = request_bytes > POOLS_SMALL_BYTES_MAX ? OBMALLOC_CLASS_LARGE
                                                         : class_of((uint32_t)request_bytes);
    obmalloc_lock_state before = obmalloc_lock();
    counters.failure_count[row]++;
    counters.all_failure_count++;
    obmalloc_unlock(before);
}

void statistics_allocated(const void *block, size_t alignment_bytes, size_t request_bytes) {
    if (block) {
        add(block);
    } else if (alignment_bytes == 0 || route_is_power_of_two(alignment_bytes)) {
        count_failure(request_bytes);
    }
}

void statistics_freeing(const void *block) {
    take_off(block);
}

void statistics_resizing(const void *block) {
    take_off(block);
}

void statistics_resized(const void *old_block, const void *result, size_t request_bytes) {
    bool is_freed = !result && request_bytes == 0 && obmalloc_state.mode == OBMALLOC_LIBC_SERVES;
    if (result) {
        add(result);
    } else if (!is_freed && watch_look(old_block).home != WATCH_NOWHERE) {
        add(old_block);
        count_failure(request_bytes);
    }
}

void obmalloc_class_statistics(struct obmalloc_class *classes) {
    for (unsigned row = 0; row < OBMALLOC_CLASS_COUNT; row++) {
        bool is_pooled = row < OBMALLOC_CLASS_SMALL;
        unsigned granules = row + POOLS_CLASS_FIRST;
        obmalloc_lock_state before = obmalloc_lock();
        classes[row] = (struct obmalloc_class){
            .block_bytes = is_pooled ? granules * POOLS_ALIGNMENT_BYTES : 0,
            .used_blocks = counters.used_blocks[row],
            .waiting_blocks = is_pooled ? ready_counts[granules] : 0,
            .used_blocks_high_water = counters.high_water[row],
            .failure_count = counters.failure_count[row],
        };
        obmalloc_unlock(before);
    }
    classes[OBMALLOC_CLASS_SMALL].block_bytes = POOLS_SMALL_BYTES_MAX;
}

/* Thousandths without an overflow: regions are of 16 MiB at most, and of 2^22 steps of 4 bytes. */
static uint32_t permille_of(size_t part, size_t whole) {
    return (uint32_t)(part / 4u * 1000u / (whole / 4u));
}

void obmalloc_totals(struct obmalloc_totals *out) {
    const struct obmalloc_state *state = &obmalloc_state;
    obmalloc_boot();
    *out = (struct obmalloc_totals){0};
    obmalloc_lock_state before = obmalloc_lock();
    bool was_hidden = ledger_look(state);
    size_t largest_in_arena = largest_in_arena_bytes();
    size_t largest_from_sbrk = largest_from_sbrk_bytes();
    if (state->mode == OBMALLOC_POOLS_SERVE) {
        out->arena_bytes = obmalloc_heap.end - obmalloc_heap.base - POOLS_ALIGNMENT_BYTES;
        out->arena_waiting_blocks = ready_blocks_total;
        out->arena_waiting_bytes = ready_bytes_total;
    }
    ledger_look_ended(was_hidden);
    out->arena_used_bytes = counters.used_bytes[0];
    out->arena_used_blocks = counters.blocks[0];
    out->arena_free_bytes = out->arena_bytes - out->arena_used_bytes - out->arena_waiting_bytes;
    out->libc_room_bytes = obmalloc_libc_room_bytes(state);
    out->libc_used_bytes = counters.used_bytes[1];
    out->libc_used_blocks = counters.blocks[1];
    size_t all_bytes = out->arena_bytes + out->libc_room_bytes;
    out->free_bytes = all_bytes - counters.used_bytes[0] - counters.used_bytes[1];
    out->free_bytes_low_water = all_bytes - counters.used_bytes_high_water;
    out->failure_count = counters.all_failure_count;
    obmalloc_unlock(before);
    out->largest_request_bytes =
        largest_in_arena > largest_from_sbrk ? largest_in_arena : largest_from_sbrk;
    out->largest_is_exact = out->arena_bytes != 0 && out->libc_room_bytes == 0;
    size_t whole = out->arena_free_bytes + out->arena_waiting_bytes;
    if (whole >= POOLS_CHUNK_BYTES_MIN && largest_in_arena < whole) {
        out->fragmentation_permille = permille_of(whole - largest_in_arena, whole);
    }
}
