// SPDX-License-Identifier: MIT
/*
 * What a heap is made of. Private to pools/ but for `struct pools_heap`'s size.
 *
 * The region, from low to high addresses:
 *
 *   map         a bit for each granule (8 bytes) of the rest, counted downwards from base
 *   base        granule 0: 8 bytes that stay zero, "nil": where every empty pool points
 *   base + 8    chunks, without gaps, up to untouched
 *   untouched   memory never handed out, or merged back; up to end
 *
 * The map marks chunks. Written as bits of a chunk's granules, first to last:
 *
 *   1 0 0 .. 0      a small block (for up to 512 bytes; 8 more if nothing could be cut off), live or
 *                   ready. Its size is the distance to the next 1
 *   1 1 0 .. 0      a large block: a granule of header, then the block
 *   1 1 0 .. 0 1    a free chunk; the last granule's 1 tells the chunk behind it
 *   1               the untouched part; from its second granule on the map is zero as far as it has
 *                   been cleared, and undefined beyond
 *
 * A chunk has two granules at least, so a block's second granule, and its last, are always 0.
 * "1 1" is a free chunk or a large block; the header's odd word at + 4 decides.
 *
 *   free chunk     + 0 next in its bin (0 for the last), + 4 previous (twice the bin's number for the
 *                  first), + 8 bytes, + 12 the heap's key, last word: bytes once more
 *   large block    + 0 ~(bytes | 1), + 4 bytes | 1, + 8 the block
 *   ready block    + 0 next in its pool (nil for the last one), + 4 the heap's key
 *   live block     nothing: all of it is the program's
 *
 * Block states, and what leads from one to the next:
 *   live     handed out
 *   ready    freed, waiting unmerged in the pool of its size; the next request of that size takes
 *            it. So a pool is a list of equal blocks, wherever they lie
 *   free     merged into a free chunk or the untouched part: memory for any size. Freed blocks come
 *            here directly while memory is scarce. What waits in the pools then is used up, one by one,
 *            by requests of its size or less, and all of it is merged before a request fails
 *
 * The equation that pools_check proves after every operation:
 *   region = map and nil + live blocks + large headers + ready blocks + free chunks + untouched
 *            + tail at end (< 8 bytes)
 *
 * CPython's name               ours
 * arena                        region (one, fixed)
 * pool, freeblock              pool: ready blocks of one class; a pool has no memory of its own, so
 *                              none is ever half used up by one class while another starves
 * usedpools[]                  pools[]
 * usable_arenas, nfp2lasta     bins[]
 * arena_map (address_in_range) base/untouched compare, then the map's bit
 * szidx                        class: granules
 */
#ifndef POOLS_HEAP_H
#define POOLS_HEAP_H

#include <stdint.h>

#include "geometry.h"

/* Free chunks by size, in granules: two bins a doubling (2, 3, 4..5, 6..7, 8..11, ...), the last one for
 * all from 98304 on, 768 KiB. */
#define POOLS_BIN_COUNT 32u

/* pools[] is indexed by the granules that a block has, 2..31. Entries 0, 1 and 32 stay 0, which
 * free takes for "no block of a pool": its look at the map yields them for other addresses. */
#define POOLS_CLASS_FIRST 2u
#define POOLS_CLASS_LAST  31u
#define POOLS_CLASS_COUNT 33u

struct __attribute__((aligned(8))) pools_heap {
    /* First, because the fast paths index it: the first ready block of the class, or a zero word
     * (nil) when the pool is empty. */
    uint32_t pools[POOLS_CLASS_COUNT];
    /* Words that the slow paths want, in one run: the assembly loads them at once (assembly.h). */
    uint32_t base;               /* address of granule 0, a multiple of 8 */
    uint32_t fast_free_granules; /* blocks below this go to their pool when freed; 0 = scarce */
    uint32_t untouched;          /* address; base + 8..end; base = the heap is not open */
    uint32_t used_chunks;        /* chunks that are not free: live and ready ones */
    uint32_t bins_filled;        /* a bit for each bin that holds a chunk */
    uint32_t plenty_bins;        /* the bins whose chunks are all of plenty_chunk_bytes or more */
    uint32_t end;                /* address, a multiple of 8 */
    uint32_t plenty_chunk_bytes; /* with no free chunk of this size, memory is scarce */
    uint32_t high_water;         /* highest untouched before it sank last */
    uint32_t cleared_granules;   /* how far the map is defined */
    uint32_t drain_class;        /* the other pool that was looked at last for a block to use up */
    uint32_t start;              /* address of the region's first byte, where the map's end lies */
    uint32_t bins[POOLS_BIN_COUNT]; /* first free chunk; 0 = none */
#ifdef POOLS_LINKS_ENCODED
    uint32_t secret;    /* odd; see link.h */
    uint32_t damage;    /* the first one met, an address; 0 = none */
    uint32_t freed_by;  /* whom freed memory is to name */
    uint32_t near_seal; /* see seal.h */
    uint32_t far_seal;
#endif
};

#endif
