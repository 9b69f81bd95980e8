// SPDX-License-Identifier: MIT
#include "guard/mpu.h"

enum { STEP_BYTES = 32 };

#if __ARM_ARCH >= 8

/* Attribute 7: normal memory, write-back, as RAM is without an MPU. */
#define MAIR1_ATTRIBUTE_7 0xFF000000u
#define RLAR_ON           (7u << 1 | 1u)
#define RBAR_READ_WRITE   (1u << 1)

static struct mpu_area coverable(uint32_t start, uint32_t end) {
    struct mpu_area area = {(start + STEP_BYTES - 1u) & ~(STEP_BYTES - 1u),
                            end & ~(STEP_BYTES - 1u)};
    if (area.start >= area.end) {
        area.end = area.start;
    }
    return area;
}

static void set(uint32_t number, struct mpu_area area) {
    MPU_RNR = number;
    MPU_RBAR = area.start | RBAR_READ_WRITE;
    MPU_RASR = area.start == area.end ? 0 : (area.end - STEP_BYTES) | RLAR_ON;
}

uint32_t mpu_begin(uint32_t number, uint32_t start, uint32_t end) {
    MPU_MAIR1 = (MPU_MAIR1 & ~MAIR1_ATTRIBUTE_7) | MAIR1_ATTRIBUTE_7;
    set(number, coverable(start, end));
    return 1;
}

/* By lying over another. */
struct mpu_area mpu_close(uint32_t number, struct mpu_area area) {
    struct mpu_area covered = coverable(area.start, area.end);
    set(number, covered);
    return covered;
}

#else

/* Size field, subregions, no access, no execution. */
#define RASR(log, closed) (0x10000000u | (~(closed)&0xFFu) << 8 | ((log)-1u) << 1 | 1u)
enum { LOG_MIN = 5, LOG_MIN_WITH_EIGHTHS = 8 };

/* A region and which of its eighths close; without eighths, all or none. */
struct region {
    uint32_t base, log, closed, bytes;
};

/* What the region of 2^log bytes at base closes of [start, end): it has to be without a hole. */
static struct region region_at(uint32_t base, uint32_t log, uint32_t start, uint32_t end) {
    struct region region = {base, log, 0, 0};
    uint32_t last = base + (1u << log) - 1u;
    if (log < LOG_MIN_WITH_EIGHTHS) {
        bool is_whole = start <= base && last < end;
        region.closed = is_whole ? 0xFFu : 0;
        region.bytes = is_whole ? 1u << log : 0;
        return region;
    }
    uint32_t eighth = log - 3u;
    uint32_t from = start <= base ? 0 : (start - base + (1u << eighth) - 1u) >> eighth;
    uint32_t to = end > last ? 8u : end <= base ? 0 : (end - base) >> eighth;
    if (from < to && from < 8u) { /* GCOVR_EXCL_BR_LINE: implied; GCC's code is faster for it */
        region.closed = ((1u << to) - 1u) & ~((1u << from) - 1u);
        region.bytes = (to - from) << eighth;
    }
    return region;
}

static struct region best_region(uint32_t start, uint32_t end) {
    struct region best = {0, LOG_MIN, 0, 0};
    if (end < start + STEP_BYTES) {
        return best;
    }
    uint32_t log = 31u - (uint32_t)__builtin_clz(end - start);
    uint32_t first = log > LOG_MIN + 1u ? log - 1u : LOG_MIN;
    for (uint32_t size = first; size <= log + 3u && size < 32u; size++) {
        uint32_t base = start & ~((1u << size) - 1u);
        for (unsigned i = 0; i < 2u; i++) {
            struct region region = region_at(base, size, start, end);
            if (region.bytes > best.bytes) {
                best = region;
            }
            base += 1u << size;
        }
    }
    return best;
}

static struct mpu_area area_of(struct region region) {
    struct mpu_area area = {region.base, region.base};
    if (region.bytes != 0 && region.log >= LOG_MIN_WITH_EIGHTHS) {
        area.start += (uint32_t)__builtin_ctz(region.closed) << (region.log - 3u);
    }
    area.end = area.start + region.bytes;
    return area;
}

struct mpu_area mpu_close(uint32_t number, struct mpu_area area) {
    struct region region = best_region(area.start, area.end);
    MPU_RNR = number;
    MPU_RASR = 0;
    MPU_RBAR = region.base;
    MPU_RASR = region.bytes == 0 ? 0 : RASR(region.log, region.closed);
    return area_of(region);
}

uint32_t mpu_begin(uint32_t number, uint32_t start, uint32_t end) {
    (void)number;
    (void)start;
    (void)end;
    return 0;
}

#endif
