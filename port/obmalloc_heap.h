// SPDX-License-Identifier: MIT
/*
 * Further heaps beside the main one: each over a region of RAM of its own, such as DTCM, CCM, a second
 * SRAM, external RAM, or a static array. CPython's interpreters with an allocator of their own
 * (use_main_obmalloc = 0) are such heaps; those that share the main one use obmalloc_heap_main().
 *
 * A heap has pools and large blocks, as the main heap has where the whole region is its arena. All that
 * it needs lies at its region's start, OBMALLOC_HEAP_HEADER_BYTES; a program that makes no heap links
 * nothing of this, and one that does pays 8 bytes of static RAM for all of them.
 *
 * Every pointer goes home by its address: free(), realloc() and malloc_usable_size() take a block of any
 * heap, under both flags. realloc() leaves the block in its heap, or fails. A request that a heap
 * cannot serve fails, too: it never falls to another heap, whose memory need not be of the same kind.
 *
 * Costs: under flag 1 nothing for blocks of the main heap: the heaps are looked at when a block has
 * turned out to be in neither the arena nor the C library's heap. Under flag 0, as long as there is a
 * heap, calls for the C library take a longer way, up to 40 instructions more for malloc and 55 for free, 80 and 145 on ARMv6-M;
 * which blocks it hands out does not change, and with the last heap's end the short way is back. Finding
 * the heap of an address takes a few instructions for each heap that there is.
 *
 * Errors: errno is ENOMEM where a heap has no memory (counted, per heap), EINVAL where an argument is bad.
 * Misuse, as obmalloc.h has it, is reported by obmalloc_misuse() under both flags.
 * Threads and interrupts: as the allocator entry points (port/lock.h), but for obmalloc_heap_statistics and
 * obmalloc_heap_check, which take as long as there is memory and do not lock: call them where nothing uses
 * the heap meanwhile.
 */
#ifndef OBMALLOC_OBMALLOC_HEAP_H
#define OBMALLOC_OBMALLOC_HEAP_H

#include "obmalloc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Heaps at a time, without the main one. It bounds the search for an address's heap. */
#ifndef OBMALLOC_HEAP_COUNT_MAX
#define OBMALLOC_HEAP_COUNT_MAX 8
#endif

/* What a heap says of itself, at its region's start. */
#ifdef POOLS_LINKS_ENCODED
#define OBMALLOC_HEAP_HEADER_BYTES 344
#else
#define OBMALLOC_HEAP_HEADER_BYTES 328
#endif

/* The shortest region. */
#define OBMALLOC_HEAP_BYTES_MIN (OBMALLOC_HEAP_HEADER_BYTES + POOLS_REGION_BYTES_MIN)

struct obmalloc_heap;

enum obmalloc_heap_status {
    OBMALLOC_HEAP_OK,
    OBMALLOC_HEAP_REVERSED,       /* start or end is NULL, or end is not above start */
    OBMALLOC_HEAP_MISALIGNED,     /* start or end is no multiple of 8 */
    OBMALLOC_HEAP_TOO_SMALL,      /* shorter than OBMALLOC_HEAP_BYTES_MIN */
    OBMALLOC_HEAP_OVERLAPS_MAIN,  /* with the main heap: arena or C library's heap */
    OBMALLOC_HEAP_OVERLAPS_HEAP,  /* with another heap's region */
    OBMALLOC_HEAP_OVERLAPS_STATE, /* with the allocator's own variables */
    OBMALLOC_HEAP_OVERLAPS_STACK, /* with the stack of the caller */
    OBMALLOC_HEAP_NOT_RAM,        /* what is written to its first or last word does not stay */
    OBMALLOC_HEAP_TOO_MANY,       /* there are OBMALLOC_HEAP_COUNT_MAX already */
    OBMALLOC_HEAP_NO_HEAP,        /* the argument is no heap, or one that has ended */
    OBMALLOC_HEAP_IS_MAIN,        /* the main heap cannot end */
    OBMALLOC_HEAP_HAS_LIVE_BLOCKS /* and was to end only without */
};

/* Returns a static English sentence for the status, without a full stop. */
const char *obmalloc_heap_sentence(enum obmalloc_heap_status status);

/* Makes a heap of [start, end), both multiples of 8; contents need not be zero. A region longer than
 * 16 MiB is used up to there. Stores the heap and returns OBMALLOC_HEAP_OK, or stores NULL and returns
 * what is wrong; nothing has changed then. The region must be the caller's own and stay so until the
 * heap's end. What can be told from outside is refused: a static array is the program's own memory and
 * cannot be told from its other variables, only from those of the allocator. Does not latch the flag.
 * Cost: constant; does not grow with the region. */
enum obmalloc_heap_status obmalloc_heap_create(void *start, void *end, struct obmalloc_heap **heap);

/* The main heap, whatever the flag says: the functions below do for it what malloc, free and so on do. */
struct obmalloc_heap *obmalloc_heap_main(void);

/* The heap whose region holds the address, or the main one if arena or C library's heap does, or NULL.
 * Does not tell whether a block is there. */
struct obmalloc_heap *obmalloc_heap_of(const void *address);

/* The heaps one by one, without the main one: the first for NULL, NULL behind the last. */
struct obmalloc_heap *obmalloc_heap_next(const struct obmalloc_heap *heap);

/* As malloc, calloc, memalign and realloc under flag 1, from this heap alone. Each returns NULL with
 * EINVAL iff `heap` is no heap or is to end (OBMALLOC_HEAP_ORPHAN), memalign also for an alignment that is
 * no power of two. obmalloc_heap_realloc of a block of another heap is misuse. */
void *obmalloc_heap_malloc(struct obmalloc_heap *heap, size_t request_bytes);
void *obmalloc_heap_calloc(struct obmalloc_heap *heap, size_t element_count, size_t element_bytes);
void *obmalloc_heap_memalign(struct obmalloc_heap *heap, size_t alignment_bytes,
                             size_t request_bytes);
void *obmalloc_heap_realloc(struct obmalloc_heap *heap, void *block, size_t request_bytes);

/* As free and malloc_usable_size, but a block of another heap is misuse: OBMALLOC_MISUSE_OTHER_HEAP. */
void obmalloc_heap_free(struct obmalloc_heap *heap, void *block);
size_t obmalloc_heap_usable_size(struct obmalloc_heap *heap, void *block);

struct obmalloc_heap_statistics {
    void *start, *end;             /* as created */
    size_t header_bytes;           /* OBMALLOC_HEAP_HEADER_BYTES; 0 for the main heap */
    size_t unused_bytes;           /* what a region has beyond 16 MiB */
    struct pools_statistics pools; /* header, pools.region_bytes and unused add up to the region */
    uint32_t live_blocks;
    uint32_t failure_count; /* requests that ended with NULL and ENOMEM */
    bool orphaned;          /* ends with its last block */
};

/* Fills `out`; of the main heap, the arena's. Returns true iff `heap` is a heap; all is 0 otherwise. */
bool obmalloc_heap_statistics(const struct obmalloc_heap *heap,
                              struct obmalloc_heap_statistics *out);

/* Proves the heap sound, as pools_check, and that the count of its live blocks is that of the map.
 * POOLS_NOT_OWNED iff `heap` is no heap. */
enum pools_status obmalloc_heap_check(const struct obmalloc_heap *heap,
                                      struct pools_finding *finding);

/* What a heap's end does with blocks that are still live. */
enum obmalloc_heap_end {
    OBMALLOC_HEAP_REFUSE,  /* the heap does not end */
    OBMALLOC_HEAP_RECLAIM, /* they are gone, and pointers to them dangle */
    OBMALLOC_HEAP_ORPHAN   /* it serves no new block, and ends when the last one is freed */
};

/* Ends a heap; its region then is the caller's again, at once or, with OBMALLOC_HEAP_ORPHAN and live
 * blocks, as soon as obmalloc_heap_of() of the region's start is NULL. Stores how many blocks were live
 * in *live_blocks unless that is NULL. Returns OBMALLOC_HEAP_OK, OBMALLOC_HEAP_NO_HEAP,
 * OBMALLOC_HEAP_IS_MAIN or OBMALLOC_HEAP_HAS_LIVE_BLOCKS; nothing has changed in the last three cases.
 * Cost: constant. */
enum obmalloc_heap_status obmalloc_heap_destroy(struct obmalloc_heap *heap,
                                                enum obmalloc_heap_end end, uint32_t *live_blocks);

#ifdef __cplusplus
}
#endif

#endif
