// SPDX-License-Identifier: MIT
#include "guard/quarantine.h"

#include "guard/block.h"
#include "state.h"

/* One more than may wait, for the one that comes before the oldest goes. */
enum { RING_COUNT = 2 * GUARD_QUARANTINE_BLOCKS };

static struct {
    void *block;
    uint32_t bytes;
} ring[RING_COUNT];
static uint32_t added, left; /* how often, modulo 2^32 */
static uint32_t waiting_bytes;
static uint32_t seal; /* added ^ left ^ waiting_bytes */

/* Returns true iff the numbers are what they were made. Otherwise nobody knows who waits: all who do are lost until
 * the next boot, and it is noted. */
static bool holds(void) {
    if ((added ^ left ^ waiting_bytes) == seal) {
        return true;
    }
    added = 0;
    left = 0;
    waiting_bytes = 0;
    seal = 0;
    pools_note_damage(&obmalloc_heap, &seal);
    return false;
}

/* Returns true iff a block and its header can lie there. */
static bool is_possible(const void *block) {
    return pools_owns(&obmalloc_heap, block) &&
           pools_owns(&obmalloc_heap, (const char *)block - GUARD_LEAD_BYTES) &&
           (uintptr_t)block % POOLS_ALIGNMENT_BYTES == 0;
}

static uint32_t bytes_max(void) {
    return (obmalloc_heap.end - obmalloc_heap.base) >> GUARD_QUARANTINE_SHIFT;
}

bool quarantine_add(void *block, uint32_t bytes) {
    if (!holds() || bytes > bytes_max() || added - left == RING_COUNT) {
        return false;
    }
    ring[added % RING_COUNT].block = block;
    ring[added % RING_COUNT].bytes = bytes;
    added++;
    waiting_bytes += bytes;
    seal = added ^ left ^ waiting_bytes;
    return true;
}

void *quarantine_leave(bool all) {
    uint32_t count = holds() ? added - left : 0;
    if (count == 0 || (!all && count <= GUARD_QUARANTINE_BLOCKS && waiting_bytes <= bytes_max())) {
        return NULL;
    }
    uint32_t at = left++ % RING_COUNT;
    waiting_bytes -= ring[at].bytes;
    seal = added ^ left ^ waiting_bytes;
    if (is_possible(ring[at].block)) {
        return ring[at].block;
    }
    pools_note_damage(&obmalloc_heap, &ring[at].block);
    return quarantine_leave(all); /* RING_COUNT times at most */
}

uint32_t quarantine_added(void) {
    return added;
}

void *quarantine_at(uint32_t i) {
    if (!holds() || i >= added - left) {
        return NULL;
    }
    void *block = ring[(added - 1u - i) % RING_COUNT].block;
    return is_possible(block) ? block : NULL;
}
