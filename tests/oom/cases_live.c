// SPDX-License-Identifier: MIT
/*
 * live.h for programs that free what is no block, on purpose: who owns a block is told by its address, a bit for
 * each granule of the RAM. Blocks in other memories, of heaps beside the main one, are not looked at.
 */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "obmalloc.h"
#include "oom/cases.h"
#include "oom/live.h"

enum { GRANULE_BYTES = 8, BITMAP_BYTES = CASES_RAM_BYTES / GRANULE_BYTES / 8 };

extern char __ram_start[];
static uint8_t is_live[BITMAP_BYTES], is_taken[BITMAP_BYTES];

/* live.h's, which nothing asks for here. */
int32_t live_firmware_blocks;
uint32_t live_libc_blocks;

static void set_bit(uint8_t *bitmap, const void *block, bool value) {
    size_t bit = ((uintptr_t)block - (uintptr_t)__ram_start) / GRANULE_BYTES;
    if (bit < BITMAP_BYTES * 8) {
        uint8_t mask = (uint8_t)(1u << bit % 8);
        bitmap[bit / 8] = (uint8_t)(value ? bitmap[bit / 8] | mask : bitmap[bit / 8] & ~mask);
    }
}

void live_taken_by_firmware(const void *block) {
    set_bit(is_live, block, true);
    set_bit(is_taken, block, true);
}

/* The library keeps what it takes for as long as it wants. */
void live_taken_by_libc(const void *block) {
    set_bit(is_live, block, true);
    set_bit(is_taken, block, false);
}

void live_given(const void *block) {
    set_bit(is_live, block, false);
    set_bit(is_taken, block, false);
}

bool live_may_be(const void *block) {
    size_t bit = ((uintptr_t)block - (uintptr_t)__ram_start) / GRANULE_BYTES;
    return bit >= BITMAP_BYTES * 8 || (is_live[bit / 8] >> bit % 8 & 1u) != 0;
}

void cases_live_begin(void) {
    memset(is_taken, 0, sizeof is_taken);
}

static uint32_t count_bits(const uint8_t *bitmap, size_t begin, size_t end) {
    uint32_t count = 0;
    for (size_t bit = begin; bit < end; bit++) {
        if (bitmap[bit / 8] == 0) {
            bit |= 7;
        } else {
            count += bitmap[bit / 8] >> bit % 8 & 1u;
        }
    }
    return count;
}

uint32_t cases_live_taken(void) {
    return count_bits(is_taken, 0, BITMAP_BYTES * 8);
}

uint32_t cases_live_in_main_heap(void) {
    struct obmalloc_region region = obmalloc_boot_report().region;
    return count_bits(is_live, (size_t)((char *)region.start - __ram_start) / GRANULE_BYTES,
                      (size_t)((char *)region.end - __ram_start) / GRANULE_BYTES);
}
