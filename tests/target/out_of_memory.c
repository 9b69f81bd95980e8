// SPDX-License-Identifier: MIT
/* Both overflows, then NULL with ENOMEM; and everything serves again once it is freed. */
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

TEST(realloc_moves_to_where_room_is) {
    if (flag() == 0) {
        SKIP("about flag 1");
    }
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
    unsigned char *moved = realloc(in_libc, 1200);
    CHECK(is_in_arena(moved));
    CHECK(is_filled(moved, 600, 5));
    check_sound();
    free(moved);
    give_all();
    check_nothing_left();
}

TEST(whole_region_under_flag_0) {
    if (flag() == 1) {
        SKIP("about flag 0");
    }
    struct obmalloc_region region = obmalloc_boot_report().region;
    take_all(64);
    struct obmalloc_statistics now = statistics();
    CHECK(now.libc_heap_bytes + 128 > (size_t)((char *)region.end - (char *)region.start));
    give_all();
}

TEST_LIST = {
    TEST_ENTRY(small_requests_overflow_to_libc),
    TEST_ENTRY(large_requests_overflow_to_the_arena),
    TEST_ENTRY(realloc_without_room_keeps_the_block),
    TEST_ENTRY(realloc_moves_to_where_room_is),
    TEST_ENTRY(whole_region_under_flag_0),
};
