// SPDX-License-Identifier: MIT
/*
 * What a heap is made of. Private to pools/ but for `struct pools_heap`'s size.
 *
 * The region, from low to high addresses (all chunk headers lie at 4 modulo 8, all payloads at 0):
 *
 *   base              nil pool: 8 zero bytes, what the class table points to when a class has no
 * pool base + 8          pool map: a byte for each 256 bytes of the region, counted from base first
 * chunk ...   chunks, without gaps, up to untouched         the part never handed out, or merged
 * back; no headers in it end
 *
 * Pool map byte: 0 = no pool there; class (1..14, in granules) = a pool on its class's list;
 * class | 0x80 = a pool without a free block, on no list. Bytes beyond map_reached are undefined:
 * the map is cleared as the region is first used, so opening a heap costs the same at any size.
 *
 * A chunk's first word is its header; see chunk.h. Kinds:
 *   free    on the bin of its size; never beside another free chunk or the untouched part
 *   used    a single block (requests of 1..512 bytes) or a large one; payload = the block
 *   kept    a freed single block, waiting on the list of its bin to be used again unmerged
 *   pool    256 bytes, payload 256-aligned from base: record, blocks, links; see pool.h
 *
 * Pool states, as in CPython:
 *   used    some blocks live, some free: on its class's list
 *   full    every block live: on no list; its next free puts it behind the list's head
 *   empty   no block live: kept while it is all that its class has and little else is kept; else
 * its chunk is given back, and its memory serves any class or size
 *
 * The equation that pools_check proves after every operation:
 *   region = map and nil pool + headers + pool records + live blocks + free blocks in pools + kept
 *            blocks + free chunks + untouched + tail at end (< 8 bytes)
 *
 * CPython's name              ours
 * arena                       region (one, fixed)
 * pool, POOL_ADDR             pool, pool_at
 * pool_header.freeblock, ref  occupancy words `live` and `starts` (a bit for each 8 bytes)
 * usedpools[]                 pool_heads[]
 * usable_arenas, nfp2lasta    bins[]
 * arena_map (address_in_range) base/reached compare, then the pool map's byte
 * szidx                       granules: class size in units of 8 bytes
 */
#ifndef POOLS_HEAP_H
#define POOLS_HEAP_H

#include <stdint.h>

#include "geometry.h"

/* Bins of free chunks: exact for 16..128 bytes by 8, four a doubling to 4 KiB, then one a doubling.
 */
#define POOLS_BIN_COUNT 47u
/* Kept chunks use the first bins' boundaries: up to 512 bytes. */
#define POOLS_KEPT_BIN_COUNT 23u
/* Entry 0 serves requests of 0 bytes and wrapped sizes, entry 15 all that is too large: both always
 * nil. */
#define POOLS_CLASS_TABLE_COUNT 16u

struct pools_heap {
    /* First, because malloc's fast path indexes it: pool that serves the class; nil pool if none.
     */
    uint32_t pool_heads[POOLS_CLASS_TABLE_COUNT];
    uint32_t base;             /* region's first byte, a multiple of 8; 0 = not open */
    uint32_t reached_granules; /* granules from base for which the pool map is defined */
    uint32_t first;            /* header of the first chunk */
    uint32_t untouched;        /* header address of the untouched part */
    uint32_t end;              /* where the untouched part ends, at 4 modulo 8 */
    uint32_t used_bytes;       /* chunks that are neither free nor untouched, kept ones included */
    uint32_t kept_bytes;       /* kept chunks and empty pools, whole */
    uint32_t high_water;       /* highest chunk end ever */
    uint32_t
        kept_bytes_max; /* kept chunks may come to this; renewed when chunks are cut or given */
    uint32_t flush_bin; /* where the next flush goes on looking: 0..POOLS_KEPT_BIN_COUNT-1 */
    uint32_t bins_filled[2];                 /* a bit for each bin that holds a chunk */
    uint32_t kept[POOLS_KEPT_BIN_COUNT];     /* header of the first kept chunk; 0 = none */
    uint32_t bins[POOLS_BIN_COUNT];          /* header of the first free chunk; 0 = none */
    uint8_t misses[POOLS_CLASS_TABLE_COUNT]; /* allocations of the class since its last pool */
};

#endif
