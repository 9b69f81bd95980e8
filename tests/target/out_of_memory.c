// SPDX-License-Identifier: MIT
/* Both overflows, then NULL with ENOMEM; and everything serves again once it is freed. */
#include <malloc.h>

#include "target.h"

/* Small enough to be filled in no time; three quarters for libc, because full newlib takes RAM in
 * steps of 4 KiB. */
enum { REGION_BYTES = 8192 };

void obmalloc_boot_region(struct obmalloc_region *region) {
    size_t region_bytes = (size_t)((char *)region->end - (char *)region->start);
    if (region_bytes > REGION_BYTES) {
        region_bytes = REGION_BYTES;
        region->start = (char *)region->end - region_bytes;
    }
    region->arena_bytes = region_bytes / 4;
}

/* What sbrk is asked for beyond the request, so what may be left at the end. */
#if defined(_NANO_FORMATTED_IO) || defined(__PICOLIBC__)
enum { LIBC_STEP_BYTES = 64 };
#else
enum { LIBC_STEP_BYTES = 4096 };
#endif

struct link {
    struct link *next;
};

static struct link *taken;

static unsigned take_all(size_t request_bytes) {
    unsigned count = 0;
    errno = 0;
    for (;;) {
        struct link *block = malloc(request_bytes);
        check_sound();
        if (block == NULL) {
            CHECK_EQUAL(errno, ENOMEM);
            return count;
        }
        block->next = taken;
        taken = block;
        count++;
    }
}

static void give_all(void) {
    while (taken != NULL) {
        struct link *next = taken->next;
        free(taken);
        taken = next;
        check_sound();
    }
}

static unsigned count_in_arena(void) {
    unsigned count = 0;
    for (struct link *block = taken; block != NULL; block = block->next) {
        count += is_in_arena(block);
    }
    return count;
}

static unsigned baseline;

/* libc may keep blocks of its own for the program's life: only what comes on top must be given
 * back. */
static void check_nothing_left(void) {
    struct obmalloc_statistics now = statistics();
    if (flag() == 1) {
        CHECK_EQUAL(now.arena_used_blocks + now.libc_used_blocks, baseline);
    }
}

TEST(small_requests_overflow_to_libc) {
    need_libc_room(1100);
    baseline = statistics().arena_used_blocks + statistics().libc_used_blocks;
    static const size_t sizes[] = {16, 48, 128, 512};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct obmalloc_statistics before = statistics();
        unsigned count = take_all(sizes[i]);
        struct obmalloc_statistics after = statistics();
        CHECK(count > 0);
        if (flag() == 1) {
            unsigned in_arena = count_in_arena();
            CHECK(in_arena > 0);
            CHECK(in_arena < count);
            CHECK_EQUAL(after.overflow_small_to_libc - before.overflow_small_to_libc,
                        count - in_arena);
            CHECK_EQUAL(after.overflow_large_to_arena, before.overflow_large_to_arena);
            CHECK_EQUAL(after.failure_count, before.failure_count + 1);
            CHECK_EQUAL(after.libc_used_blocks - before.libc_used_blocks, count - in_arena);
            CHECK_EQUAL(after.arena_used_blocks - before.arena_used_blocks, in_arena);
        } else {
            CHECK_EQUAL(count_in_arena(), 0);
            CHECK_EQUAL(after.failure_count, 0);
        }
        give_all();
        check_nothing_left();
    }
}

TEST(large_requests_overflow_to_the_arena) {
    need_libc_room(1100);
    struct obmalloc_statistics before = statistics();
    unsigned count = take_all(600);
    struct obmalloc_statistics after = statistics();
    CHECK(count > 1);
    if (flag() == 1) {
        unsigned in_arena = count_in_arena();
        CHECK(in_arena > 0);
        CHECK(in_arena < count);
        CHECK_EQUAL(after.overflow_large_to_arena - before.overflow_large_to_arena, in_arena);
        CHECK_EQUAL(after.overflow_small_to_libc, before.overflow_small_to_libc);
    }
    give_all();
    check_nothing_left();
}

TEST(realloc_without_room_keeps_the_block) {
    need_libc_room(1100);
    unsigned char *block = malloc(100);
    CHECK(block != NULL);
    fill(block, 100, 3);
    take_all(512);
    take_all(40);
    errno = 0;
    CHECK(realloc(block, 3000) == NULL);
    CHECK_EQUAL(errno, ENOMEM);
    CHECK(is_filled(block, 100, 3));
    check_sound();
    give_all();
    free(block);
    check_nothing_left();
}

/* A libc block that libc cannot grow moves into the arena under flag 1, and stays under flag 0. */
TEST(realloc_moves_to_where_room_is) {
    need_libc_room(1100);
    unsigned char *in_libc = malloc(600);
    CHECK(is_in_libc_heap(in_libc));
    fill(in_libc, 600, 5);
    struct link *block = malloc(600);
    while (is_in_libc_heap(block)) {
        block->next = taken;
        taken = block;
        block = malloc(600);
    }
    free(block);
    unsigned char *moved = realloc(in_libc, 700);
    CHECK_EQUAL(is_in_arena(moved), flag());
    CHECK_EQUAL(moved != NULL, flag());
    check_sound();
    if (moved == NULL) {
        moved = in_libc;
    }
    CHECK(is_filled(moved, 600, 5));
    free(moved);
    give_all();
    check_nothing_left();
}

/* The library asks in vain for more behind its last block, before it takes what is free in the midst. */
TEST(realloc_that_finds_room_sets_no_errno) {
    enum { HOLE_BYTES = 1600, LONGER_BYTES = 1400 };
    void *hole = malloc(HOLE_BYTES);
    if (hole == NULL || is_in_arena(hole)) {
        free(hole);
        SKIP("libc's part of this board's RAM is too small");
    }
    take_all(600);
    take_all(16);
    struct link **last = NULL;
    for (struct link **place = &taken; *place != NULL; place = &(*place)->next) {
        if (!is_in_arena(*place) && (last == NULL || *place > *last)) {
            last = place;
        }
    }
    CHECK(last != NULL);
    free(hole);
    errno = 0;
    struct link *longer = realloc(*last, LONGER_BYTES);
    int error = errno;
    CHECK(longer != NULL);
    *last = longer;
    CHECK(flag() == 0 || error == 0);
    give_all();
    check_nothing_left();
}

/* What newlib-nano's memalign leaves of a chunk for a few bytes is shorter than any of malloc's. */
TEST(short_aligned_blocks_of_the_c_library_are_blocks) {
    need_libc_room(1100);
    unsigned in_libc = 0;
    /* All but a block, so that the arena serves none of what follows, and libc has little room. */
    struct link *block = malloc(600);
    take_all(600);
    take_all(16);
    free(block);
    while (taken != NULL && is_in_libc_heap(taken)) {
        struct link *next = taken->next;
        free(taken);
        taken = next;
    }
    for (size_t request_bytes = 1; request_bytes <= 12; request_bytes++) {
        uint32_t misuse_before = statistics().misuse_count[OBMALLOC_MISUSE_NOT_A_BLOCK];
        unsigned char *aligned = memalign(64, request_bytes);
        CHECK(aligned != NULL);
        CHECK_EQUAL((uintptr_t)aligned % 64, 0);
        in_libc += is_in_libc_heap(aligned);
        CHECK(malloc_usable_size(aligned) >= request_bytes);
        fill(aligned, request_bytes, 9);
        aligned = realloc(aligned, request_bytes + 100);
        CHECK(aligned != NULL);
        CHECK(is_filled(aligned, request_bytes, 9));
        free(aligned);
        free(memalign(64, request_bytes));
        CHECK_EQUAL(statistics().misuse_count[OBMALLOC_MISUSE_NOT_A_BLOCK], misuse_before);
    }
    CHECK(in_libc != 0);
    give_all();
    check_nothing_left();
}

/* sbrk stops at the arena under flag 1 and goes on to the region's end under flag 0. */
TEST(libc_heap_ends_where_the_flag_says) {
    need_libc_room(1100);
    struct obmalloc_boot_report boot = obmalloc_boot_report();
    take_all(600);
    char *heap_break = (char *)boot.region.start + statistics().libc_heap_bytes;
    char *limit = flag() == 1 ? boot.arena_start : boot.region.end;
    CHECK(heap_break <= limit);
    CHECK(limit - heap_break <= LIBC_STEP_BYTES + 600);
    give_all();
}

TEST_LIST = {
    TEST_ENTRY(small_requests_overflow_to_libc),
    TEST_ENTRY(large_requests_overflow_to_the_arena),
    TEST_ENTRY(realloc_without_room_keeps_the_block),
    TEST_ENTRY(realloc_moves_to_where_room_is),
    TEST_ENTRY(realloc_that_finds_room_sets_no_errno),
    TEST_ENTRY(short_aligned_blocks_of_the_c_library_are_blocks),
    TEST_ENTRY(libc_heap_ends_where_the_flag_says),
};
