// SPDX-License-Identifier: MIT
#include "guard/quarantine.h"

#include "state.h"

/* One more than may wait, for the one that comes before the oldest goes. */
enum { RING_COUNT = 2 * GUARD_QUARANTINE_BLOCKS };

static struct waiting {
    void *block;
    uint32_t bytes;
    uint32_t seal;
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

static uint32_t waiting_seal_of(const struct waiting *it) {
    return ~((uint32_t)(uintptr_t)it->block ^ (it->bytes << 16 | it->bytes >> 16));
}

/* The block's memory may be looked at: nobody but the quarantine has made it wait. */
static bool is_whole(const struct waiting *it) {
    return it->seal == waiting_seal_of(it);
}

static uint32_t bytes_of_whole(void) {
    uint32_t bytes = 0;
    for (uint32_t i = left; i != added; i++) {
        const struct waiting *it = &ring[i % RING_COUNT];
        bytes += is_whole(it) ? it->bytes : 0;
    }
    return bytes;
}

static uint32_t bytes_max(void) {
    return (obmalloc_heap.end - obmalloc_heap.base) >> GUARD_QUARANTINE_SHIFT;
}

bool quarantine_add(void *block, uint32_t bytes) {
    if (!holds() || bytes > bytes_max() || added - left == RING_COUNT) {
        return false;
    }
    struct waiting *it = &ring[added % RING_COUNT];
    it->block = block;
    it->bytes = bytes;
    it->seal = waiting_seal_of(it);
    added++;
    waiting_bytes += bytes;
    seal = added ^ left ^ waiting_bytes;
    return true;
}

void *quarantine_leave(bool all) {
    for (;;) {
        uint32_t count = holds() ? added - left : 0;
        if (count == 0 ||
            (!all && count <= GUARD_QUARANTINE_BLOCKS && waiting_bytes <= bytes_max())) {
            return NULL;
        }
        struct waiting *it = &ring[left++ % RING_COUNT];
        bool leaves = is_whole(it);
        waiting_bytes = leaves ? waiting_bytes - it->bytes : bytes_of_whole();
        seal = added ^ left ^ waiting_bytes;
        if (leaves) {
            return it->block;
        }
        pools_note_damage(&obmalloc_heap, it);
    }
}

uint32_t quarantine_added(void) {
    return added;
}

void *quarantine_at(uint32_t i) {
    if (!holds() || i >= added - left) {
        return NULL;
    }
    const struct waiting *it = &ring[(added - 1u - i) % RING_COUNT];
    return is_whole(it) ? it->block : NULL;
}
