// SPDX-License-Identifier: MIT
/* What an address is, told from the map: the slow and thorough look of free, realloc and the walk.
 */
#ifndef POOLS_IDENTITY_H
#define POOLS_IDENTITY_H

#include "pools.h"

/* A live block's chunk. */
struct identity {
    enum pools_status status; /* POOLS_OK iff a live block starts at the address */
    uint32_t chunk;           /* the block's, or its header's address */
    uint32_t bytes;           /* of the whole chunk */
    uint32_t block_bytes;     /* usable */
};

/* Cost: constant. */
struct identity identity_of(const struct pools_heap *heap, const void *block);

/* Bytes of the small block that starts at `granule`; 0 if no chunk starts within 75 granules. */
/*@ requires in_map(base, granule);
    requires chunk_behind: \exists integer end; granule < end <= (END - BASE) / 8 && marked(end);
    assigns \nothing;
    ensures end: \result != 0 ==>
      \result % 8 == 0 && 8 <= \result && marked(granule + \result / 8);
    ensures none_between: \result != 0 ==>
      \forall integer g; granule < g < granule + \result / 8 ==> !marked(g);
    ensures too_long: \result == 0 ==>
      \forall integer g; granule < g <= granule + 75 ==> !marked(g);
*/
uint32_t identity_small_bytes(uint32_t base, uint32_t granule);

/* True iff the address is a multiple of 8 among the chunks and the map has a bit there: a link that
 * leads elsewhere is damaged and must not be followed. */
/*@ requires open_heap(heap);
    assigns \nothing;
    ensures \result <==> BASE < address < heap->untouched && address % 8 == 0 &&
      marked((address - BASE) / 8);
*/
bool identity_is_marked(const struct pools_heap *heap, uint32_t address);

/* True iff the block says that it is ready, and lies in the pool of its size, or that pool is too long
 * to look through: no program has a reason to hold the heap's address there. */
bool identity_is_ready(const struct pools_heap *heap, uint32_t block, uint32_t bytes);

#endif
