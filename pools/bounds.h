// SPDX-License-Identifier: MIT
/* Whether what a heap says of itself can be true: what must hold before a look at the region. */
#ifndef POOLS_BOUNDS_H
#define POOLS_BOUNDS_H

#include "pools.h"

/* The map's bytes that pools_open sets aside for a region of so many. */
uint32_t bounds_map_bytes(uint32_t region_bytes);

/* NULL iff the addresses in the heap agree with one another and with the map's limits: a walk then
 * stays inside of the region. Otherwise a sentence, static text, and the address that is wrong. The
 * heap must be open. Reads the region only where the addresses are known to lie in it. */
const char *bounds_fault(const struct pools_heap *heap, uint32_t *address);

#endif
