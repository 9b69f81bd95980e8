// SPDX-License-Identifier: MIT
/*
 * The tier trap over an MPU whose registers are memory: what its regions close is told from what was written to them,
 * and compared with what lives, what was freed last and what nobody has touched. A program defines REGIONS, how many
 * the CPU has, and IS_V8.
 */
#ifndef TESTS_COVERAGE_TRAP_MODEL_H
#define TESTS_COVERAGE_TRAP_MODEL_H

#include <malloc.h>

#include "coverage/tiers/told.h"
#include "guard/block.h"
#include "guard/mpu.h"
#include "guard/trap.h"
#include "state.h"

enum { MODEL_REGIONS = 32, USABLE_MAX = 16 };

static struct mpu_area closed[MODEL_REGIONS];
static bool was_on, returned_wrong;

struct mpu_area __real_mpu_close(uint32_t number, struct mpu_area area);
struct mpu_area __wrap_mpu_close(uint32_t number, struct mpu_area area);

/* What the registers say that the region closes. */
static struct mpu_area by_registers(void) {
#if IS_V8
    struct mpu_area area = {MPU_RBAR & ~31u, (MPU_RASR & ~31u) + 32u};
    return (MPU_RASR & 1u) != 0 ? area : (struct mpu_area){0, 0};
#else
    uint32_t rasr = MPU_RASR;
    if ((rasr & 1u) == 0) {
        return (struct mpu_area){0, 0};
    }
    uint32_t log = (rasr >> 1 & 31u) + 1u, open_eighths = rasr >> 8 & 0xFFu;
    uint32_t base = MPU_RBAR & ~31u;
    CHECK_EQUAL(rasr >> 16 & 0x0FFFu, 0); /* no access */
    CHECK_EQUAL(base & ((1u << log) - 1u), 0);
    CHECK(log >= 5 && (log >= 8 || open_eighths == 0) && open_eighths != 0xFFu);
    unsigned from = 0, to = 8;
    while ((open_eighths >> from & 1u) != 0) {
        from++;
    }
    while ((open_eighths >> (to - 1) & 1u) != 0) {
        to--;
    }
    for (unsigned eighth = from; eighth < to; eighth++) {
        CHECK_EQUAL(open_eighths >> eighth & 1u, 0); /* without a hole */
    }
    uint32_t bytes = 1u << (log - 3u);
    return (struct mpu_area){base + from * bytes, base + to * bytes};
#endif
}

struct mpu_area __wrap_mpu_close(uint32_t number, struct mpu_area area) {
    was_on = was_on || MPU_CTRL != 0;
    struct mpu_area returned = __real_mpu_close(number, area);
    struct mpu_area is = by_registers();
    returned_wrong = returned_wrong || MPU_RNR != number || number >= MODEL_REGIONS ||
                     returned.end - returned.start != is.end - is.start ||
                     (is.start != is.end && returned.start != is.start) ||
                     (is.start != is.end && (is.start < area.start || is.end > area.end));
    closed[number % MODEL_REGIONS] = is;
    return returned;
}

static inline bool is_closed(const void *address) {
    for (unsigned i = 0; i < MODEL_REGIONS; i++) {
        if ((uintptr_t)address - closed[i].start < closed[i].end - closed[i].start) {
            return true;
        }
    }
    return false;
}

/* Any byte of it. */
static inline bool touches_closed(const char *start, size_t bytes) {
    for (size_t at = 0; at < bytes; at += 4) {
        if (is_closed(start + at)) {
            return true;
        }
    }
    return false;
}

static inline uint32_t closed_bytes(uint32_t start, uint32_t end) {
    uint32_t bytes = 0;
    for (uint32_t at = start; at < end; at += 8) {
        bytes += is_closed((void *)(uintptr_t)at) ? 8 : 0;
    }
    return bytes;
}

static inline void begin_model(void) {
    MPU_TYPE = REGIONS << 8;
}

/* Nobody is in the allocator. */
static inline void check_closed(void) {
    const struct pools_heap *heap = &obmalloc_heap;
    uint32_t usable = REGIONS < USABLE_MAX ? REGIONS : USABLE_MAX;
    CHECK(!was_on && !returned_wrong);
    CHECK_EQUAL(MPU_CTRL, REGIONS > IS_V8 ? MPU_CTRL_ON : 0);
    if (REGIONS <= IS_V8) {
        return;
    }
    /* The map, and below it a gap or all up to the C library's heap. */
    bool is_all = obmalloc_state.whole_region_is_arena;
    uint32_t gap =
        is_all ? heap->start - TRAP_GAP_BYTES : (uint32_t)(uintptr_t)obmalloc_state.heap_break;
    CHECK(closed_bytes((gap + 7u) & ~7u, heap->base) * 4 >= heap->base - gap);
    if (usable > 1 + IS_V8 && heap->end - heap->untouched > 256) {
        CHECK(closed_bytes(heap->untouched, heap->end) * 4 >= heap->end - heap->untouched);
    }
}

#endif
