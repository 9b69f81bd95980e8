// SPDX-License-Identifier: MIT
#include "guard/trap.h"

#include "chunk.h"
#include "guard/block.h"
#include "guard/mpu.h"
#include "guard/quarantine.h"
#include "state.h"

/* Regions that we use at most. */
enum { REGIONS_MAX = 16 };

/* A free chunk's own words: in front, and its size once more at the end. */
enum { CHUNK_FRONT_BYTES = 24 };

static uint32_t depth; /* of whoever holds the lock */
static bool has_begun;
static uint32_t first_region, region_count;
static struct mpu_area closed[REGIONS_MAX];

/* Areas to be closed, the most wanted first. */
struct plan {
    uint32_t count;
    struct mpu_area areas[REGIONS_MAX];
};

static void add(struct plan *plan, uint32_t start, uint32_t end) {
    if (plan->count < region_count && start < end) {
        struct mpu_area area = mpu_coverable(start, end);
        if (area.start != area.end) {
            plan->areas[plan->count++] = area;
        }
    }
}

/* The first chunk of the highest bin: it need not be the longest. */
static uint32_t long_chunk(const struct pools_heap *heap) {
    uint32_t filled = heap->bins_filled;
    return filled == 0 ? 0 : heap->bins[31u - (uint32_t)__builtin_ctz(filled)];
}

static struct plan make_plan(const struct obmalloc_state *state, const struct pools_heap *heap) {
    struct plan plan = {.count = 0};
    uint32_t gap = heap->start - TRAP_GAP_BYTES;
    if (!state->whole_region_is_arena) {
        gap = ((uint32_t)(uintptr_t)state->heap_break + 7u) & ~7u;
    }
    add(&plan, gap, heap->base);
    add(&plan, heap->untouched, heap->end);
    uint32_t chunk = long_chunk(heap);
    if (chunk != 0) {
        add(&plan, chunk + CHUNK_FRONT_BYTES, chunk + *chunk_free_bytes(chunk) - 4u);
    }
    /* What one region leaves of the untouched part, in front. */
    struct mpu_area untouched = mpu_coverable(heap->untouched, heap->end);
    if (untouched.start != untouched.end && untouched.start - heap->untouched >= 256u) {
        add(&plan, heap->untouched, untouched.start);
    }
    const char *block;
    for (uint32_t i = 0; plan.count < region_count && (block = quarantine_at(i)) != NULL; i++) {
        uint32_t start = (uint32_t)(uintptr_t)block;
        add(&plan, start, start + guard_extent_bytes(guard_header_of(block)->request_bytes));
    }
    return plan;
}

static void begin(const struct obmalloc_state *state) {
    has_begun = true;
    first_region = OBMALLOC_TRAP_REGION_FIRST;
    uint32_t in_cpu = MPU_TYPE >> 8 & 0xFFu;
    if (in_cpu <= first_region) {
        return;
    }
    first_region += mpu_begin(first_region, (uint32_t)(uintptr_t)state->region.start,
                              (uint32_t)(uintptr_t)state->region.end);
    region_count = in_cpu - first_region;
    region_count = region_count < REGIONS_MAX ? region_count : REGIONS_MAX;
}

void trap_open(void) {
    if (depth++ == 0 && region_count != 0) {
        MPU_CTRL = 0;
        mpu_barrier();
    }
}

void trap_close(void) {
    const struct obmalloc_state *state = &obmalloc_state;
    if (--depth != 0 || state->mode != OBMALLOC_POOLS_SERVE) {
        return;
    }
    if (!has_begun) {
        begin(state);
    }
    if (region_count == 0) {
        return;
    }
    struct plan plan = make_plan(state, &obmalloc_heap);
    for (uint32_t i = 0; i < region_count; i++) {
        struct mpu_area area = plan.areas[i];
        if (i >= plan.count) {
            area = (struct mpu_area){0, 0};
        }
        if (area.start != closed[i].start || area.end != closed[i].end) {
            mpu_close(first_region + i, area);
            closed[i] = area;
        }
    }
    MPU_CTRL = MPU_CTRL_ON;
    mpu_barrier();
}
