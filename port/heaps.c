// SPDX-License-Identifier: MIT
/* Which heaps there are beside the main one, and how one comes and goes. */
#include "heaps.h"

#include "layout.h"
#include "lock.h"
#include "watch/watch.h"

/* The list, the latest first, and a tag for each link of it, so that a damaged one need not be followed. */
static struct obmalloc_heap *first_heap;
static uint16_t link_tags[OBMALLOC_HEAP_COUNT_MAX + 1];

static uint16_t tag_of(const struct obmalloc_heap *link) {
    return obmalloc_seal_part((uint32_t)(uintptr_t)link) ^ 0x5EA1u;
}

/* The list has changed. */
static void settle(void) {
    uint16_t *tag = link_tags;
    for (const struct obmalloc_heap *heap = first_heap; heap; heap = heap->next) {
        *tag++ = tag_of(heap);
    }
    *tag = tag_of(NULL);
    obmalloc_settle(first_heap != NULL);
}

const void *heaps_fault(void) {
    const uint16_t *tag = link_tags;
    struct obmalloc_heap *const *link = &first_heap;
    for (; *link; tag++) {
        const struct obmalloc_heap *heap = *link;
        if (tag == &link_tags[OBMALLOC_HEAP_COUNT_MAX] || *tag != tag_of(heap)) {
            return link;
        }
        uint32_t bytes = heap->pools.end - heap->pools.start;
        if (heap->pools.start != (uintptr_t)(heap + 1) ||
            (heap->pools.end != (uintptr_t)heap->region_end && bytes != POOLS_REGION_BYTES_MAX)) {
            return heap;
        }
        link = &heap->next;
    }
    return *tag == tag_of(NULL) || !obmalloc_state.heaps_exist ? NULL : link;
}

static const struct {
    struct layout_head head;
    const void *first_heap;
    const void *other_heap_count;
    uint32_t header_bytes;
    uint32_t pools, next, region_end, live_blocks;
    uint32_t failures_and_orphaned; /* 31 bits, then one */
    uint32_t heap_count_max;
} heaps_record LAYOUT_RECORD = {
    .head = LAYOUT_HEAD(LAYOUT_HEAPS, 1, heaps_record),
    .first_heap = &first_heap,
    .other_heap_count = &heaps_other_heap_count,
    .header_bytes = sizeof(struct obmalloc_heap),
    .pools = offsetof(struct obmalloc_heap, pools),
    .next = offsetof(struct obmalloc_heap, next),
    .region_end = offsetof(struct obmalloc_heap, region_end),
    .live_blocks = offsetof(struct obmalloc_heap, live_blocks),
    .failures_and_orphaned = offsetof(struct obmalloc_heap, live_blocks) + sizeof(uint32_t),
    .heap_count_max = OBMALLOC_HEAP_COUNT_MAX,
};

static uint32_t heap_count(void) {
    uint32_t count = 0;
    for (const struct obmalloc_heap *heap = first_heap; heap; heap = heap->next) {
        count++;
    }
    return count;
}

bool heaps_exists(const struct obmalloc_heap *wanted) {
    const struct obmalloc_heap *heap = first_heap;
    while (heap && heap != wanted) {
        heap = heap->next;
    }
    return heap != NULL;
}

struct obmalloc_heap *heaps_find(const void *address) {
    struct obmalloc_heap *heap = first_heap;
    while (heap &&
           (uintptr_t)address - (uintptr_t)heap >= (uintptr_t)heap->region_end - (uintptr_t)heap) {
        heap = heap->next;
    }
    return heap;
}

/* [start, end) and [other_start, other_end) have a byte in common. */
static bool overlap(const char *start, const char *end, const void *other_start,
                    const void *other_end) {
    return (uintptr_t)start < (uintptr_t)other_end && (uintptr_t)other_start < (uintptr_t)end;
}

static bool overlaps_heap(const char *start, const char *end) {
    const struct obmalloc_heap *heap = first_heap;
    while (heap && !overlap(start, end, heap, heap->region_end)) {
        heap = heap->next;
    }
    return heap != NULL;
}

/* RAM that is not there, or not set up yet, may read as anything, but does not keep two values. */
static bool keeps(volatile uint32_t *word) {
    uint32_t before = *word;
    *word = ~before;
    bool kept = *word == ~before;
    *word = before;
    /* GCOVR_EXCL_BR_START: a PC has no memory that forgets; tests/target/heap_regions.c tries it on boards */
    return kept && *word == before;
    /* GCOVR_EXCL_BR_STOP */
}

static enum obmalloc_heap_status refusal(char *start, char *end) {
    const struct obmalloc_state *state = &obmalloc_state;
    const char here = 0;
    if (!start || !end || (uintptr_t)end <= (uintptr_t)start) {
        return OBMALLOC_HEAP_REVERSED;
    }
    if (((uintptr_t)start | (uintptr_t)end) % POOLS_ALIGNMENT_BYTES != 0) {
        return OBMALLOC_HEAP_MISALIGNED;
    }
    if ((size_t)(end - start) < HEAP_BYTES_MIN) {
        return OBMALLOC_HEAP_TOO_SMALL;
    }
    if (overlap(start, end, state, state + 1) ||
        overlap(start, end, &obmalloc_heap, &obmalloc_heap + 1) ||
        overlap(start, end, &first_heap, &first_heap + 1)) {
        return OBMALLOC_HEAP_OVERLAPS_STATE;
    }
    if (overlap(start, end, state->region.start, state->region.end)) {
        return OBMALLOC_HEAP_OVERLAPS_MAIN;
    }
    if (overlaps_heap(start, end)) {
        return OBMALLOC_HEAP_OVERLAPS_HEAP;
    }
    if (overlap(start, end, &here, &here + 1)) {
        return OBMALLOC_HEAP_OVERLAPS_STACK;
    }
    if (heap_count() >= OBMALLOC_HEAP_COUNT_MAX) {
        return OBMALLOC_HEAP_TOO_MANY;
    }
    /* GCOVR_EXCL_START: a PC has no memory that forgets; tests/target/heap_regions.c tries it on boards */
    if (!keeps((uint32_t *)(void *)start) || !keeps((uint32_t *)(void *)end - 1)) {
        return OBMALLOC_HEAP_NOT_RAM;
    }
    /* GCOVR_EXCL_STOP */
    return OBMALLOC_HEAP_OK;
}

enum obmalloc_heap_status obmalloc_heap_create(void *start, void *end,
                                               struct obmalloc_heap **heap) {
    obmalloc_boot();
    obmalloc_lock_state before = obmalloc_lock();
    enum obmalloc_heap_status status = refusal(start, end);
    *heap = NULL;
    if (status == OBMALLOC_HEAP_OK) {
        struct obmalloc_heap *made = start;
        *made = (struct obmalloc_heap){.next = first_heap, .region_end = end};
        /* It cannot fail: the region has the length and lies where any RAM of the CPU lies. */
        (void)pools_open(&made->pools, made + 1, end);
        first_heap = made;
        settle();
        *heap = made;
    }
    obmalloc_unlock(before);
    return status;
}

void heaps_end(struct obmalloc_heap *heap) {
    struct obmalloc_heap **link = &first_heap;
    while (*link != heap) {
        link = &(*link)->next;
    }
    *link = heap->next;
    settle();
}

enum obmalloc_heap_status obmalloc_heap_destroy(struct obmalloc_heap *heap,
                                                enum obmalloc_heap_end end, uint32_t *live_blocks) {
    enum obmalloc_heap_status status = OBMALLOC_HEAP_OK;
    uint32_t live = 0;
    obmalloc_lock_state before = obmalloc_lock();
    if (heap == obmalloc_heap_main()) {
        status = OBMALLOC_HEAP_IS_MAIN;
    } else if (!heaps_exists(heap)) {
        status = OBMALLOC_HEAP_NO_HEAP;
    } else {
        live = heap->live_blocks;
        if (live == 0 || end == OBMALLOC_HEAP_RECLAIM) {
            watch_forgotten(heap, heap->region_end);
            heaps_end(heap);
        } else if (end == OBMALLOC_HEAP_ORPHAN) {
            heap->orphaned = 1;
        } else {
            status = OBMALLOC_HEAP_HAS_LIVE_BLOCKS;
        }
    }
    obmalloc_unlock(before);
    if (live_blocks) {
        *live_blocks = live;
    }
    return status;
}

/* Never dereferenced as what its type says: a name for the heap that malloc has. */
struct obmalloc_heap *obmalloc_heap_main(void) {
    return (struct obmalloc_heap *)(void *)&obmalloc_heap;
}

struct obmalloc_heap *obmalloc_heap_of(const void *address) {
    const struct obmalloc_state *state = &obmalloc_state;
    uintptr_t start = (uintptr_t)state->region.start;
    obmalloc_lock_state before = obmalloc_lock();
    struct obmalloc_heap *heap = heaps_find(address);
    if (!heap && (obmalloc_owns(address) ||
                  (uintptr_t)address - start < (uintptr_t)state->heap_break - start)) {
        heap = obmalloc_heap_main();
    }
    obmalloc_unlock(before);
    return heap;
}

struct obmalloc_heap *obmalloc_heap_next(const struct obmalloc_heap *heap) {
    return heap ? heap->next : first_heap;
}
