// SPDX-License-Identifier: MIT
/*
 * The allocator's geometry: what is fixed at compile time, each number with its unit, its reason
 * and the range in which the code holds.
 */
#ifndef POOLS_GEOMETRY_H
#define POOLS_GEOMETRY_H

#include <assert.h>

/* Every block starts at a multiple of this, and sizes step by it: a granule. */
#define POOLS_ALIGNMENT_BYTES 8u

/* Shortest chunk: it must hold what a free chunk says of itself, four words. */
#define POOLS_CHUNK_BYTES_MIN 16u

/* Requests up to this are "small" (CPython: SMALL_REQUEST_THRESHOLD): they go to the arena first,
 * and their blocks have no header. */
#define POOLS_SMALL_BYTES_MAX 512u

/* Largest block that waits in a pool when it is freed. One map window shows where it ends. */
#define POOLS_POOLED_BYTES_MAX 248u

/* Before a large block: a granule that says how long it is. */
#define POOLS_LARGE_HEADER_BYTES 8u

/* Longest region; a longer one is used up to here. */
#define POOLS_REGION_BYTES_MAX 0x01000000u

/* Shortest region: its map, and room for a block of each pool's size would be more; a few blocks
 * of the largest pooled size are enough to be useful. */
#define POOLS_REGION_BYTES_MIN 1024u

/* How many chunks of one bin a search looks at before it goes on to the next bin. It bounds the
 * search; looking at all of them saves no RAM that could be measured. In the last bin it looks at all:
 * they are of 768 KiB at least, so that the longest region holds no more than this. */
#define POOLS_BIN_TRIES      2u
#define POOLS_LAST_BIN_TRIES 21u

/* Memory is scarce, and freed blocks are merged at once, unless one free chunk is at least 9/32 of the
 * region. A lower limit is no faster where there is room for twice the live bytes, and needs more
 * RAM; a higher one is slower there. */
#define POOLS_PLENTY_CHUNK_SHIFT 5u
#define POOLS_PLENTY_CHUNK_PARTS 9u /* of 2^5 */

/* Blocks are carved off the untouched part one by one unless a few at once are no more than
 * untouched / 2^this: RAM is not spent on what a small program may never want. */
#define POOLS_CARVE_SHIFT 7u

/* A chunk of so many bytes or more is cut off the end of a longer free one, a shorter one off its start, so that
 * long-lived small blocks do not lie in the midst of what large ones want. Between 900 and 2000 the number matters
 * little. A build for size cuts all off the start. */
#define POOLS_END_CUT_BYTES 1536u

/* How many other pools an allocation that meets scarce memory looks at for a block to use up. */
#define POOLS_DRAIN_LOOKS 2u

/* How many ready blocks are looked at to tell a block that holds the heap's key by chance from one that
 * was freed before. */
#define POOLS_KEY_LOOKS 8u

/* How many ready blocks an aligned request looks at for one that is aligned by chance. */
#define POOLS_ALIGNED_LOOKS 3u

/* `make tune` writes a header for a program that redefines some of the numbers above. */
#ifdef POOLS_GEOMETRY_HEADER
#include POOLS_GEOMETRY_HEADER
#endif

static_assert(POOLS_PLENTY_CHUNK_PARTS >= 1u &&
                  POOLS_PLENTY_CHUNK_PARTS <= 1u << POOLS_PLENTY_CHUNK_SHIFT,
              "a part of the region");
static_assert(POOLS_CARVE_SHIFT >= 4u && POOLS_CARVE_SHIFT <= 24u, "a small part of the region");
static_assert(POOLS_END_CUT_BYTES > POOLS_SMALL_BYTES_MAX, "a large block's");
static_assert(POOLS_DRAIN_LOOKS >= 1u && POOLS_DRAIN_LOOKS <= 8u, "it bounds an allocation");
static_assert(POOLS_BIN_TRIES >= 1u && POOLS_BIN_TRIES <= 16u, "it bounds a search");
static_assert(POOLS_POOLED_BYTES_MAX == 31u * POOLS_ALIGNMENT_BYTES,
              "a window of 32 map bits starts at the block and shows the next chunk's start");
static_assert(POOLS_SMALL_BYTES_MAX % POOLS_ALIGNMENT_BYTES == 0u, "whole granules");
static_assert(POOLS_CHUNK_BYTES_MIN == 2u * POOLS_ALIGNMENT_BYTES,
              "a free chunk is marked by the bits of its first two granules");

#endif
