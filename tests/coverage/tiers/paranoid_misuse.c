// SPDX-License-Identifier: MIT
/* The tier paranoid: what is told of a block that comes back, of the arena's and of the C library's. */
// test-builds: paranoid
// test-flags: 1
#include <malloc.h>

#include "coverage/pc/hooks.h"
#include "coverage/tiers/told.h"
#include "guard/block.h"
#include "guard/guard.h"
#include "guard/quarantine.h"
#include "private_libc.h"
#include "py_home.h"
#include "state.h"

enum { SMALL = 40, LARGE = 2000 };
static const size_t sizes[] = {SMALL, LARGE};
enum { SIZE_COUNT = sizeof sizes / sizeof sizes[0] };

static char *take(size_t bytes) {
    told_count = 0;
    char *block = malloc(bytes);
    CHECK(block != NULL);
    CHECK_EQUAL(pools_owns(&obmalloc_heap, block), bytes == SMALL);
    memset(block, 0x33, bytes);
    return block;
}

/* Frees others until none waits that waited before. */
static void let_all_go(void) {
    void *others[GUARD_QUARANTINE_BLOCKS + 1];
    for (unsigned i = 0; i <= GUARD_QUARANTINE_BLOCKS; i++) {
        others[i] = malloc(24);
    }
    for (unsigned i = 0; i <= GUARD_QUARANTINE_BLOCKS; i++) {
        free(others[i]);
    }
}

TEST(behind_a_block) {
    for (unsigned i = 0; i < SIZE_COUNT; i++) {
        for (size_t over = 0; over < GUARD_TAIL_BYTES_MIN; over++) {
            char *block = take(sizes[i]);
            block[sizes[i] + over] = 'x';
            CHECK_EQUAL(malloc_usable_size(block), sizes[i]);
            check_told(OBMALLOC_MISUSE_OVERRUN, "malloc_usable_size", block);
            CHECK(told.address == block + sizes[i] + over);
            CHECK(told.allocated_by != NULL && told.freed_by == NULL);
            CHECK_EQUAL(told.block_bytes, sizes[i]);
            free(block);
            check_told(OBMALLOC_MISUSE_OVERRUN, "free", block);
        }
        char *block = take(sizes[i]);
        block[sizes[i]] = 'x';
        block = realloc(block, sizes[i] - 4);
        /* Once more when the old block is given back. */
        CHECK(told_count == 1 || told_count == 2);
        CHECK(told.kind == OBMALLOC_MISUSE_OVERRUN && strcmp(told.entry_point, "realloc") == 0);
        told_count = 0;
        free(block);
        check_not_told();
    }
    check_sound();
}

TEST(before_a_block) {
    for (unsigned i = 0; i < SIZE_COUNT; i++) {
        char *block = take(sizes[i]);
        for (int under = 1; under <= GUARD_HEADER_BYTES; under++) {
            block[-under] ^= 0x10;
            free(block);
            /* The word that says where its inner block begins is the C library's only proof. */
            bool is_known = i == 0 || under <= 12;
            check_told(is_known ? OBMALLOC_MISUSE_UNDERRUN : OBMALLOC_MISUSE_NOT_A_BLOCK, "free",
                       block);
            CHECK(told.address == (is_known ? block - GUARD_HEADER_BYTES : NULL));
            CHECK(told.freed_by == NULL && told.block_bytes == 0);
            block[-under] ^= 0x10;
        }
        free(block);
        check_not_told();
    }
    check_sound();
}

TEST(no_block_at_all) {
    char *block = take(SMALL), *large = take(LARGE);
    free(block + 4);
    check_told(OBMALLOC_MISUSE_MISALIGNED, "free", block + 4);
    free(block + 16);
    check_told(OBMALLOC_MISUSE_NOT_A_BLOCK, "free", block + 16);
    free(large + 16);
    CHECK_EQUAL(told_count, 1);
    told_count = 0;
    char *start = obmalloc_state.region.start;
    free(start + 8);
    check_told(OBMALLOC_MISUSE_NOT_A_BLOCK, "free", start + 8);
    free(&told);
    check_told(OBMALLOC_MISUSE_FOREIGN, "free", &told);
    CHECK_EQUAL(malloc_usable_size(&told), 0);
    check_told(OBMALLOC_MISUSE_FOREIGN, "malloc_usable_size", &told);
    CHECK(realloc(&told, 10) == NULL);
    check_told(OBMALLOC_MISUSE_FOREIGN, "realloc", &told);
    CHECK_EQUAL(malloc_usable_size(NULL), 0);
    free(NULL);
    check_not_told();
    free(block);
    free(large);
    check_sound();
}

/* A block of the C library that has no guards, because the library took it for itself. */
TEST(a_block_without_guards) {
    char *inner = libc_malloc(600);
    CHECK(inner != NULL);
    memset(inner, 0, 600);
    told_count = 0;
    free(inner + GUARD_LEAD_BYTES);
    check_told(OBMALLOC_MISUSE_NOT_A_BLOCK, "free", inner + GUARD_LEAD_BYTES);
    libc_free(inner);
}

TEST(freed_twice) {
    char *block = take(SMALL);
    free(block);
    check_not_told();
    free(block);
    check_told(OBMALLOC_MISUSE_DOUBLE_FREE, "free", block);
    CHECK_EQUAL(told.block_bytes, SMALL);
    CHECK(told.freed_by != NULL && told.allocated_by == NULL);
    errno = 0;
    CHECK(realloc(block, 80) == NULL);
    CHECK_EQUAL(errno, EINVAL);
    check_told(OBMALLOC_MISUSE_DOUBLE_FREE, "realloc", block);
    CHECK_EQUAL(malloc_usable_size(block), 0);
    check_told(OBMALLOC_MISUSE_DOUBLE_FREE, "malloc_usable_size", block);
    /* Somebody is about to free it. */
    const struct guard_header *header = guard_header_of(block);
    guard_seal(block, header->lead_bytes, SMALL, header->caller, GUARD_BUSY);
    free(block);
    check_told(OBMALLOC_MISUSE_DOUBLE_FREE, "free", block);
    CHECK_EQUAL(told.block_bytes, SMALL);
    guard_seal(block, header->lead_bytes, SMALL, header->caller, GUARD_FREED);
    /* It has left the quarantine, and its header has been written over: the pools know. */
    let_all_go();
    check_not_told();
    memset(block - GUARD_HEADER_BYTES + 12, 0x44, 4);
    free(block);
    check_told(OBMALLOC_MISUSE_DOUBLE_FREE, "free", block);
    CHECK_EQUAL(told.block_bytes, 0);
    CHECK(told.freed_by != NULL);
}

/* Each byte of it. */
TEST(written_to_after_its_free) {
    for (unsigned at = 0; at < 40; at++) {
        char *block = take(SMALL);
        free(block);
        block[at] ^= 1;
        let_all_go();
        check_told(OBMALLOC_MISUSE_AFTER_FREE, "free", block);
        CHECK(told.address == block + at);
        CHECK_EQUAL(told.block_bytes, SMALL);
        CHECK(told.freed_by != NULL);
    }
    check_sound();
}

/* Its header: the block is lost, and told. */
TEST(its_header_written_to_after_its_free) {
    static const enum guard_state states[] = {GUARD_LIVE, GUARD_BUSY};
    for (unsigned i = 0; i < 3; i++) {
        char *block = take(SMALL);
        const struct guard_header *header = guard_header_of(block);
        size_t used_blocks = statistics().arena_used_blocks;
        free(block);
        CHECK_EQUAL(statistics().arena_used_blocks, used_blocks - 1);
        if (i < 2) {
            guard_seal(block, header->lead_bytes, SMALL, header->caller, states[i]);
        } else {
            block[-1] ^= 1;
        }
        /* Who waits counts as free; one that says nothing of itself, as live. */
        CHECK_EQUAL(statistics().arena_used_blocks, used_blocks);
        let_all_go();
        check_told(OBMALLOC_MISUSE_AFTER_FREE, "free", block);
        CHECK(told.address == block - GUARD_HEADER_BYTES);
        CHECK_EQUAL(told.block_bytes, i < 2 ? SMALL : 0);
        CHECK_EQUAL(told.allocated_by != NULL, i == 0);
        CHECK_EQUAL(told.freed_by != NULL, i == 1);
        CHECK(pools_owns(&obmalloc_heap, block));
    }
}

TEST(asked_without_a_word) {
    char *block = take(SMALL), *large = take(LARGE);
    CHECK_EQUAL(py_home_of(block).status, POOLS_OK);
    CHECK_EQUAL(py_home_of(block).usable_bytes, SMALL);
    CHECK_EQUAL(py_home_of(large).usable_bytes, LARGE);
    CHECK_EQUAL(py_home_of(block + 4).status, POOLS_MISALIGNED);
    CHECK_EQUAL(py_home_of(block + 16).status, POOLS_NOT_A_BLOCK);
    CHECK_EQUAL(py_home_of(&told).status, POOLS_NOT_OWNED);
    const struct guard_header *header = guard_header_of(block);
    guard_seal(block, header->lead_bytes, SMALL, header->caller, GUARD_BUSY);
    CHECK_EQUAL(py_home_of(block).status, POOLS_DOUBLE_FREE);
    guard_seal(block, header->lead_bytes, SMALL, header->caller, GUARD_LIVE);
    free(block);
    CHECK_EQUAL(py_home_of(block).status, POOLS_DOUBLE_FREE);
    free(large);
    check_not_told();
}

static char *shared;

static void free_shared(void) {
    free(shared);
}

/* Of a realloc and a free of the same block at the same time the later one is told. */
TEST(freed_by_another_thread_meanwhile) {
    shared = take(SMALL);
    pc_between_steps = free_shared;
    char *moved = realloc(shared, 200);
    CHECK(moved != NULL);
    check_told(OBMALLOC_MISUSE_DOUBLE_FREE, "realloc", shared);
    free(moved);
    check_not_told();
}

TEST_LIST = {TEST_ENTRY(behind_a_block),
             TEST_ENTRY(before_a_block),
             TEST_ENTRY(no_block_at_all),
             TEST_ENTRY(a_block_without_guards),
             TEST_ENTRY(freed_twice),
             TEST_ENTRY(written_to_after_its_free),
             TEST_ENTRY(its_header_written_to_after_its_free),
             TEST_ENTRY(asked_without_a_word),
             TEST_ENTRY(freed_by_another_thread_meanwhile)};
