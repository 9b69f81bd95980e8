// SPDX-License-Identifier: MIT
#include "soak.h"

#include <string.h>

#include "bulk.h"
#include "life.h"
#include "obmalloc.h"
#include "state.h"

enum { MEASURE_OPERATIONS = 2000, EXIT_UNSOUND = 1, EXIT_NO_LIFE = 2 };

struct sample {
    uint32_t used_sum_bytes;
    uint32_t used_least_bytes;
    uint32_t largest_sum_bytes;
    uint32_t largest_least_bytes;
    uint32_t measures;
};

/* What is needed, and what could be served: as it is when all that waits in the pools has been merged, which malloc
 * does before it gives up. Nothing has changed afterwards. */
static void measure(struct sample *sample) {
    static struct pools_heap heap_before;
    static char arena_before[SOAK_ARENA_BYTES] __attribute__((aligned(8)));
    struct pools_statistics now;
    pools_word *arena = word_at(obmalloc_heap.start);
    heap_before = obmalloc_heap;
    memcpy(arena_before, arena, sizeof arena_before);
    pools_reclaim(&obmalloc_heap);
    pools_statistics(&obmalloc_heap, &now);
    memcpy(arena, arena_before, sizeof arena_before);
    obmalloc_heap = heap_before;

    uint32_t largest_bytes = (uint32_t)now.largest_free_bytes;
    uint32_t used_bytes = (uint32_t)(now.region_bytes - now.free_bytes);
    sample->measures++;
    sample->largest_sum_bytes += largest_bytes;
    sample->used_sum_bytes += used_bytes;
    if (largest_bytes < sample->largest_least_bytes) {
        sample->largest_least_bytes = largest_bytes;
    }
    if (used_bytes < sample->used_least_bytes) {
        sample->used_least_bytes = used_bytes;
    }
}

static bool take_sample(uint32_t operation_count) {
    struct sample sample = {.largest_least_bytes = UINT32_MAX, .used_least_bytes = UINT32_MAX};
    struct pools_finding finding;
    for (uint32_t done = 0; done < operation_count; done += MEASURE_OPERATIONS) {
        if (!life_go_on(MEASURE_OPERATIONS)) {
            return false;
        }
        measure(&sample);
    }
    soak_print("sample %u %u %u %u\n", (unsigned)(sample.used_sum_bytes / sample.measures),
               (unsigned)sample.used_least_bytes,
               (unsigned)(sample.largest_sum_bytes / sample.measures),
               (unsigned)sample.largest_least_bytes);
    return obmalloc_check(&finding) == POOLS_OK;
}

static int end(void) {
    struct pools_statistics now;
    struct pools_finding finding;
    life_end();
    pools_reclaim(&obmalloc_heap);
    pools_statistics(&obmalloc_heap, &now);
    uint32_t left = (uint32_t)(now.region_bytes - now.map_bytes - now.largest_free_bytes -
                               POOLS_LARGE_HEADER_BYTES);
    soak_print("runs %u\ncrashes %u\nfailures %u\nmismatches %u\nleft %u\n",
               (unsigned)life_counts.runs, (unsigned)life_counts.crashes,
               (unsigned)life_counts.failures, (unsigned)life_counts.mismatches, (unsigned)left);
    bool is_sound = obmalloc_check(&finding) == POOLS_OK;
    return life_counts.mismatches == 0 && left == 0 && is_sound ? 0 : EXIT_UNSOUND;
}

static int no_life(const char *sentence) {
    soak_print("error %s\n", sentence);
    return EXIT_NO_LIFE;
}

int soak(const struct soak_wish *wish) {
    const char *problem = life_begin(wish->folder, wish->seed, wish->leak_runs);
    if (problem != NULL) {
        return no_life(problem);
    }
    if (obmalloc_heap.end - obmalloc_heap.start != SOAK_ARENA_BYTES) {
        return no_life("the arena is not as long as it must be");
    }
    for (uint32_t i = 0; i < wish->samples; i++) {
        if (!take_sample(wish->sample_operations)) {
            return no_life("a trace is not whole, or the arena is not sound");
        }
    }
    return end();
}
