// SPDX-License-Identifier: MIT
/*
 * Pools: 256-byte chunks of equal blocks of one size class.
 *
 * A pool at P (256-aligned from base; its chunk's header lies at P - 4):
 *   P + 0     live: a bit for each 8 bytes of the pool, set iff a live block starts there; the
 * highest bit stands for P itself P + 4     starts: the bits at which blocks of the class start;
 * constant while the pool exists P + 8     blocks, without headers, up to P + 248 P + 248   next,
 * previous: the neighbours on the class's list, as pool indexes (16 bits each) Pool index 0 is the
 * nil pool: its `live` and `starts` are always 0, so it never has a block to give.
 *
 * Ports CPython's pool_header and usedpools; a block's state is a bit outside of it instead of a
 * link inside, so that nothing a program writes into a freed block can hurt, and freeing twice is
 * seen.
 */
#ifndef POOLS_POOL_H
#define POOLS_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "heap.h"
#include "word.h"

#define POOL_BLOCKS_OFFSET      8u
#define POOL_LINKS_OFFSET       248u
#define POOL_MAP_FULL           0x80u
#define POOL_MAP_CLASS_MASK     0x7Fu
#define POOL_CLASS_GRANULES_MAX (POOLS_POOLED_BYTES_MAX / POOLS_ALIGNMENT_BYTES)

static inline pools_word *pool_live(uint32_t pool) {
    return word_at(pool);
}

static inline pools_word *pool_starts(uint32_t pool) {
    return word_at(pool + 4u);
}

static inline pools_half *pool_next(uint32_t pool) {
    return half_at(pool + POOL_LINKS_OFFSET);
}

static inline pools_half *pool_previous(uint32_t pool) {
    return half_at(pool + POOL_LINKS_OFFSET + 2u);
}

static inline uint32_t pool_of_index(const struct pools_heap *heap, uint32_t index) {
    return heap->base + index * POOLS_POOL_BYTES;
}

static inline uint32_t pool_index(const struct pools_heap *heap, uint32_t address) {
    return (address - heap->base) / POOLS_POOL_BYTES;
}

static inline pools_byte *pool_map(const struct pools_heap *heap, uint32_t index) {
    return byte_at(heap->base + 8u + index);
}

static inline uint32_t pool_bit(const struct pools_heap *heap, uint32_t block) {
    return 0x80000000u >> ((block - heap->base) / POOLS_ALIGNMENT_BYTES % 32u);
}

/* The starts word of a class; class_granules: 1..POOL_CLASS_GRANULES_MAX. */
uint32_t pool_starts_of_class(uint32_t class_granules);

/* Makes a used chunk of 256 bytes, cut with its payload at a pool's address, a pool of the class,
 * on its list's head. Returns the pool. */
uint32_t pool_open(struct pools_heap *heap, uint32_t chunk, uint32_t class_granules);

/* Takes an empty pool off its list and gives its chunk back. */
void pool_close(struct pools_heap *heap, uint32_t pool);

/* Takes a pool off its class's list. */
static inline void pool_unlink(struct pools_heap *heap, uint32_t pool, uint32_t class_granules) {
    uint32_t next = *pool_next(pool);
    uint32_t previous = *pool_previous(pool);
    if (next != 0) {
        *pool_previous(pool_of_index(heap, next)) = (uint16_t)previous;
    }
    if (previous != 0) {
        *pool_next(pool_of_index(heap, previous)) = (uint16_t)next;
    } else {
        heap->pool_heads[class_granules] = pool_of_index(heap, next);
    }
}

/* Takes a full pool off the head of the class's list. Returns the pool that then stands at the
 * head; it has a free block, or is nil. */
static inline uint32_t pool_next_with_free(struct pools_heap *heap, uint32_t class_granules) {
    uint32_t pool = heap->pool_heads[class_granules];
    /* Only the head can be full here: others are taken off when they fill up as heads. */
    if (pool != heap->base && *pool_live(pool) == *pool_starts(pool)) {
        pool_unlink(heap, pool, class_granules);
        *pool_map(heap, pool_index(heap, pool)) = (uint8_t)(class_granules | POOL_MAP_FULL);
        pool = heap->pool_heads[class_granules];
    }
    return pool;
}

/* Takes one block out of a pool that has a free one. */
static inline uint32_t pool_take_block(uint32_t pool) {
    uint32_t available = *pool_starts(pool) & ~*pool_live(pool);
    unsigned granule = (unsigned)__builtin_clz(available);
    *pool_live(pool) |= 0x80000000u >> granule;
    return pool + granule * POOLS_ALIGNMENT_BYTES;
}

/* A full pool got a free block: puts it on its class's list, behind the head. */
static inline void pool_list_again(struct pools_heap *heap, uint32_t pool) {
    uint32_t index = pool_index(heap, pool);
    pools_byte *map = pool_map(heap, index);
    uint32_t class_granules = *map & POOL_MAP_CLASS_MASK;
    uint32_t head = heap->pool_heads[class_granules];
    *map = (uint8_t)class_granules;
    if (head == heap->base) {
        *pool_next(pool) = 0;
        *pool_previous(pool) = 0;
        heap->pool_heads[class_granules] = pool;
        return;
    }
    uint32_t next = *pool_next(head);
    *pool_next(pool) = (uint16_t)next;
    *pool_previous(pool) = (uint16_t)pool_index(heap, head);
    *pool_next(head) = (uint16_t)index;
    if (next != 0) {
        *pool_previous(pool_of_index(heap, next)) = (uint16_t)index;
    }
}

#endif
