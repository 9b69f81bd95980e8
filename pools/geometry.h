// SPDX-License-Identifier: MIT
/*
 * The allocator's geometry: what is fixed at compile time, each number with its unit, its reason
 * and the range in which the code holds.
 */
#ifndef POOLS_GEOMETRY_H
#define POOLS_GEOMETRY_H

#include <assert.h>

/* Every block starts at a multiple of this, and class sizes step by it. */
#define POOLS_ALIGNMENT_BYTES 8u

/* Requests up to this are "small": they go to the arena first (CPython: SMALL_REQUEST_THRESHOLD).
 */
#define POOLS_SMALL_BYTES_MAX 512u

/* A pool and its alignment within the region. 256 makes one word hold a pool's occupancy, a bit for
 * each 8 bytes; the bit arithmetic of heap_inline.h rests on that. */
#define POOLS_POOL_BYTES 256u

/* Largest request that is served from a pool; larger small requests get a chunk of their own, with
 * a 4-byte header. A multiple of 8, at most 112. Beyond 56 a pool holds so few blocks that what the
 * missing headers save is less than what stays unused at its end. */
#ifndef POOLS_POOLED_BYTES_MAX
#define POOLS_POOLED_BYTES_MAX 56u
#endif

/* Longest region: a chunk's size must fit under the 8 tag bits of its header word, and a pool's
 * index in 16 bits. */
#define POOLS_REGION_BYTES_MAX 0x01000000u

/* How many chunks of one bin a search looks at before it goes on to the next bin. It bounds the
 * search; an exhaustive look saves no RAM that could be measured. */
#define POOLS_BIN_TRIES 4u

/* Chunks kept for their class without being merged: at least this many bytes may be kept... */
#define POOLS_KEPT_BYTES_MIN 256u
/* ... or used_bytes / 2^this, or untouched_bytes / 2^that, whichever is most. While much of the
 * region is untouched, keeping costs nothing; when it runs out, little is kept. */
#define POOLS_KEPT_USED_SHIFT      6u
#define POOLS_KEPT_UNTOUCHED_SHIFT 4u

/* How many kept chunks and empty pools an allocation gives back before it cuts the largest chunk,
 * once less is untouched than used. */
#define POOLS_FLUSH_COUNT 4u

/* Misses of a class before it gets a pool: while memory is plenty, and when it is scarce. */
#define POOLS_OPEN_MISSES_PLENTY 2u
#define POOLS_OPEN_MISSES_SCARCE 12u

/* Shortest region: nil pool and map, and one pool wherever its alignment puts it. */
#define POOLS_REGION_BYTES_MIN (16u + 3u * POOLS_POOL_BYTES)

static_assert(POOLS_POOL_BYTES == 32u * POOLS_ALIGNMENT_BYTES,
              "a pool's occupancy is one 32-bit word, a bit for each 8 bytes");
static_assert(POOLS_POOLED_BYTES_MAX % POOLS_ALIGNMENT_BYTES == 0u &&
                  POOLS_POOLED_BYTES_MAX >= 8u && POOLS_POOLED_BYTES_MAX <= 112u,
              "pooled classes are 1..14 granules; entry 15 of the table catches what is larger");

#endif
