// SPDX-License-Identifier: MIT
/*
 * Freed blocks of the arena that wait, in the order of their frees, before their memory serves again. Bounded
 * in number and in bytes. What is written into one meanwhile is seen when it leaves; what is freed again, too.
 */
#ifndef OBMALLOC_GUARD_QUARANTINE_H
#define OBMALLOC_GUARD_QUARANTINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Blocks at most: a power of two, 24 bytes of static RAM each. */
#ifndef GUARD_QUARANTINE_BLOCKS
#define GUARD_QUARANTINE_BLOCKS 16u
#endif

/* Bytes at most: the arena's divided by two to the power of this. */
#ifndef GUARD_QUARANTINE_SHIFT
#define GUARD_QUARANTINE_SHIFT 3u
#endif

_Static_assert((GUARD_QUARANTINE_BLOCKS & (GUARD_QUARANTINE_BLOCKS - 1u)) == 0u,
               "GUARD_QUARANTINE_BLOCKS must be a power of two");

/* For all: with the lock. */

/* Adds a freed block. bytes: of the inner one. Returns false iff it is too long ever to wait. */
bool quarantine_add(void *block, uint32_t bytes);

/* Takes the oldest block out iff there are more, or more bytes, than may wait, or `all`. NULL = none. */
void *quarantine_leave(bool all);

/* The i-th block, the latest is 0; NULL = there are no more. */
void *quarantine_at(uint32_t i);

/* How many have been added, modulo 2^32. */
uint32_t quarantine_added(void);

#endif
