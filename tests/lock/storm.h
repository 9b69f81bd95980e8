// SPDX-License-Identifier: MIT
/*
 * Two tasks that take the CPU from each other, main, and two nested handlers, all of them with the
 * allocator at the same time. Under the policy hooks the handlers do not allocate.
 */
#ifndef TESTS_LOCK_STORM_H
#define TESTS_LOCK_STORM_H

#include <stdbool.h>

#ifdef OBMALLOC_LOCK_HOOKS
#define STORM_HANDLERS_ALLOCATE 0
#else
#define STORM_HANDLERS_ALLOCATE 1
#endif

/* For those that want to see it refused. */
extern volatile bool storm_handlers_allocate_all_the_same;

/* Cases. storm_first_call() is the first of its image: nothing has been allocated when a handler does. */
void storm_first_call(void);
void storm(void);

#endif
