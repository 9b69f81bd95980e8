// SPDX-License-Identifier: MIT
/* The calls that are interrupted. Each list ends with a row without a name. */
#ifndef TESTS_LOCK_PATHS_H
#define TESTS_LOCK_PATHS_H

#include "lock/scene.h"

extern const struct path paths_of_main[]; /* the arena, the whole region */
extern const struct path paths_of_libc[]; /* beside a fixed arena, and under flag 0 */
extern const struct path paths_of_heap[]; /* of a heap beside the main one */

/* The one with this number, over all lists; NULL iff there are not so many. */
const struct path *path_at(unsigned number);

/* Any call in a heap in any state, which follow from paths_seed, 1... */
extern const struct path path_of_seed;
extern uint32_t paths_seed;

#endif
