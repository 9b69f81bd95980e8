// SPDX-License-Identifier: MIT
/* The firmware's malloc, calloc, realloc and free on this computer: port/ in C, under flag 1, with a fixed
 * arena and the computer's own C library below. */
#ifndef DIFFERENTIAL_OURS_H
#define DIFFERENTIAL_OURS_H

#include "sequence.h"

/* Opens the arena anew, empty. Returns what allocates from it, or NULL where there is no memory below 4 GiB. */
const struct sequence_allocator *ours_open(void);

/* Returns what pools_check found in the arena, 0 = nothing. */
int ours_check(void);

#endif
