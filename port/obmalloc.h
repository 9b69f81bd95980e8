// SPDX-License-Identifier: MIT
/*
 * What a firmware may say to the allocator behind its malloc, and what it may ask.
 *
 * `use_main_obmalloc` decides for the whole firmware: 1 = pools serve 1..512 bytes and the C
 * library the rest, 0 = the C library serves everything, as if this port were not linked.
 *
 * Where the flag comes from, later wins:
 *   config word of the image (config_word.h)
 *   obmalloc_boot_flag()
 *   obmalloc_request_flag(), which is what Py_InitializeFromConfig calls
 *
 * The first two are read once, by obmalloc_boot(). The flag is latched by the first call of any
 * allocator entry point or of sbrk, by whomever: a constructor, stdio, main. Until then a request
 * may still change it; after that a contrary request is refused. So a program whose first statement
 * is Py_InitializeFromConfig gets what it asks for, and a program in which C++ constructors have
 * allocated before main gets a status and a sentence.
 *
 * Every pointer goes home by its address, whatever the flag is and was.
 *
 * Under flag 1, beyond what C says of the allocation functions:
 *   malloc(0)            a block of the smallest class; every live one differs from every other.
 *   realloc(p, 0)        as realloc(p, 1): the block shrinks and stays live. Never frees.
 *   n * m, n + alignment that wrap, and sizes above PTRDIFF_MAX: NULL and ENOMEM.
 *   memalign, aligned_alloc with an alignment that is 0 or no power of two: NULL and EINVAL.
 *   posix_memalign       EINVAL also below sizeof(void *); never touches errno, nor *out on failure.
 *   free, realloc, malloc_usable_size of what is no live block: nothing changes, the attempt is
 *                        counted and obmalloc_misuse() is called; realloc returns NULL with EINVAL,
 *                        malloc_usable_size returns 0. Blocks that the C library serves are told
 *                        from other addresses as far as its own block headers allow.
 *
 * Under flag 0 all of them do what the C library does, but for two with newlib: Debian's declares
 * posix_memalign and aligned_alloc without being able to link them, so that they follow the rules
 * above under both flags.
 *
 * Threads and interrupts: without a lock policy (OBMALLOC_LOCK, lock.h) one thread calls, and no handler.
 * With one, all of it may be called by any thread, and the allocation functions by any handler that the
 * policy masks: under primask all but NMI and HardFault, under basepri those of the ceiling's priority
 * and less urgent ones, under hooks none. INTEGRATION.md says how long interrupts are off. errno is the
 * caller's: a handler that allocates leaves it as it was, or what it interrupted may see it change.
 */
#ifndef OBMALLOC_OBMALLOC_H
#define OBMALLOC_OBMALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "pools.h"

/* ---- boot ------------------------------------------------------------------------------------ */

/* RAM for dynamic memory: [start, end). The arena is its upper `arena_bytes`, 0 = all of it. */
struct obmalloc_region {
    void *start;
    void *end;
    size_t arena_bytes;
};

/* Optional hook of the board, weak: its opinion on the flag. Returns 0 or 1; -1 = none. Any other
 * value is ignored and reported. Runs before constructors and with the lock held: must not allocate. */
int obmalloc_boot_flag(void) __attribute__((weak));

/* Optional hook of the board, weak: may change what the linker symbols say, which `region` holds,
 * for RAM that is probed or external. A region that is reversed, above 4 GiB or smaller than its
 * arena is ignored and reported. Runs as obmalloc_boot_flag() does: must not allocate. */
void obmalloc_boot_region(struct obmalloc_region *region) __attribute__((weak));

/* Reads config word and hooks. For the reset handler, after .data and .bss and before constructors;
 * the first allocator call does it where the reset handler does not. Idempotent. Cost: constant,
 * does not grow with the region. Writes nothing outside .bss. */
void obmalloc_boot(void);

enum obmalloc_request_status {
    OBMALLOC_REQUEST_OK,         /* the flag has the value asked for */
    OBMALLOC_REQUEST_INVALID,    /* neither 0 nor 1; nothing changed */
    OBMALLOC_REQUEST_LATE,       /* latched with the other value; nothing changed */
    OBMALLOC_REQUEST_FALLEN_BACK /* too many faults in a row (obmalloc_blackbox.h); nothing changed */
};

/* Asks for flag 0 or 1. Returns OBMALLOC_REQUEST_OK iff that is the flag from here on. */
enum obmalloc_request_status obmalloc_request_flag(int flag);

/* Returns a static English sentence for the status, without a full stop. */
const char *obmalloc_request_sentence(enum obmalloc_request_status status);

enum obmalloc_flag_source {
    OBMALLOC_FROM_CONFIG_WORD,
    OBMALLOC_FROM_DAMAGED_WORD, /* the config word is damaged: 0, the safe value */
    OBMALLOC_FROM_BOOT_HOOK,
    OBMALLOC_FROM_REQUEST,
    OBMALLOC_FROM_BLACKBOX /* 0, after too many faults in a row */
};

enum obmalloc_arena_state {
    OBMALLOC_ARENA_NOT_OPENED, /* flag 0, or not latched */
    OBMALLOC_ARENA_OPEN,
    OBMALLOC_ARENA_REFUSED /* too small or above 4 GiB: everything is served by the C library */
};

struct obmalloc_boot_report {
    int flag;                         /* 0 or 1 */
    bool latched;                     /* it can no longer change */
    enum obmalloc_flag_source source; /* who had the last word */
    bool config_word_damaged;
    bool boot_flag_ignored;   /* obmalloc_boot_flag() answered neither 0, 1 nor -1 */
    bool boot_region_ignored; /* obmalloc_boot_region() left an impossible region */
    struct obmalloc_region region;
    void *arena_start; /* [arena_start, region.end) is the arena under flag 1 */
    enum obmalloc_arena_state arena_state;
    const char *sentence; /* static: the gravest of what is to be said, without a full stop */
};

/* Returns the state of affairs; boots if nobody has. Does not latch. */
struct obmalloc_boot_report obmalloc_boot_report(void);

/* ---- misuse ---------------------------------------------------------------------------------- */

enum obmalloc_misuse_kind {
    OBMALLOC_MISUSE_FOREIGN,     /* neither in the arena nor in the C library's heap */
    OBMALLOC_MISUSE_MISALIGNED,  /* in one of them, but no multiple of 8 */
    OBMALLOC_MISUSE_NOT_A_BLOCK, /* no live block starts there */
    OBMALLOC_MISUSE_DOUBLE_FREE, /* a block that is known to be free */
    OBMALLOC_MISUSE_CORRUPT,     /* the allocator's own words there contradict one another */
    OBMALLOC_MISUSE_OTHER_HEAP,  /* in another heap than the one named (obmalloc_heap.h) */
    /* Told by the tiers above basic only (PROMISES.md). */
    OBMALLOC_MISUSE_AFTER_FREE, /* freed memory was written to */
    OBMALLOC_MISUSE_OVERRUN,    /* what is behind a live block was written to */
    OBMALLOC_MISUSE_UNDERRUN,   /* what is before a live block was written to */
    OBMALLOC_MISUSE_KIND_COUNT
};

struct obmalloc_misuse {
    enum obmalloc_misuse_kind kind;
    const char *sentence;    /* static: the kind in words */
    const char *entry_point; /* static: "free", "realloc", "malloc_usable_size" */
    const void *pointer;     /* what was passed */
    const void *caller;      /* where the entry point returns to */
    /* In the tiers above basic; 0 or NULL where it is not known. */
    size_t block_bytes;       /* what the block was asked for, or is long */
    const void *freed_by;     /* who freed it before: where that call returned to */
    const void *allocated_by; /* who allocated it; from paranoid on */
    const void *address;      /* the first byte, or word, that was written to */
};

/* Optional hook of the firmware, weak: told of every misuse under flag 1 before the entry point
 * returns. Must not allocate. The report is valid during the call only. */
void obmalloc_misuse(const struct obmalloc_misuse *report) __attribute__((weak));

/* ---- lock ------------------------------------------------------------------------------------ */

/* Of the firmware, under OBMALLOC_LOCK=hooks only: a lock that the same thread may take again before it
 * gives it back, as often; calls come in pairs. Both are called before constructors have run and before
 * a scheduler runs, where they may do nothing, as long as no thread starts within a pair; must not
 * allocate; and must not return where they cannot keep their word. port/rtos/ has some. */
void obmalloc_lock_hook(void);
void obmalloc_unlock_hook(void);

/* Optional hook of the firmware, weak: told in words why one of the locks of port/rtos/ cannot be taken,
 * e.g. by a handler. If it returns, an undefined instruction follows: a fault that shows the caller. */
void obmalloc_lock_refused(const char *sentence) __attribute__((weak));

/* ---- statistics ------------------------------------------------------------------------------ */

struct obmalloc_statistics {
    struct pools_statistics arena;     /* all 0 while the arena is not open */
    size_t arena_used_bytes;           /* live blocks in the arena, usable bytes */
    uint32_t arena_used_blocks;        /* live blocks in the arena */
    size_t libc_used_bytes;            /* live blocks in the C library, with its headers */
    uint32_t libc_used_blocks;         /* under flag 1; 0 under flag 0 */
    size_t libc_heap_bytes;            /* what sbrk has given out now */
    size_t libc_heap_high_water_bytes; /* the most it ever had */
    uint32_t overflow_small_to_libc;   /* up to 512 bytes, served by libc for want of arena */
    uint32_t overflow_large_to_arena;  /* above 512 bytes, served by the arena for want of libc */
    uint32_t failure_count;            /* requests that ended with NULL and ENOMEM */
    uint32_t misuse_count[OBMALLOC_MISUSE_KIND_COUNT];
    size_t
        free_bytes; /* of both heaps: in free chunks, in blocks that wait, and what sbrk can give */
};

/* Fills `out`. Under flag 0 the counters of requests stay 0. Cost: walks the arena and the C
 * library's free list, with the lock held. Does not latch. */
void obmalloc_statistics(struct obmalloc_statistics *out);

/* Returns the bytes of both heaps in which no block has ever lain: no more than the least that was ever
 * free. Cost: constant. Does not latch. */
size_t obmalloc_never_used_bytes(void);

/* What obmalloc_never_used_bytes() and the high-water marks of the statistics say starts anew from what is
 * in use now. Cost: constant. Does not latch. */
void obmalloc_restart_high_water(void);

/* Returns the bytes of the largest request that malloc can serve at once: without merging first what waits in
 * the pools, which it does for a larger one, and which takes as long as there are blocks that wait. Exact
 * under flag 1 where the arena is all of the dynamic region; otherwise the C library may serve more, from
 * free memory within its heap that only a walk would find. Cost: constant. Does not latch. */
size_t obmalloc_largest_request_bytes(void);

/* Returns true iff the address lies in the arena. Cost: a subtract and a compare. Does not
 * latch. */
bool obmalloc_owns(const void *address);

/* Proves what the port has settled and the arena sound, as pools_check, with the lock held all the while.
 * While the arena is not open, that it is as it was closed. Counters and high-water marks, which nothing but
 * reports depends on, are looked at as far as they can be told to be wrong. */
enum pools_status obmalloc_check(struct pools_finding *finding);

/* The same in slices, as pools_check_some, with the lock held for one slice at a time: for an idle task, or
 * one that looks at all of the arena every minute. `cursor` is the caller's, all 0 at first.
 * Returns true iff more is left of this round. Cost: MISUSE.md, "Is it sound?". */
bool obmalloc_check_some(struct pools_cursor *cursor, uint32_t step_count_max,
                         struct pools_finding *finding);

#ifdef __cplusplus
}
#endif

#endif
