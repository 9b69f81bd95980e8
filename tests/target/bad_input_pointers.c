// SPDX-License-Identifier: MIT
// test-flags: 1
/*
 * free, realloc and malloc_usable_size of what is no live block, under flag 1: refused by name,
 * counted, told to the hook, and nothing changes. Under flag 0 newlib corrupts its heap or hangs on
 * most of these; tests/identity/misuse.c shows that it is left to.
 */
#include <malloc.h>

#include "target.h"

static struct obmalloc_misuse last;
static unsigned hook_calls;

void obmalloc_misuse(const struct obmalloc_misuse *report) {
    last = *report;
    hook_calls++;
}

static uint64_t static_storage[8];

enum { BLOCK_COUNT = 12 };
static char *blocks[BLOCK_COUNT];

/* Small ones for pools and for single blocks, large ones for libc. */
static const size_t block_bytes[BLOCK_COUNT] = {8, 8, 24, 24, 24, 56, 100, 200, 512, 520, 600, 640};

static void take_blocks(void) {
    need_libc_room(3 * 640 + 64);
    for (unsigned i = 0; i < BLOCK_COUNT; i++) {
        blocks[i] = malloc(block_bytes[i]);
        check_owner(blocks[i], block_bytes[i]);
        memset(blocks[i], 0, block_bytes[i]);
    }
}

static void give_blocks(void) {
    for (unsigned i = 0; i < BLOCK_COUNT; i++) {
        free(blocks[i]);
        blocks[i] = NULL;
    }
    check_sound();
}

/* What statistics must not move, however often a misuse is refused. */
static void check_same(const struct obmalloc_statistics *before) {
    static struct obmalloc_statistics after;
    after = statistics();
    CHECK(memcmp(&before->arena, &after.arena, sizeof after.arena) == 0);
    CHECK_EQUAL(after.libc_used_bytes, before->libc_used_bytes);
    CHECK_EQUAL(after.libc_used_blocks, before->libc_used_blocks);
    check_sound();
}

static void check_heard(const char *entry_point, const void *pointer,
                        enum obmalloc_misuse_kind kind, unsigned calls_before) {
    CHECK_EQUAL(hook_calls, calls_before + 1);
    CHECK_EQUAL(last.kind, kind);
    CHECK_EQUAL((uintptr_t)last.pointer, (uintptr_t)pointer);
    CHECK(strcmp(last.entry_point, entry_point) == 0);
    CHECK(last.sentence != NULL && last.caller != NULL);
}

static void check_refused(void *pointer, enum obmalloc_misuse_kind kind) {
    static struct obmalloc_statistics before; /* the smallest board's stack is 1 KiB */
    before = statistics();
    unsigned calls = hook_calls;
    free(pointer);
    check_heard("free", pointer, kind, calls);
    check_same(&before);
    errno = 0;
    CHECK(realloc(pointer, 40) == NULL);
    CHECK_EQUAL(errno, EINVAL);
    check_heard("realloc", pointer, kind, calls + 1);
    check_same(&before);
    CHECK_EQUAL(malloc_usable_size(pointer), 0);
    check_heard("malloc_usable_size", pointer, kind, calls + 2);
    check_same(&before);
    CHECK_EQUAL(statistics().misuse_count[kind], before.misuse_count[kind] + 3);
}

TEST(null_is_no_misuse) {
    free(NULL);
    CHECK_EQUAL(hook_calls, 0);
    CHECK_EQUAL(malloc_usable_size(NULL), 0);
}

TEST(static_stack_and_code_addresses) {
    uint64_t on_stack[2] = {0, 0};
    check_refused(&static_storage[1], OBMALLOC_MISUSE_FOREIGN);
    check_refused(&on_stack[0], OBMALLOC_MISUSE_FOREIGN);
    check_refused((void *)((uintptr_t)&check_refused & ~(uintptr_t)7), OBMALLOC_MISUSE_FOREIGN);
    check_refused((void *)8, OBMALLOC_MISUSE_FOREIGN);
    check_refused((void *)~(uintptr_t)7, OBMALLOC_MISUSE_FOREIGN);
}

TEST(misaligned) {
    take_blocks();
    for (unsigned i = 0; i < BLOCK_COUNT; i++) {
        for (unsigned offset = 1; offset < 8; offset++) {
            check_refused(blocks[i] + offset, OBMALLOC_MISUSE_MISALIGNED);
        }
    }
    give_blocks();
}

TEST(interior) {
    take_blocks();
    for (unsigned i = 0; i < BLOCK_COUNT; i++) {
        for (size_t offset = 8; offset < block_bytes[i]; offset += 8) {
            check_refused(blocks[i] + offset, OBMALLOC_MISUSE_NOT_A_BLOCK);
        }
    }
    give_blocks();
}

static void check_double_free(void *block) {
    struct obmalloc_statistics before = statistics();
    unsigned calls = hook_calls;
    free(block);
    CHECK_EQUAL(hook_calls, calls + 1);
    CHECK(last.kind == OBMALLOC_MISUSE_DOUBLE_FREE || last.kind == OBMALLOC_MISUSE_NOT_A_BLOCK);
    check_same(&before);
}

TEST(double_free) {
    take_blocks();
    for (unsigned i = 0; i < BLOCK_COUNT; i++) {
        free(blocks[i]);
        check_double_free(blocks[i]);
    }
}

/* Too long for a pool, it is a chunk again, whose map bits begin as a short block's do. */
TEST(double_free_of_what_is_a_chunk) {
    enum { BYTES = 304 };
    char *block = malloc(BYTES);
    char *behind = malloc(BYTES);
    CHECK(block != NULL && behind != NULL);
    free(block);
    check_double_free(block);
    free(behind);
}

/* Between live neighbours nothing merges. nano's chunks start with the block, or 4 bytes before it:
 * a block of a size that is no multiple of 8 makes the one of the other. */
TEST(double_free_between_live_blocks) {
    enum { SHIFT_BYTES = 516 };
    need_libc_room(3 * 520 + SHIFT_BYTES + 64);
    static const size_t sizes[] = {24, 200, 520};
    for (unsigned i = 0; i < 2 * sizeof sizes / sizeof sizes[0]; i++) {
        void *shift = i % 2 == 0 ? NULL : malloc(SHIFT_BYTES);
        void *neighbours[3];
        for (unsigned j = 0; j < 3; j++) {
            neighbours[j] = malloc(sizes[i / 2]);
            CHECK(neighbours[j] != NULL);
        }
        free(neighbours[1]);
        check_double_free(neighbours[1]);
        free(neighbours[0]);
        free(neighbours[2]);
        free(shift);
    }
    check_sound();
}

/* After everything has been freed and merged, too. */
TEST(free_of_all_blocks_again) {
    take_blocks();
    char *old[BLOCK_COUNT];
    memcpy(old, blocks, sizeof old);
    give_blocks();
    unsigned calls = hook_calls;
    struct obmalloc_statistics before = statistics();
    for (unsigned i = 0; i < BLOCK_COUNT; i++) {
        free(old[i]);
        CHECK_EQUAL(hook_calls, calls + i + 1);
        check_same(&before);
    }
}

TEST(never_handed_out) {
    struct obmalloc_boot_report boot = obmalloc_boot_report();
    char *end = boot.region.end;
    check_refused((void *)((uintptr_t)(end - 64) & ~(uintptr_t)7), OBMALLOC_MISUSE_NOT_A_BLOCK);
    /* The arena begins with its map, which counts as outside; then comes what it owns. */
    char *first = boot.arena_start;
    while (!obmalloc_owns(first)) {
        check_refused(first, OBMALLOC_MISUSE_FOREIGN);
        first += 8;
    }
    CHECK(first > (char *)boot.arena_start && first < end - 64);
    check_refused(first, OBMALLOC_MISUSE_NOT_A_BLOCK);
    check_refused(end, OBMALLOC_MISUSE_FOREIGN);
}

TEST(libc_heap_past_its_break) {
    struct obmalloc_boot_report boot = obmalloc_boot_report();
    char *heap_break = (char *)boot.region.start + statistics().libc_heap_bytes;
    heap_break = (char *)(((uintptr_t)heap_break + 7) & ~(uintptr_t)7);
    bool arena_begins_there = obmalloc_owns(heap_break);
    check_refused(heap_break,
                  arena_begins_there ? OBMALLOC_MISUSE_NOT_A_BLOCK : OBMALLOC_MISUSE_FOREIGN);
}

TEST_LIST = {
    TEST_ENTRY(null_is_no_misuse),
    TEST_ENTRY(static_stack_and_code_addresses),
    TEST_ENTRY(misaligned),
    TEST_ENTRY(interior),
    TEST_ENTRY(double_free),
    TEST_ENTRY(double_free_of_what_is_a_chunk),
    TEST_ENTRY(double_free_between_live_blocks),
    TEST_ENTRY(free_of_all_blocks_again),
    TEST_ENTRY(never_handed_out),
    TEST_ENTRY(libc_heap_past_its_break),
};
