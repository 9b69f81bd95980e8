// SPDX-License-Identifier: MIT
/*
 * The heaps beside the main one, for the port: which there are, and the block of one of them that comes
 * back through a public entry point.
 *
 * Linked only into programs that make a heap: the references from elsewhere are weak, and
 * obmalloc_state.heaps_exist is false in all others.
 */
#ifndef OBMALLOC_HEAPS_H
#define OBMALLOC_HEAPS_H

#include "obmalloc_heap.h"
#include "state.h"

/* At the start of its region. */
struct obmalloc_heap {
    struct pools_heap pools; /* first: its address is the key that ready blocks carry */
    struct obmalloc_heap *next;
    char *region_end; /* the caller's; pools.end may lie below it */
    uint32_t live_blocks;
    uint32_t failure_count : 31;
    uint32_t orphaned : 1;
};

_Static_assert(sizeof(void *) != 4u || sizeof(struct obmalloc_heap) == OBMALLOC_HEAP_HEADER_BYTES,
               "obmalloc_heap.h says how long a heap's header is");

/* OBMALLOC_HEAP_BYTES_MIN, also where pointers are longer than a Cortex-M's. */
enum { HEAP_BYTES_MIN = sizeof(struct obmalloc_heap) + POOLS_REGION_BYTES_MIN };

/* The heap whose region holds the address; NULL = none. Lock. */
struct obmalloc_heap *heaps_find(const void *address) __attribute__((weak));

/* Returns true iff `heap` is one of the list. Reads nothing at it. Lock. */
bool heaps_exists(const struct obmalloc_heap *heap);

/* As pools_free; ends an orphaned heap with its last block. Locks. */
enum pools_status heaps_free(struct obmalloc_heap *heap, void *block) __attribute__((weak));

/* A live block of the heap, resized within it; NULL and ENOMEM, counted, iff that cannot be done. Locks. */
void *heaps_realloc(struct obmalloc_heap *heap, void *block, size_t request_bytes)
    __attribute__((weak));

/* Misuses of the kind OBMALLOC_MISUSE_OTHER_HEAP. */
extern uint32_t heaps_other_heap_count __attribute__((weak));

/* The heap on the list, or the link to it, that is not what heaps_create and heaps_end have made; NULL = none.
 * Reads nothing at an address that is not a heap's. Lock. */
const void *heaps_fault(void) __attribute__((weak));

/* Takes the heap off the list. Lock. */
void heaps_end(struct obmalloc_heap *heap);

static inline struct obmalloc_heap *heaps_holding(const struct obmalloc_state *state,
                                                  const void *address) {
    return state->heaps_exist ? heaps_find(address) : NULL;
}

#endif
