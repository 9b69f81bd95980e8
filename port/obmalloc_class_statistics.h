// SPDX-License-Identifier: MIT
/*
 * How the main heap stands, by class of size and in total, at any time and without a walk. For a library built
 * with OBMALLOC_WATCH=statistics, which counts at every call; in any other these functions are not defined.
 *
 * A class is a pool: blocks of 16, 24 .. 248 bytes, 30 of them; then all up to 512 bytes, whose blocks do not
 * wait when they are freed; then the larger ones. A block is in the class of the bytes that it has, which may
 * be 8 more than its request needs. CPython counts pools of a class here; ours have no memory of their own
 * (heap.h): what corresponds is the blocks that wait.
 *
 * Counted under both flags: blocks of the arena and of the C library. Not counted: heaps beside the main one
 * (obmalloc_heap.h), and misuse.
 *
 * Cost: SEE.md, "Statistics" says what a call takes more, and RAM. The readers are constant.
 * Threads and interrupts: as the allocation functions; the totals are of one moment, and so is each class. A
 * block is counted as soon as its allocation has returned to the caller, and no longer once its free has begun;
 * one whose call is under way may be missing.
 */
#ifndef OBMALLOC_OBMALLOC_CLASS_STATISTICS_H
#define OBMALLOC_OBMALLOC_CLASS_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OBMALLOC_CLASS_COUNT 32
#define OBMALLOC_CLASS_SMALL 30 /* up to 512 bytes, in no pool */
#define OBMALLOC_CLASS_LARGE 31

struct obmalloc_class {
    uint32_t block_bytes;    /* the most that a block has; 0 for OBMALLOC_CLASS_LARGE */
    uint32_t used_blocks;    /* live */
    uint32_t waiting_blocks; /* free, in the pool of this class */
    uint32_t used_blocks_high_water;
    uint32_t failure_count; /* requests for so many bytes that ended with NULL for want of memory */
};

/* Fills classes[0 .. OBMALLOC_CLASS_COUNT). */
void obmalloc_class_statistics(struct obmalloc_class *classes);

struct obmalloc_totals {
    size_t arena_bytes; /* all that blocks and their headers may have; 0 while it is not open */
    size_t arena_used_bytes;    /* live blocks, with the headers of large ones */
    size_t arena_waiting_bytes; /* freed blocks that wait in the pools */
    size_t arena_free_bytes;    /* free chunks; the three add up to arena_bytes */
    uint32_t arena_used_blocks;
    uint32_t arena_waiting_blocks;
    size_t libc_room_bytes; /* all that the C library's heap may have */
    size_t libc_used_bytes; /* live blocks there, usable bytes */
    uint32_t libc_used_blocks;
    size_t
        free_bytes; /* both: what no live block has. The C library's headers are not known here */
    size_t free_bytes_low_water;  /* the least that free_bytes ever was, since boot */
    size_t largest_request_bytes; /* obmalloc_largest_request_bytes() */
    bool largest_is_exact; /* the arena is all there is; otherwise the C library may serve more */
    /* The part of the arena's free memory that its largest request at once cannot have, in thousandths:
     * 1000 - 1000 * largest / (free + waiting); 0 where nothing is free. 0: all of it is one piece. */
    uint32_t fragmentation_permille;
    uint32_t failure_count; /* of all classes */
};

void obmalloc_totals(struct obmalloc_totals *out);

#ifdef __cplusplus
}
#endif

#endif
