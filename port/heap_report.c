// SPDX-License-Identifier: MIT
/* What a heap has to say of itself. */
#include "heaps.h"

static bool is_main(const struct obmalloc_heap *heap) {
    return heap == obmalloc_heap_main();
}

bool obmalloc_heap_statistics(const struct obmalloc_heap *heap,
                              struct obmalloc_heap_statistics *out) {
    *out = (struct obmalloc_heap_statistics){0};
    if (is_main(heap)) {
        struct obmalloc_statistics main;
        obmalloc_statistics(&main);
        out->start = obmalloc_state.region.start;
        out->end = obmalloc_state.region.end;
        out->pools = main.arena;
        out->live_blocks = main.arena_used_blocks + main.libc_used_blocks;
        out->failure_count = main.failure_count;
        return true;
    }
    if (!heaps_exists(heap)) {
        return false;
    }
    const char *start = (const char *)heap;
    out->start = (void *)(uintptr_t)heap;
    out->end = heap->region_end;
    out->header_bytes = sizeof *heap;
    pools_statistics(&heap->pools, &out->pools);
    out->unused_bytes = (size_t)(heap->region_end - start) - sizeof *heap - out->pools.region_bytes;
    out->live_blocks = heap->live_blocks;
    out->failure_count = heap->failure_count;
    out->orphaned = heap->orphaned;
    return true;
}

enum pools_status obmalloc_heap_check(const struct obmalloc_heap *heap,
                                      struct pools_finding *finding) {
    if (is_main(heap)) {
        return obmalloc_check(finding);
    }
    if (!heaps_exists(heap)) {
        *finding = (struct pools_finding){
            .status = POOLS_NOT_OWNED,
            .sentence = obmalloc_heap_sentence(OBMALLOC_HEAP_NO_HEAP),
        };
        return finding->status;
    }
    if (pools_check(&heap->pools, finding) == POOLS_OK) {
        struct pools_statistics walked;
        pools_statistics(&heap->pools, &walked);
        if (walked.small_used_blocks + walked.large_used_blocks != heap->live_blocks) {
            *finding = (struct pools_finding){
                .status = POOLS_CORRUPT,
                .address = (uint32_t)(uintptr_t)&heap->live_blocks,
                .sentence = "the heap's count of live blocks is not that of its map",
            };
        }
    }
    return finding->status;
}
