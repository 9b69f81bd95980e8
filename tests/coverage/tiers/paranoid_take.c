// SPDX-License-Identifier: MIT
/* The tier paranoid where memory ends: who serves instead, what realloc does, and what is refused. */
// test-builds: paranoid
// test-flags: 1
#include <malloc.h>

#include "coverage/tiers/told.h"
#include "guard/block.h"
#include "guard/guard.h"
#include "state.h"

enum { SMALL = 40, RAM_BYTES = 56 << 10, ARENA_BYTES = 28 << 10, BLOCKS_MAX = 1000 };
static _Alignas(4096) char ram[RAM_BYTES];
static const volatile size_t huge = 0x80000010u, nearly_huge = 0x7FFFFF80u, wide = 0x10000u;

void obmalloc_boot_region(struct obmalloc_region *region) {
    *region = (struct obmalloc_region){ram, ram + RAM_BYTES, ARENA_BYTES};
}

static void *taken[BLOCKS_MAX];
static unsigned taken_count;

/* Until nobody has so many bytes. */
static void take_all(size_t bytes) {
    for (void *block = malloc(bytes); block != NULL; block = malloc(bytes)) {
        CHECK(taken_count < BLOCKS_MAX);
        taken[taken_count++] = block;
    }
    CHECK_EQUAL(errno, ENOMEM);
}

static void give_all(void) {
    while (taken_count != 0) {
        free(taken[--taken_count]);
    }
    check_not_told();
    check_sound();
}

static void check_refused(const void *block, int error) {
    CHECK(block == NULL);
    CHECK_EQUAL(errno, error);
    errno = 0;
}

TEST(what_is_impossible) {
    uint32_t failures = statistics().failure_count;
    check_refused(malloc(huge), ENOMEM);
    check_refused(malloc(nearly_huge), ENOMEM);
    check_refused(calloc(huge, 2), ENOMEM);
    check_refused(calloc(wide, wide), ENOMEM);
    check_refused(calloc(1, nearly_huge), ENOMEM);
    check_refused(memalign(24, SMALL), EINVAL);
    check_refused(memalign(0, SMALL), EINVAL);
    check_refused(memalign(8, nearly_huge), ENOMEM);
    check_refused(aligned_alloc(24, SMALL), EINVAL);
    check_refused(valloc(nearly_huge), ENOMEM);
    check_refused(pvalloc(huge), ENOMEM);
    char *block = malloc(SMALL);
    memset(block, 0x77, SMALL);
    check_refused(realloc(block, huge), ENOMEM);
    CHECK(is_filled(block, 0, 0) && block[SMALL - 1] == 0x77);
    free(block);
    CHECK_EQUAL(statistics().failure_count, failures + 9);
    check_sound();
}

TEST(aligned_blocks) {
    static const size_t alignments[] = {8, 16, 32, 256, 4096};
    for (unsigned i = 0; i < 5; i++) {
        char *block = memalign(alignments[i], SMALL);
        CHECK(block != NULL && (uintptr_t)block % alignments[i] == 0);
        CHECK_EQUAL((unsigned char)block[SMALL - 1], GUARD_CLEAN);
        CHECK_EQUAL(malloc_usable_size(block), SMALL);
        block[SMALL] ^= 1;
        free(block);
        check_told(OBMALLOC_MISUSE_OVERRUN, "free", block);
    }
    char *page = valloc(10), *whole = pvalloc(10), *other = aligned_alloc(64, 10);
    CHECK((uintptr_t)page % 4096 == 0 && (uintptr_t)whole % 4096 == 0 && other != NULL);
    CHECK_EQUAL(malloc_usable_size(whole), 4096);
    free(page);
    free(whole);
    free(other);
    check_sound();
}

/* Blocks are clean to the last byte, also where a word is begun; calloc's are zero. */
TEST(contents_of_a_fresh_block) {
    for (size_t bytes = 0; bytes < 20; bytes++) {
        unsigned char *block = malloc(bytes), *zeros = calloc(bytes, 1);
        for (size_t i = 0; i < bytes; i++) {
            CHECK(block[i] == GUARD_CLEAN && zeros[i] == 0);
        }
        free(block);
        free(zeros);
    }
    check_sound();
}

TEST(each_overflows_into_the_other) {
    struct obmalloc_statistics at_first = statistics();
    take_all(700);
    CHECK(statistics().overflow_large_to_arena > at_first.overflow_large_to_arena);
    give_all();
    take_all(SMALL);
    CHECK(statistics().overflow_small_to_libc > at_first.overflow_small_to_libc);
    CHECK(statistics().failure_count >= at_first.failure_count + 2);
    check_refused(calloc(1, SMALL), ENOMEM);
    check_refused(memalign(8, SMALL), ENOMEM);
    /* What waits is let go for a request that finds nothing else. */
    free(taken[0]);
    taken[0] = malloc(SMALL);
    CHECK(taken[0] != NULL);
    give_all();
}

/* Everything waits in pools of other sizes: it is merged before a request fails. */
TEST(what_waits_in_pools_is_merged) {
    take_all(SMALL);
    give_all();
    void *block = malloc(500);
    CHECK(block != NULL);
    free(block);
    take_all(300);
    give_all();
}

static void fill_up(size_t bytes) {
    take_all(bytes);
    take_all(8);
}

TEST(realloc_where_there_is_room) {
    char *block = malloc(100);
    memset(block, 0x21, 100);
    CHECK(realloc(block, 100) == block && realloc(block, 97) == block);
    CHECK(realloc(block, 100) == block && block[96] == 0x21);
    CHECK_EQUAL((unsigned char)block[97], GUARD_CLEAN);
    CHECK_EQUAL((unsigned char)block[99], GUARD_CLEAN);
    char *moved = realloc(block, 300);
    CHECK(moved != NULL && moved != block && moved[95] == 0x21);
    CHECK_EQUAL((unsigned char)moved[299], GUARD_CLEAN);
    block = realloc(moved, 10);
    CHECK(block != NULL && block != moved && block[9] == 0x21);
    block = realloc(block, 0);
    CHECK_EQUAL(malloc_usable_size(block), 1);
    free(block);
    block = realloc(NULL, SMALL);
    CHECK(block != NULL);
    free(block);
    check_not_told();
    check_sound();
}

/* No room for both: the inner block grows where it lies, and guards and contents with it. */
static void check_resized_in_place(size_t bytes, bool of_arena) {
    fill_up(bytes);
    /* Two neighbours, in the order of addresses, of the allocator that is wanted. */
    unsigned i = 0;
    while (i + 1 < taken_count &&
           ((uintptr_t)taken[i] + bytes + 64 < (uintptr_t)taken[i + 1] ||
            (uintptr_t)taken[i + 1] < (uintptr_t)taken[i] ||
            pools_owns(&obmalloc_heap, taken[i]) != of_arena ||
            malloc_usable_size(taken[i]) != bytes || malloc_usable_size(taken[i + 1]) != bytes)) {
        i++;
    }
    CHECK(i + 1 < taken_count);
    char *block = taken[i];
    memset(block, 0x42, bytes);
    free(taken[i + 1]);
    taken[i + 1] = NULL;
    char *grown = realloc(block, bytes + bytes / 2);
    CHECK(grown != NULL || !of_arena);
    if (grown) {
        taken[i] = grown;
        CHECK_EQUAL(malloc_usable_size(grown), bytes + bytes / 2);
        CHECK(grown[0] == 0x42 && grown[bytes - 1] == 0x42);
        CHECK_EQUAL((unsigned char)grown[bytes], GUARD_CLEAN);
    } else {
        CHECK_EQUAL(errno, ENOMEM);
        CHECK(block[0] == 0x42 && block[bytes - 1] == 0x42);
    }
    check_not_told();
    check_sound();
}

TEST(realloc_in_place_where_memory_ends) {
    int errno_before = errno = 7;
    check_resized_in_place(200, true);
    CHECK(errno == errno_before || errno == ENOMEM);
    give_all();
    check_resized_in_place(2000, false);
    give_all();
}

/* Shrinking never fails; growing does, and so does that of a block that begins behind a long lead. */
TEST(realloc_where_nothing_is_left) {
    char *aligned = memalign(64, 200), *block = malloc(400);
    CHECK(aligned != NULL && block != NULL);
    memset(aligned, 0x11, 200);
    memset(block, 0x22, 400);
    fill_up(200);
    check_refused(realloc(aligned, 300), ENOMEM);
    check_refused(realloc(block, 900), ENOMEM);
    CHECK(aligned[199] == 0x11 && block[399] == 0x22);
    CHECK(realloc(block, 100) == block);
    CHECK_EQUAL(malloc_usable_size(block), 100);
    CHECK(block[99] == 0x22);
    give_all();
    free(aligned);
    free(block);
    check_sound();
}

TEST_LIST = {TEST_ENTRY(what_is_impossible),
             TEST_ENTRY(aligned_blocks),
             TEST_ENTRY(contents_of_a_fresh_block),
             TEST_ENTRY(each_overflows_into_the_other),
             TEST_ENTRY(what_waits_in_pools_is_merged),
             TEST_ENTRY(realloc_where_there_is_room),
             TEST_ENTRY(realloc_in_place_where_memory_ends),
             TEST_ENTRY(realloc_where_nothing_is_left)};
