// SPDX-License-Identifier: MIT
#include "pool.h"

#include "chunk.h"
#include "space.h"

/* Block `i` of a class of `g` granules, if it ends within the 30 granules for blocks. */
#define START(g, i) (((i) + 1) * (g) <= 30 ? 0x80000000u >> ((1 + (i) * (g)) & 31) : 0u)
#define STARTS5(g, i)                                                                              \
    (START(g, i) | START(g, (i) + 1) | START(g, (i) + 2) | START(g, (i) + 3) | START(g, (i) + 4))
#define STARTS(g)                                                                                  \
    (STARTS5(g, 0) | STARTS5(g, 5) | STARTS5(g, 10) | STARTS5(g, 15) | STARTS5(g, 20) |            \
     STARTS5(g, 25))

static const uint32_t starts_of_class[] = {
    0,         STARTS(1), STARTS(2),  STARTS(3),  STARTS(4),  STARTS(5),  STARTS(6),  STARTS(7),
    STARTS(8), STARTS(9), STARTS(10), STARTS(11), STARTS(12), STARTS(13), STARTS(14),
};

_Static_assert(STARTS(1) == 0x7FFFFFFEu, "30 blocks of 8 bytes, from granule 1 to granule 30");
_Static_assert(POOL_BLOCKS_OFFSET + 30u * POOLS_ALIGNMENT_BYTES == POOL_LINKS_OFFSET,
               "the links follow the last block");
_Static_assert(POOL_LINKS_OFFSET + 4u == POOLS_POOL_BYTES - CHUNK_HEADER_BYTES,
               "the links end where the next chunk's header begins");
_Static_assert(sizeof starts_of_class / sizeof starts_of_class[0] > POOL_CLASS_GRANULES_MAX,
               "a starts word for each pooled class");

uint32_t pool_starts_of_class(uint32_t class_granules) {
    return starts_of_class[class_granules];
}

uint32_t pool_open(struct pools_heap *heap, uint32_t chunk, uint32_t class_granules) {
    uint32_t pool = chunk + CHUNK_HEADER_BYTES;
    uint32_t index = pool_index(heap, pool);
    uint32_t head = heap->pool_heads[class_granules];
    *word_at(chunk) ^= CHUNK_USED ^ CHUNK_POOL;
    *pool_live(pool) = 0;
    *pool_starts(pool) = starts_of_class[class_granules];
    *pool_map(heap, index) = (uint8_t)class_granules;
    *pool_next(pool) = (uint16_t)pool_index(heap, head);
    *pool_previous(pool) = 0;
    if (head != heap->base) {
        *pool_previous(head) = (uint16_t)index;
    }
    heap->pool_heads[class_granules] = pool;
    return pool;
}

void pool_close(struct pools_heap *heap, uint32_t pool) {
    pools_byte *map = pool_map(heap, pool_index(heap, pool));
    pool_unlink(heap, pool, *map);
    *map = 0;
    space_give(heap, pool - CHUNK_HEADER_BYTES);
}
