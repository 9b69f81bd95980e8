// SPDX-License-Identifier: MIT
/* Random calls of the whole family, the same in every run. */
#ifndef TESTS_SEE_STORM_H
#define TESTS_SEE_STORM_H

#include <stdint.h>

enum { STORM_SLOTS = 48 };

struct storm {
    uint32_t random;
    void *blocks[STORM_SLOTS];
};

/* Makes one call. size_max: of most requests; one of 16 is larger. */
void storm_step(struct storm *storm, uint32_t size_max);

/* Frees what is left. */
void storm_end(struct storm *storm);

#endif
