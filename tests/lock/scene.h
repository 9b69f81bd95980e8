// SPDX-License-Identifier: MIT
/*
 * A call of the allocator in a heap that is always in the same state, those that use the same heap in
 * the midst of it, and whether everything is whole afterwards.
 *
 * All that the allocator knows, the C library's own allocator included, is what it was for the last
 * scene of the path: one that is not interrupted executes the same instructions each time.
 */
#ifndef TESTS_LOCK_SCENE_H
#define TESTS_LOCK_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "obmalloc_heap.h"

struct path {
    const char *name;
    void (*set_up)(void); /* brings the heap into the state */
    void (*call)(void);   /* the call that is interrupted, and nothing else */
    /* Instructions with interrupts off, one after another, on ARMv7-M and ARMv6-M. */
    uint32_t budget_v7m, budget_v6m;
};

/* What set_up and call leave to be checked. scene_make() clears it. */
struct scene {
    void *block;          /* what is live when the call has ended, or NULL */
    size_t bytes;         /* what of it must hold 0xC3; the block is filled before the call */
    size_t cleared_bytes; /* what of it must hold 0 */
    void *neighbours[3];
    size_t intruder_bytes; /* what an intruder asks for */
    struct obmalloc_heap
        *heap;         /* whose: intruders use this one and the main one; NULL = the main one */
    uint32_t failures; /* of the call, that must be counted */
    uint32_t misuses;  /* likewise */
    uint32_t status;   /* of the call, that must be 0 */
    bool
        counts_overflow; /* overflows is to be looked at: each party's requests and nobody else's overflow */
    uint32_t overflows; /* of the call, that must be counted */
    /* What intruders make heaps of, at least OBMALLOC_HEAP_BYTES_MIN each, and how many heaps there must be in the
     * end beside theirs; NULL = they make none. */
    void *heap_memory[2];
    uint32_t heap_count;
    bool libc_serves; /* under flag 0, which counts neither */
};
extern struct scene scene;

/* For calls: `block` is what realloc returned for scene.block, which is still live iff that is NULL. */
void scene_resized(void *block);

/* The main heap, empty, its map cleared, beside the C library's of SCENE_LIBC_BYTES. */
void scene_open_beside_libc(void);
/* All is as it was at the reset. */
void scene_open_at_reset(void);
/* A heap beside the main one, both empty; sets scene.heap. */
void scene_open_heap(void);

enum { SCENE_INTRUDER_COUNT = 2, SCENE_LIBC_BYTES = 2048, SCENE_LIBC_BLOCK_BYTES = 520 };

/* Once, before the first scene. */
void scene_start(void);

/* The state in which `path` is called. */
void scene_make(const struct path *path);

/* One that interrupts: allocates, resizes and frees, and keeps a block. who: 0..SCENE_INTRUDER_COUNT - 1,
 * each once in a scene. */
void scene_intrude(unsigned who);

/* Fails the case unless each block holds what was written to it, the heaps are sound, and nothing is live or
 * counted but what should be. Frees all that the scene's parties had. */
void scene_check(void);

#endif
