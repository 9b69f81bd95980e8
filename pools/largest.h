// SPDX-License-Identifier: MIT
/* What can be had at once. */
#ifndef POOLS_LARGEST_H
#define POOLS_LARGEST_H

#include "heap.h"

/* Returns the bytes of the largest request that pools_malloc can serve; 0 = none. Cost: constant: looks at the
 * chunks that the search would look at, and at each pool's first block. */
uint32_t pools_largest_request_bytes(const struct pools_heap *heap);

#endif
