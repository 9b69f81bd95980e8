// SPDX-License-Identifier: MIT
/*
 * Plays operations on the allocator beside the shadow model, each decided by a source's bytes: the same bytes,
 * the same play. Any promise that is broken ends in play_fail(), which the program brings.
 */
#ifndef TESTS_FUZZ_PLAY_H
#define TESTS_FUZZ_PLAY_H

#include "model.h"
#include "source.h"

/* Memory for a heap: [start, start + bytes), below 4 GiB, contents undefined. */
struct play_memory {
    char *start;
    size_t bytes;
};

/* Heaps in a play; of the public API, the main heap and one less beside it. */
enum { PLAY_HEAP_COUNT = 3 };

/* On pools/ itself: opens PLAY_HEAP_COUNT heaps over parts of the memories, plays until the source is over or
 * the operations are done, frees all, and sees that nothing is left. Returns how many operations there were. */
uint32_t play_pools(struct source *source, const struct play_memory *memories,
                    uint32_t operation_count_max);

/* On the firmware's own malloc and its kin and on heaps beside it, over memories[1] and up. Wants a main heap
 * with no other live block under flag 1; under flag 0 what the C library's own heap holds is not compared. */
uint32_t play_port(struct source *source, const struct play_memory *memories,
                   uint32_t operation_count_max);

/* A sum over memory, to see that it has not changed. */
static inline uint32_t play_hash(uint32_t hash, const void *memory, size_t bytes) {
    const uint32_t *word = memory;
    for (size_t left = bytes / 4u; left != 0; left--) {
        hash = (hash ^ *word++) * UINT32_C(16777619);
    }
    return hash;
}

/* Bytes to ask for: mostly few, as programs ask; now and then as many as a heap of `heap_bytes` may have. */
static inline size_t play_request(struct source *source, size_t heap_bytes) {
    static const uint16_t limits[8] = {17, 33, 65, 130, 260, 530, 1100, 0};
    uint32_t limit = limits[source_byte(source) & 7u];
    if (limit == 0) {
        limit = heap_bytes < 65535u ? (uint32_t)heap_bytes + 1u : 65536u;
    }
    return source_below(source, limit);
}

#endif
