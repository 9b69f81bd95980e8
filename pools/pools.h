// SPDX-License-Identifier: MIT
/*
 * The object allocator over one region of memory.
 *
 * A heap owns one region [start, end), the arena. It begins with a map; the rest is cut into chunks:
 * a small block without header, a large block with one, or free. A pool is a list of freed blocks of
 * one size that wait for the next request. All state lives in `struct pools_heap` and in the region
 * itself; there is no other static state.
 *
 * Units: sizes are bytes, `size_t`; block addresses are multiples of POOLS_ALIGNMENT_BYTES (8).
 * Errors: no function prints, aborts or loops on bad input; each says in its return value what was
 * wrong, and a refused call changes nothing.
 * Threads and interrupts: none of these functions locks. The caller makes calls on one heap exclude
 * one another (port/lock.h does it for the firmware's heap).
 * Addresses: a region must lie below 4 GiB, because links are 32 bits wide on every host.
 *
 * Ports CPython's Objects/obmalloc.c; heap.h holds the table of CPython's names and ours.
 */
#ifndef POOLS_POOLS_H
#define POOLS_POOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pools_status {
    POOLS_OK = 0,
    POOLS_REGION_INVALID,   /* start or end is NULL, reversed, or above 4 GiB */
    POOLS_REGION_TOO_SMALL, /* shorter than POOLS_REGION_BYTES_MIN (geometry.h) */
    POOLS_NOT_OWNED,        /* the address lies outside the region, or in the region's own map */
    POOLS_MISALIGNED,       /* inside the region, but not a multiple of 8 */
    POOLS_NOT_A_BLOCK, /* inside the region, but no live block starts there (interior, uncarved,
                          one past the end, in a free chunk, or already freed and merged) */
    POOLS_DOUBLE_FREE, /* a block that is known to be free: it waits in a pool, or a free chunk is
                          there now */
    POOLS_CORRUPT      /* the allocator's own words do not agree with one another */
};

#include "heap.h" /* struct pools_heap, for static allocation; its fields are private */

/* Takes [start, end) as the heap's region and makes all of it available; contents need not be zero.
 * Returns POOLS_OK, POOLS_REGION_INVALID or POOLS_REGION_TOO_SMALL; in the last two cases the heap
 * serves nothing (every allocation returns NULL, and it owns no address).
 * Cost: constant; does not grow with the region. */
enum pools_status pools_open(struct pools_heap *heap, void *start, void *end);

/* request_bytes: 0..SIZE_MAX; 0 asks for a block of the smallest class.
 * Returns NULL iff no memory was found; the block's contents are undefined. The search is bounded:
 * it looks at POOLS_BIN_TRIES chunks of about the size that is wanted (geometry.h), and not at what
 * waits in pools of other sizes, which pools_reclaim makes available. */
void *pools_malloc(struct pools_heap *heap, size_t request_bytes);

/* alignment_bytes: a power of two, 1..; anything else returns NULL. Otherwise as pools_malloc. */
void *pools_memalign(struct pools_heap *heap, size_t alignment_bytes, size_t request_bytes);

/* Gives a live block of this heap back. Returns POOLS_OK iff `block` was one; any other status says
 * what it was instead, and nothing changed. NULL is POOLS_NOT_OWNED.
 * A block whose second word holds the heap's address looks as if it had been freed; it is looked for
 * among the first POOLS_KEY_LOOKS blocks of its pool, and refused where the pool is longer: a program
 * has no reason to hold that address. */
enum pools_status pools_free(struct pools_heap *heap, void *block);

/* Grows or shrinks a live block of this heap, in place where that is possible without moving
 * (the class stays, or the new size is more than 3/4 of the block, or the chunk can give or take). Shrunk
 * to 512 bytes or fewer, a block moves to where such blocks lie: a longer one always, others while memory is plenty.
 * Returns the block, possibly moved, with min(old, new) bytes kept; NULL iff there is no room, or
 * `block` is not a live block: the old block is then untouched. request_bytes 0 is as 1. */
void *pools_realloc(struct pools_heap *heap, void *block, size_t request_bytes);

/* As pools_realloc, without copying: returns NULL also where the block would have to move, and changes
 * nothing then. Cost: constant. */
void *pools_resize(struct pools_heap *heap, void *block, size_t request_bytes);

/* Extends a live block of more than 512 bytes into the free chunk before it, as pools_realloc would where
 * pools_resize has no room. Returns the block's new address, to which the caller moves the contents, which
 * are still at `block`, lowest first; the block is live meanwhile, and as long as the two chunks were, or
 * longer. Then pools_cut gives back what is too much. Returns NULL iff there is no such room.
 * Cost: constant. */
void *pools_slide_begin(struct pools_heap *heap, void *block, size_t request_bytes);

/* Cuts the end off a live block where it lies, so that it holds no more than the request, or little more; what
 * is no live block, or shorter, stays as it is. Cost: constant. */
void pools_cut(struct pools_heap *heap, void *block, size_t request_bytes);

/* Returns POOLS_OK and stores the bytes usable in the live block, or as pools_free without freeing.
 */
enum pools_status pools_block_bytes(const struct pools_heap *heap, const void *block,
                                    size_t *usable_bytes);

/* Returns true iff the address lies in the heap's region, behind its map. Cost: one subtract and one
 * compare. */
static inline bool pools_owns(const struct pools_heap *heap, const void *address);

/* Gives all that waits in the pools back to the space, merged, so that it serves any size: for a
 * request that would fail otherwise. The heap must be open. Cost: grows with the number of blocks that wait; no other
 * function does this. */
void pools_reclaim(struct pools_heap *heap);

/* pools_reclaim in steps: gives block_count_max blocks back at most. Returns true iff more may wait.
 * Cost: grows with block_count_max. */
bool pools_reclaim_some(struct pools_heap *heap, uint32_t block_count_max);

/* What pools_check found and where; `address` is the offending word or chunk, 0 when none. */
struct pools_finding {
    enum pools_status status;
    uint32_t address;
    const char *sentence; /* static text, e.g. "free chunk's two sizes differ" */
};

/* Walks the whole region and every list; proves that the sums close:
 * live blocks + ready blocks + large headers + free chunks and untouched part + map = region bytes.
 * Returns finding->status. Whatever is damaged, it reads nothing outside of the region, and it ends.
 * Cost: grows with the region; bounded even when the state is damaged. */
enum pools_status pools_check(const struct pools_heap *heap, struct pools_finding *finding);

/* Where pools_check_some goes on; all 0 = at the beginning. */
struct pools_cursor {
    uint32_t chunk;
    uint32_t granule;
    uint32_t used_count;
    uint32_t heap_sum;
    uint8_t phase;
    uint8_t index;
    bool is_again;
};

/* pools_check in slices, for a heap that is in use between them: looks at step_count_max chunks, bins or
 * ready blocks, or parts of long ones, and at the heap's own words each time. Returns true iff more is
 * left; else the cursor is at the beginning again. finding->status is POOLS_CORRUPT as soon as something
 * was found. Finds what pools_check finds; a wrong count of used chunks only if calls have left the heap
 * as it was during the walk. What they change between two slices may be passed over, and is never taken
 * for damage.
 * Cost: grows with step_count_max, not with the heap, unless damage is suspected. */
bool pools_check_some(const struct pools_heap *heap, struct pools_cursor *cursor,
                      uint32_t step_count_max, struct pools_finding *finding);

struct pools_statistics {
    size_t region_bytes;
    size_t map_bytes;          /* the region's own map, and its alignment */
    size_t small_used_bytes;   /* live blocks of up to 512 bytes, as long as they are served */
    size_t large_used_bytes;   /* live blocks of more than 512 bytes */
    size_t large_header_bytes; /* headers of the row above */
    size_t pool_ready_bytes;   /* freed blocks that wait in the pools */
    size_t free_bytes;         /* free chunks and the untouched part */
    size_t largest_free_bytes; /* largest request that a free chunk can serve, if it is found */
    uint32_t small_used_blocks;
    uint32_t large_used_blocks;
    uint32_t pool_ready_blocks;
    uint32_t free_chunks; /* the untouched part among them */
    size_t
        smallest_free_bytes; /* of free chunks and blocks that wait, the shortest; 0 = nothing is free */
    size_t high_water_bytes; /* bytes from the region's start to the highest byte ever handed out */
    size_t
        untouched_bytes; /* of free_bytes, those behind the last chunk that is in use, waits or is free */
};

/* Fills `out` by walking the region; the byte rows add up to region_bytes. Where the state is
 * damaged, with what the walk met before, or with zeros. Cost: as pools_check. */
void pools_statistics(const struct pools_heap *heap, struct pools_statistics *out);

#include "heap_inline.h" /* pools_owns and the fast paths of malloc and free */

#endif
