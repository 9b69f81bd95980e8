// SPDX-License-Identifier: MIT
/*
 * The tiers above basic: what notices more than the pools' own look at the map. Chosen at build
 * (OBMALLOC_TIER, PROMISES.md):
 *
 *   POOLS_LINKS_ENCODED  full: the pools verify what they follow (pools/link.h); what they found damaged is told here
 *   OBMALLOC_GUARDED     paranoid: besides, every block of the main heap has guards around it, and a freed one waits
 *                        for a while before its memory serves again: block.h, quarantine.h, guard.c
 *   OBMALLOC_TRAPPED     trap: besides, memory that nobody may touch is closed by the MPU: trap.h
 *
 * In the other builds nothing here makes code.
 */
#ifndef OBMALLOC_GUARD_H
#define OBMALLOC_GUARD_H

#include "obmalloc.h"
#include "route.h"

struct obmalloc_explanation;
struct obmalloc_state;

/* Where an entry point leads to that is not inlined into it. */
#ifdef OBMALLOC_GUARDED
#define ROUTE(name) guard_##name

/* As the functions of route.h, for blocks with guards around them. Each wants a flag that is latched or not,
 * and serves under either. */
void *guard_malloc(size_t request_bytes, const void *caller);
void guard_free(void *block, const void *caller);
void *guard_calloc(size_t element_count, size_t element_bytes, const void *caller);
void *guard_realloc(void *block, size_t request_bytes, const void *caller);
size_t guard_usable_bytes(void *block, const void *caller);
void *guard_memalign(size_t alignment_bytes, size_t request_bytes, const void *caller);
void *guard_aligned_alloc(size_t alignment_bytes, size_t request_bytes, const void *caller);
void *guard_valloc(size_t request_bytes, const void *caller);
void *guard_pvalloc(size_t request_bytes, const void *caller);

/* Makes of the pools' statistics what they are to the program: what waits in the quarantine is not live. Lock. */
void guard_statistics(struct pools_statistics *arena);

/* Behind a pools_check that found nothing: the guards of all blocks that the arena serves, and what waits. Lock.
 * Returns finding->status. */
enum pools_status guard_check(struct pools_finding *finding);

/* As pools_block_bytes, for a block with guards, or one that has none because it is another heap's. Lock. */
bool guard_knows(const void *block, enum pools_status *status, size_t *usable_bytes);

/* Says more of an address in the arena than the pools know. inner: the pools' block in which it lies. Lock. */
void guard_explain(const void *address, const void *inner, struct obmalloc_explanation *out);
#else
#define ROUTE(name)             route_##name
#define guard_statistics(arena) ((void)0)
#endif

#ifdef POOLS_LINKS_ENCODED
/* Tells what the pools have found damaged meanwhile, if anything. Locks. */
void guard_tell_damage(struct pools_heap *heap, const char *entry_point, const void *caller);

/* Returns true iff what was settled at boot is what it was then (state.h). Cost: constant, some 50 instructions. Lock. */
bool guard_state_holds(const struct obmalloc_state *state);

/* Returns true iff it is not: then nobody knows who may serve, or whose a block is. Told, but for a free of NULL.
 * Locks. */
bool guard_is_lost(const char *entry_point, const void *pointer, const void *caller);

/* For the kinds that only these tiers know: how often. */
extern uint32_t guard_misuse_count[OBMALLOC_MISUSE_KIND_COUNT];

/* Counts a misuse and tells the hook. Fills in what can be told of the pointer at once. Locks. */
void guard_report(struct obmalloc_misuse *report);
#else
#define guard_tell_damage(heap, entry_point, caller) ((void)0)
#define guard_state_holds(state)                     true
#define guard_is_lost(entry_point, pointer, caller)  false
#endif

#endif
