// SPDX-License-Identifier: MIT
#include "corruption/play.h"

#include <string.h>

#include "largest.h"

/* Calls before the damage: enough for every kind of memory to be there. */
enum { WARM_UP_OPERATIONS = 400, TRIES = 20000 };

static uint32_t next_random(struct play *play) {
    uint32_t x = play->random;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    play->random = x;
    return x;
}

static bool is_outside(const struct play *play, const void *block, uint32_t bytes) {
    uintptr_t address = (uintptr_t)block;
    return address % POOLS_ALIGNMENT_BYTES != 0 || address < play->region_start ||
           address >= play->region_end || bytes > play->region_end - address;
}

/* Small ones most often, and some of each kind. */
static uint32_t request_bytes(struct play *play) {
    uint32_t random = next_random(play);
    switch (random % 8) {
    case 0:
        return random / 8 % 640;
    case 1:
        return 513 + random / 8 % 400;
    case 2:
        return random / 8 % 264;
    default:
        return random / 8 % 64;
    }
}

static bool holds(const struct play_block *block) {
    for (uint32_t i = 0; i < block->bytes; i++) {
        if (block->start[i] != block->fill) {
            return false;
        }
    }
    return true;
}

/* A block that the program has been handed out; of `kept` bytes it knows what they hold. */
static void receive(struct play *play, struct play_block *place, void *block, uint32_t bytes,
                    uint32_t kept, struct play_outcome *outcome) {
    if (is_outside(play, block, bytes)) {
        outcome->was_outside = true;
        return;
    }
    *place = (struct play_block){block, kept, place->fill};
    outcome->has_changed |= !holds(place);
    place->bytes = bytes;
    place->fill = (unsigned char)next_random(play);
    memset(block, place->fill, bytes);
}

static void take(struct play *play, struct play_block *place, struct play_outcome *outcome) {
    uint32_t bytes = request_bytes(play);
    void *block;
    if (next_random(play) % 8 == 0) {
        block = pools_memalign(play->heap, 8u << next_random(play) % 5, bytes);
    } else {
        block = pools_malloc_fast(play->heap, bytes);
        if (block == NULL) {
            block = pools_malloc(play->heap, bytes);
        }
    }
    if (block != NULL) {
        receive(play, place, block, bytes, 0, outcome);
    }
}

static void give(struct play *play, struct play_block *place, struct play_outcome *outcome) {
    outcome->has_changed |= !holds(place);
    enum pools_status status = POOLS_OK;
    if (!pools_free_fast(play->heap, place->start)) {
        status = pools_free(play->heap, place->start);
    }
    /* The program may have filled the block so that it looks freed. */
    outcome->was_told |= status != POOLS_OK;
    place->start = NULL;
}

static void resize(struct play *play, struct play_block *place, struct play_outcome *outcome) {
    uint32_t bytes = request_bytes(play) + 1u;
    uint32_t kept = bytes < place->bytes ? bytes : place->bytes;
    void *block = pools_realloc_fast(play->heap, place->start, bytes);
    if (block == NULL) {
        block = pools_realloc(play->heap, place->start, bytes);
    }
    if (block != NULL) {
        receive(play, place, block, bytes, kept, outcome);
    }
}

/* As the port does it that releases its lock in between. */
static void resize_in_steps(struct play *play, struct play_block *place,
                            struct play_outcome *outcome) {
    uint32_t bytes = request_bytes(play) + 1u;
    uint32_t kept = bytes < place->bytes ? bytes : place->bytes;
    void *block = pools_resize(play->heap, place->start, bytes);
    if (block == NULL && bytes > place->bytes) {
        block = pools_slide_begin(play->heap, place->start, bytes);
        if (block != NULL && is_outside(play, block, bytes)) {
            outcome->was_outside = true;
            return;
        }
        if (block != NULL) {
            memmove(block, place->start, kept);
            pools_cut(play->heap, block, bytes);
        }
    }
    if (block != NULL) {
        receive(play, place, block, bytes, kept, outcome);
    }
}

static void mistake(struct play *play, void *address, struct play_outcome *outcome) {
    if (!pools_free_fast(play->heap, address)) {
        outcome->was_told |= pools_free(play->heap, address) == POOLS_CORRUPT;
    }
    (void)pools_realloc_fast(play->heap, address, 40);
}

/* Calls that no block hangs on, some of them mistaken ones: of the inside of a block, of an address beyond the region. */
static void look(struct play *play, const struct play_block *place, struct play_outcome *outcome) {
    size_t bytes;
    struct pools_statistics statistics;
    switch (next_random(play) % 8) {
    case 0:
        pools_reclaim(play->heap);
        break;
    case 1:
        (void)pools_reclaim_some(play->heap, 2);
        break;
    case 2:
        outcome->was_told |= place->start != NULL &&
                             pools_block_bytes(play->heap, place->start, &bytes) == POOLS_CORRUPT;
        break;
    case 3:
        (void)pools_largest_request_bytes(play->heap);
        break;
    case 4:
        pools_statistics(play->heap, &statistics);
        break;
    case 5:
        mistake(play, (void *)(play->region_end + (next_random(play) % 8192 & ~7u)), outcome);
        break;
    default:
        if (place->start != NULL && place->bytes >= 24) {
            mistake(play, place->start + 8, outcome);
        }
        break;
    }
}

struct play_outcome play_on(struct play *play, uint32_t seed, uint32_t operation_count) {
    struct play_outcome outcome = {0};
    play->random = seed * 2654435761u | 1u;
    for (uint32_t i = 0; i < operation_count && !outcome.was_outside; i++) {
        struct play_block *place = &play->blocks[next_random(play) % PLAY_BLOCKS];
        uint32_t choice = next_random(play) % 16;
        if (choice == 0) {
            look(play, place, &outcome);
        } else if (place->start == NULL) {
            take(play, place, &outcome);
        } else if (choice < 4) {
            resize(play, place, &outcome);
        } else if (choice == 4) {
            resize_in_steps(play, place, &outcome);
        } else {
            give(play, place, &outcome);
        }
        outcome.was_told |= pools_take_damage(play->heap) != 0;
    }
    return outcome;
}

void play_begin(struct play *play, struct pools_heap *heap, void *start, void *end, uint32_t seed,
                bool is_scarce) {
    memset(play, 0, sizeof *play);
    play->heap = heap;
    play->region_start = (uintptr_t)start;
    play->region_end = (uintptr_t)end;
    memset(start, 0xA5, (size_t)((char *)end - (char *)start));
    (void)pools_open(heap, start, end);
    uint32_t operations = WARM_UP_OPERATIONS;
    for (unsigned tries = 0; tries < TRIES; tries++) {
        (void)play_on(play, seed++, operations);
        operations = 7;
        if (is_scarce ? heap->untouched == heap->end : heap->fast_free_granules != 0) {
            break;
        }
    }
}
