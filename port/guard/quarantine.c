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

static uint32_t bytes_max(void) {
    return (obmalloc_heap.end - obmalloc_heap.base) >> GUARD_QUARANTINE_SHIFT;
}

bool quarantine_add(void *block, uint32_t bytes) {
    if (bytes > bytes_max() || added - left == RING_COUNT) {
        return false;
    }
    ring[added % RING_COUNT].block = block;
    ring[added % RING_COUNT].bytes = bytes;
    added++;
    waiting_bytes += bytes;
    return true;
}

void *quarantine_leave(bool all) {
    uint32_t count = added - left;
    if (count == 0 || (!all && count <= GUARD_QUARANTINE_BLOCKS && waiting_bytes <= bytes_max())) {
        return NULL;
    }
    uint32_t at = left++ % RING_COUNT;
    waiting_bytes -= ring[at].bytes;
    return ring[at].block;
}

uint32_t quarantine_added(void) {
    return added;
}

void *quarantine_at(uint32_t i) {
    return i < added - left ? ring[(added - 1u - i) % RING_COUNT].block : NULL;
}
