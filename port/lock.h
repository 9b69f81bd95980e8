// SPDX-License-Identifier: MIT
/*
 * What keeps calls of the allocator apart. One policy for our entry points and for the C library's
 * own __malloc_lock, chosen at build.
 *
 * Policy none: single-threaded firmware whose interrupt handlers do not allocate. Costs nothing.
 *
 * Contract for a policy: obmalloc_lock() returns what obmalloc_unlock() needs to restore, so that
 * calls nest; both are cheap enough to inline, and may be called before constructors have run. The
 * entry points in assembly (entry_thumb2.S) take no lock: another policy wants
 * -DOBMALLOC_ENTRY_IN_C, which has those of entry.c built instead.
 */
#ifndef OBMALLOC_LOCK_H
#define OBMALLOC_LOCK_H

typedef struct {
    char unused;
} obmalloc_lock_state;

static inline obmalloc_lock_state obmalloc_lock(void) {
    return (obmalloc_lock_state){0};
}

static inline void obmalloc_unlock(obmalloc_lock_state before) {
    (void)before;
}

#endif
