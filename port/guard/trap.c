// SPDX-License-Identifier: MIT
#include "guard/trap.h"

#include "chunk.h"
#include "guard/block.h"
#include "guard/guard.h"
#include "guard/mpu.h"
#include "guard/quarantine.h"
#include "state.h"

/* Regions that we use at most. */
enum { REGIONS_MAX = 16 };

/* What the first regions are for; the others close freed blocks, each the next one. */
enum role { BELOW_ARENA, UNTOUCHED, UNTOUCHED_FRONT, LONG_CHUNK, FIRST_BLOCK };

/* A free chunk's own words: in front, and its size once more at the end. */
enum { CHUNK_FRONT_BYTES = 24, CHUNK_END_BYTES = 4 };

static uint32_t depth; /* of whoever holds the lock */
static bool has_begun;
static uint32_t first_region, region_count;
/* Of the three above, so that damage to one of them neither keeps what we use ourselves closed nor closes what is not ours. */
static uint32_t seal;

/* Turned, so that no bit of it is lost. */
static uint32_t seal_of(void) {
    uint32_t turned_count = region_count << 8 | region_count >> 24;
    return ~(depth ^ (has_begun ? 1u : 0u) ^ first_region ^ turned_count);
}

/* What each region was asked to close, verified when it was closed, and from where on it does. With a seal of its
 * own: a region that is thought to be right already is not set again. */
static struct closing {
    struct mpu_area wanted;
    uint32_t closed_start;
    uint32_t seal;
} closings[REGIONS_MAX];

static uint32_t closing_seal_of(const struct closing *it) {
    uint32_t sum = ~it->wanted.start;
    sum = (sum << 8 | sum >> 24) ^ it->wanted.end;
    return (sum << 8 | sum >> 24) ^ it->closed_start;
}

/* True iff the region closes this already. */
static bool is_wanted(uint32_t region, uint32_t start, uint32_t end) {
    if (region >= region_count) {
        return true;
    }
    const struct closing *it = &closings[region];
    return it->wanted.start == start && it->wanted.end == end && it->seal == closing_seal_of(it);
}

static void want(uint32_t region, uint32_t start, uint32_t end) {
    if (is_wanted(region, start, end)) {
        return;
    }
    struct closing *it = &closings[region];
    it->wanted = (struct mpu_area){start, end};
    struct mpu_area area = start < end ? it->wanted : (struct mpu_area){0, 0};
    it->closed_start = mpu_close(first_region + region, area).start;
    it->seal = closing_seal_of(it);
}

/* The first chunk of the highest bin: it need not be the longest. */
static void want_long_chunk(const struct pools_heap *heap) {
    uint32_t filled = heap->bins_filled;
    unsigned bin = filled == 0 ? 0 : 31u - (unsigned)__builtin_ctz(filled);
    uint32_t chunk = filled == 0 ? 0 : heap->bins[bin];
    uint32_t start = 0;
    uint32_t end = 0;
    if (chunk > heap->base && chunk < heap->untouched && chunk % POOLS_ALIGNMENT_BYTES == 0 &&
        link_fits(heap, chunk, POOLS_CHUNK_BYTES_MIN)) {
        start = chunk + CHUNK_FRONT_BYTES;
        end = chunk + *chunk_free_bytes(chunk) - CHUNK_END_BYTES;
    }
    if (!is_wanted(LONG_CHUNK, start, end) && link_look_first(heap, bin) == 0) {
        start = 0;
        end = 0;
    }
    want(LONG_CHUNK, start, end);
}

static void want_arena(const struct obmalloc_state *state, const struct pools_heap *heap) {
    uint32_t gap = heap->start - TRAP_GAP_BYTES;
    if (!state->whole_region_is_arena) {
        gap = ((uint32_t)(uintptr_t)state->heap_break + 7u) & ~7u;
    }
    if (!is_wanted(BELOW_ARENA, gap, heap->base) && guard_state_holds(state)) {
        want(BELOW_ARENA, gap, heap->base);
    }
    want(UNTOUCHED, heap->untouched, heap->end);
    /* What one region leaves of it in front. */
    uint32_t front_end = UNTOUCHED < region_count ? closings[UNTOUCHED].closed_start : 0;
    want(UNTOUCHED_FRONT, heap->untouched, front_end);
}

static void want_blocks(void) {
    if (region_count <= FIRST_BLOCK) {
        return;
    }
    /* A power of two, so that the numbers of blocks wrap where the regions do. */
    uint32_t count = 0x80000000u >> __builtin_clz(region_count - FIRST_BLOCK);
    uint32_t added = quarantine_added();
    for (uint32_t i = 0; i < count; i++) {
        void *block = quarantine_at(i);
        uint32_t start = (uint32_t)(uintptr_t)block;
        uint32_t region = FIRST_BLOCK + (added - 1u - i) % count;
        uint32_t end = start;
        if (block) {
            end += guard_extent_bytes(guard_header_of(block)->request_bytes);
        }
        if (!is_wanted(region, start, end) && block && !guard_is(block, GUARD_FREED)) {
            end = start;
        }
        want(region, start, end);
    }
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

/* As at reset; what is closed is open until the lock is given back. */
static void start_anew(void) {
    depth = 0;
    has_begun = false;
    region_count = 0;
    if (MPU_TYPE >> 8 != 0) {
        MPU_CTRL = 0;
        mpu_barrier();
    }
}

void trap_open(void) {
    if (seal != seal_of()) {
        start_anew();
    }
    if (depth++ == 0 && region_count != 0) {
        MPU_CTRL = 0;
        mpu_barrier();
    }
    seal = seal_of();
}

void trap_close(void) {
    const struct obmalloc_state *state = &obmalloc_state;
    depth--;
    bool closes = depth == 0 && state->mode == OBMALLOC_POOLS_SERVE && seal_holds(&obmalloc_heap);
    if (closes && !has_begun) {
        begin(state);
    }
    seal = seal_of();
    if (!closes || region_count == 0) {
        return;
    }
    want_arena(state, &obmalloc_heap);
    want_long_chunk(&obmalloc_heap);
    want_blocks();
    MPU_CTRL = MPU_CTRL_ON;
    mpu_barrier();
}
