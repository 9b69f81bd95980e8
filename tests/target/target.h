// SPDX-License-Identifier: MIT
/* What the target tests share: which flag this run has, whose a block is, and the walk. */
#ifndef TESTS_TARGET_TARGET_H
#define TESTS_TARGET_TARGET_H

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"
#include "obmalloc.h"

enum { SMALL_BYTES_MAX = 512 };

static inline int flag(void) {
    return obmalloc_boot_report().flag;
}

static inline struct obmalloc_statistics statistics(void) {
    struct obmalloc_statistics now;
    obmalloc_statistics(&now);
    return now;
}

/* The arena's walk finds nothing and its sums close. True under flag 0 as well: no arena is
 * open. */
static inline void check_sound(void) {
    struct pools_finding finding;
    CHECK_EQUAL(obmalloc_check(&finding), POOLS_OK);
    struct pools_statistics sum = statistics().arena;
    CHECK_EQUAL(sum.map_bytes + sum.small_used_bytes + sum.large_used_bytes +
                    sum.large_header_bytes + sum.pool_ready_bytes + sum.free_bytes,
                sum.region_bytes);
}

/* Told by addresses alone, not by what the allocator says of itself. */
static inline bool is_in_arena(const void *block) {
    struct obmalloc_boot_report boot = obmalloc_boot_report();
    uintptr_t address = (uintptr_t)block;
    return boot.flag == 1 && address >= (uintptr_t)boot.arena_start &&
           address < (uintptr_t)boot.region.end;
}

static inline bool is_in_libc_heap(const void *block) {
    struct obmalloc_boot_report boot = obmalloc_boot_report();
    uintptr_t start = (uintptr_t)boot.region.start;
    uintptr_t address = (uintptr_t)block;
    return address >= start && address < start + statistics().libc_heap_bytes;
}

/* The block's owner is the one that the flag and the request call for, where both have room. */
static inline void check_owner(const void *block, size_t request_bytes) {
    bool arena_expected = flag() == 1 && request_bytes <= SMALL_BYTES_MAX;
    CHECK(block != NULL);
    CHECK_EQUAL(is_in_arena(block), arena_expected);
    CHECK_EQUAL(is_in_libc_heap(block), !arena_expected);
    CHECK_EQUAL(obmalloc_owns(block), arena_expected);
    check_sound();
}

/* Skips the case where libc cannot serve so much: full newlib takes RAM in steps of 4 KiB, and on
 * the smallest boards less than a step is left for it. request_bytes: more than SMALL_BYTES_MAX. */
static inline void need_libc_room(size_t request_bytes) {
    void *block = malloc(request_bytes);
    bool served = is_in_libc_heap(block);
    free(block);
    if (!served) {
        SKIP("libc's part of this board's RAM is too small");
    }
}

static inline void fill(void *block, size_t bytes, unsigned seed) {
    for (size_t i = 0; i < bytes; i++) {
        ((unsigned char *)block)[i] = (unsigned char)(seed + i);
    }
}

static inline bool is_filled(const void *block, size_t bytes, unsigned seed) {
    for (size_t i = 0; i < bytes; i++) {
        if (((const unsigned char *)block)[i] != (unsigned char)(seed + i)) {
            return false;
        }
    }
    return true;
}

#endif
