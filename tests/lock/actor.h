// SPDX-License-Identifier: MIT
/*
 * One of several that use the allocator at the same time: a task, a handler. Keeps a few blocks of its
 * own, and knows what is in them.
 *
 * Nothing here prints or ends a case, since it runs on all kinds of stacks: what went wrong first is
 * noted in actor_fault, and the test looks at it.
 */
#ifndef TESTS_LOCK_ACTOR_H
#define TESTS_LOCK_ACTOR_H

#include <stdint.h>

enum { ACTOR_SLOT_COUNT = 8 };

struct actor {
    uint32_t random; /* any value but 0: what it does follows from it */
    uint32_t step_count;
    uint32_t failure_count; /* requests answered with NULL */
    struct {
        unsigned char *block;
        uint16_t bytes;
        uint8_t seed;
    } slots[ACTOR_SLOT_COUNT];
};

/* NULL, or what was found wrong first. */
extern const char *volatile actor_fault;

/* One call: malloc, calloc, memalign, realloc or free, of 0..900 bytes; checks the block's contents before
 * it is given back and after it has moved. */
void actor_step(struct actor *actor);

/* Gives back all that it has. */
void actor_end(struct actor *actor);

/* A number below `limit` from a state that is not 0. */
uint32_t actor_random(uint32_t *state, uint32_t limit);

#endif
