// SPDX-License-Identifier: MIT
#include "watch/record_buffer.h"

#include <stdlib.h>

#include "bulk.h"
#include "lock.h"
#include "state.h"

_Static_assert(sizeof(struct record_header) == 64 &&
                   sizeof(struct record_block) == RECORD_BLOCK_BYTES &&
                   sizeof(struct record_header) +
                           RECORD_CALLER_COUNT_MIN * sizeof(struct record_caller) +
                           2 * RECORD_BLOCK_BYTES ==
                       OBMALLOC_RECORD_BYTES_MIN,
               "RECORD.md and obmalloc_record.h say how long they are");

struct recorder recorder;

/* A quarter of the buffer, a power of two. */
static uint32_t caller_count_for(size_t bytes) {
    uint32_t count = RECORD_CALLER_COUNT_MIN;
    while (count < RECORD_CALLER_COUNT_MAX &&
           2 * count * sizeof(struct record_caller) <= bytes / 4) {
        count *= 2;
    }
    return count;
}

static uint32_t address_of(const void *object) {
    return (uint32_t)(uintptr_t)object;
}

static void describe(struct record_header *header) {
    const struct obmalloc_state *state = &obmalloc_state;
    bool pools_serve = obmalloc_arena_serves(state);
    *header = (struct record_header){
        .magic = {'O', 'B', 'M', 'R'},
        .version = RECORD_VERSION,
        .header_bytes = sizeof *header,
        .block_bytes = RECORD_BLOCK_BYTES,
        .region_start = address_of(state->region.start),
        .region_end = address_of(state->region.end),
        .malloc_address = (uint32_t)(uintptr_t)malloc,
        .free_address = (uint32_t)(uintptr_t)free,
    };
    if (pools_serve) {
        header->flags |= RECORD_FLAG_POOLS_SERVE;
        header->arena_start = address_of(state->arena_start);
        header->arena_end = address_of(state->region.end);
    }
    if (obmalloc_record_write) {
        header->flags |= RECORD_FLAG_STREAM;
    }
    if (obmalloc_tick) {
        header->flags |= RECORD_FLAG_TICKS;
        header->tick_period_ps = obmalloc_tick_period_ps ? obmalloc_tick_period_ps() : 0;
    }
}

void buffer_begin(void *start, size_t bytes) {
    struct recorder *r = &recorder;
    *r = (struct recorder){.has_begun = true, .has_ended = true};
    if (!start || (uintptr_t)start % sizeof(uint32_t) != 0 || bytes < OBMALLOC_RECORD_BYTES_MIN) {
        return;
    }
    uint32_t caller_count = caller_count_for(bytes);
    r->has_ended = false;
    r->header = start;
    r->callers = (struct record_caller *)(void *)(r->header + 1);
    r->blocks = (struct record_block *)(void *)(r->callers + caller_count);
    r->block_count =
        (uint32_t)((bytes - ((uintptr_t)r->blocks - (uintptr_t)start)) / RECORD_BLOCK_BYTES);
    r->is_stream = obmalloc_record_write != NULL;
    r->tick = obmalloc_tick ? obmalloc_tick() : 0;
    describe(r->header);
    r->header->caller_count = (uint16_t)caller_count;
    r->header->block_count = r->block_count;
    for (uint32_t i = 0; i < caller_count; i++) {
        r->callers[i] = (struct record_caller){0};
    }
    for (uint32_t i = 0; i < r->block_count; i++) {
        r->blocks[i].number = 0;
    }
    (void)buffer_next();
}

bool buffer_next(void) {
    struct recorder *r = &recorder;
    if (r->is_stream && r->open_number - r->sent_number >= r->block_count) {
        return false;
    }
    struct record_block *block = &r->blocks[r->open_number % r->block_count];
    r->open_number++;
    block->operations[0] = 0;
    block->number = r->open_number;
    block->first = r->operation_count;
    block->tick = r->tick;
    block->address = r->address;
    r->at = block->operations;
    r->end = (uint8_t *)(block + 1);
    return true;
}

/* Sends bytes with the lock released. */
static obmalloc_lock_state send(const void *bytes, size_t byte_count, obmalloc_lock_state before) {
    struct recorder *r = &recorder;
    obmalloc_unlock(before);
    bool is_taken = obmalloc_record_write(bytes, byte_count);
    before = obmalloc_lock();
    if (!is_taken) {
        r->is_stream = false;
        r->header->flags &= ~(uint32_t)RECORD_FLAG_STREAM;
    }
    return before;
}

void buffer_send(void) {
    struct recorder *r = &recorder;
    obmalloc_lock_state before = obmalloc_lock();
    if (!r->is_stream || r->is_sending) {
        obmalloc_unlock(before);
        return;
    }
    r->is_sending = true;
    if (!r->header_sent) {
        r->header_sent = true;
        before = send(r->header, (size_t)((char *)r->blocks - (char *)r->header), before);
    }
    while (r->is_stream && r->sent_number + !r->has_ended < r->open_number) {
        before = send(&r->blocks[r->sent_number % r->block_count], RECORD_BLOCK_BYTES, before);
        r->sent_number++;
    }
    r->is_sending = false;
    obmalloc_unlock(before);
}
