// SPDX-License-Identifier: MIT
/*
 * Between malloc and free as the firmware calls them and the paths behind. For the assembler too:
 * the files *_thumb2.S hold the fast paths for ARMv7-M and up, entry_thumb1.S those of malloc and free for
 * ARMv6-M and ARMv8-M baseline, entry.c all of them in C.
 */
#ifndef OBMALLOC_ENTRY_H
#define OBMALLOC_ENTRY_H

#include "lock.h"

/* Whether anybody watches the calls (watch/watch.h). The assembly tells nobody. */
#if defined(OBMALLOC_WATCH_BLACKBOX) || defined(OBMALLOC_WATCH_RECORD) ||                          \
    defined(OBMALLOC_WATCH_SITES) || defined(OBMALLOC_WATCH_STATISTICS)
#define OBMALLOC_WATCHED    1
#define OBMALLOC_ENTRY_IN_C 1
#endif

/* The tiers full and above (guard/guard.h) are C. */
#ifdef POOLS_LINKS_ENCODED
#undef OBMALLOC_ENTRY_IN_C
#define OBMALLOC_ENTRY_IN_C 1
#endif

#if defined(__thumb2__) && !defined(OBMALLOC_ENTRY_IN_C) &&                                        \
    (defined(OBMALLOC_LOCK_NONE) || defined(LOCK_IN_ASSEMBLY))
#define ENTRY_ASSEMBLY 1
#ifdef OBMALLOC_LOCK_NONE
#define ENTRY_ASSEMBLY_RESIZES 1 /* calloc, realloc and memalign, too */
#endif
#elif defined(__thumb__) && !defined(__thumb2__) && !defined(OBMALLOC_ENTRY_IN_C) &&               \
    (defined(OBMALLOC_LOCK_NONE) || defined(LOCK_IN_ASSEMBLY))
#define ENTRY_ASSEMBLY_THUMB1 1
#endif

/* newlib's functions take a struct _reent; picolibc has the public layer only. */
#if __has_include(<picolibc.h>)
#define ENTRY_LIBC_IS_REENTRANT 0
#else
#define ENTRY_LIBC_IS_REENTRANT 1
#endif

/* Where the assembler finds the fields of struct pools_heap; entry.c asserts it. */
#define ENTRY_HEAP_CLASS_FIRST  8 /* pools[POOLS_CLASS_FIRST] */
#define ENTRY_CLASS_FIRST_BYTES 16
#define ENTRY_HEAP_BASE         132 /* base, then fast_free_granules */
#define ENTRY_POOLED_BYTES_MAX  248
#define ENTRY_SMALL_BYTES_MAX   512
/* What base is while no fast path may serve. */
#define ENTRY_BASE_UNLATCHED 8
/* And one of struct obmalloc_state. */
#define ENTRY_STATE_WHOLE_REGION 3

/* In a small image all that a fast path leaves takes the one long way. */
#if defined(__OPTIMIZE_SIZE__) && !defined(ENTRY_ASSEMBLY)
#define ENTRY_IS_SMALL    1
#define ENTRY_MALLOC_SLOW route_malloc
#else
#define ENTRY_MALLOC_SLOW entry_malloc_slow
#endif

#ifndef __ASSEMBLER__
#include <stddef.h>

/* malloc by another name, for our own calls of it: a linker's --wrap=malloc shall see the firmware's alone. */
void *entry_malloc(size_t request_bytes);
/* What the fast paths leave where pools/ is in C: no ready block; a block that goes to no pool. */
#ifndef ENTRY_IS_SMALL
void *entry_malloc_slow(size_t request_bytes, const void *caller);
#endif
void entry_free_slow(void *block, const void *caller);
/* All of calloc and realloc, for what is not a block at hand, or one that may stay. */
void *entry_calloc_slow(size_t element_count, size_t element_bytes);
void *entry_realloc_slow(void *block, size_t request_bytes);
/* All of memalign, for what no ready block serves. */
void *entry_memalign_slow(size_t alignment_bytes, size_t request_bytes);
#endif

#endif
