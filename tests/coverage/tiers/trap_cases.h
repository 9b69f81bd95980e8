// SPDX-License-Identifier: MIT
/* What must be closed and what open while blocks are taken and freed, for each kind of MPU. */
#ifndef TESTS_COVERAGE_TRAP_CASES_H
#define TESTS_COVERAGE_TRAP_CASES_H

#include "coverage/tiers/trap_model.h"
#include "private_libc.h"

enum { BLOCKS = 40 };
static char *blocks[BLOCKS];

TEST(the_registers) {
    begin_model();
    /* Nobody has allocated: the MPU is not ours yet. */
    obmalloc_lock_state before = obmalloc_lock();
    obmalloc_unlock(before);
    CHECK_EQUAL(MPU_CTRL, 0);
    for (unsigned i = 0; i < BLOCKS; i++) {
        blocks[i] = malloc(40 + 16 * i);
        CHECK(blocks[i] != NULL);
    }
    before = obmalloc_lock();
    CHECK_EQUAL(MPU_CTRL, 0);
    obmalloc_lock_state inner = obmalloc_lock();
    obmalloc_unlock(inner);
    CHECK_EQUAL(MPU_CTRL, 0);
    obmalloc_unlock(before);
    check_closed();
    check_sound();
}

TEST(what_lives_is_open) {
    for (unsigned i = 0; i < BLOCKS; i++) {
        CHECK(!touches_closed(blocks[i], 40 + 16 * i));
    }
}

/* The blocks that were freed last, each as far as a region can tell. */
TEST(what_was_freed_last) {
    unsigned of_blocks = REGIONS > 4 + IS_V8 ? 1 : 0;
    uint32_t latest_bytes = 0;
    for (unsigned i = 0; i < BLOCKS; i += 2) {
        uint32_t bytes = guard_extent_bytes(40 + 16 * i);
        bool is_of_arena = pools_owns(&obmalloc_heap, blocks[i]);
        free(blocks[i]);
        check_closed();
        latest_bytes =
            closed_bytes((uint32_t)(uintptr_t)blocks[i], (uint32_t)(uintptr_t)blocks[i] + bytes);
        if (of_blocks && is_of_arena) {
            CHECK(latest_bytes * 4 >= bytes);
        }
        CHECK(i + 1 >= BLOCKS || !touches_closed(blocks[i + 1], 40 + 16 * (i + 1)));
    }
    check_not_told();
    check_sound();
}

/* A long chunk within the arena; and a storm, after each step of which all that lives is open. */
TEST(a_storm) {
    static struct {
        char *block;
        size_t bytes;
    } slots[24];
    uint32_t random = 5;
    bool closed_long = false;
    for (unsigned step = 0; step < 1500; step++) {
        random = random * 1664525u + 1013904223u;
        unsigned slot = (random >> 8) % 24;
        if (slots[slot].block) {
            CHECK((unsigned char)slots[slot].block[0] == slot);
            free(slots[slot].block);
            slots[slot].block = NULL;
        } else {
            slots[slot].bytes = 1 + (random >> 16) % (step % 3 == 0 ? 1500 : 500);
            slots[slot].block = malloc(slots[slot].bytes);
            if (slots[slot].block) {
                memset(slots[slot].block, (int)slot, slots[slot].bytes);
            }
        }
        uint32_t filled = obmalloc_heap.bins_filled;
        if (filled != 0) {
            uint32_t chunk = obmalloc_heap.bins[31 - __builtin_ctz(filled)];
            closed_long = closed_long || is_closed((void *)(uintptr_t)(chunk + 128));
        }
        if (step % 20 == 0) {
            check_closed();
            for (unsigned i = 0; i < 24; i++) {
                CHECK(!slots[i].block || !touches_closed(slots[i].block, slots[i].bytes));
            }
        }
    }
    CHECK(closed_long || REGIONS <= 3 + IS_V8);
    for (unsigned i = 0; i < 24; i++) {
        free(slots[i].block);
    }
    check_not_told();
    check_sound();
    check_closed();
}

/* Its realloc takes the lock once more for its malloc. */
TEST(the_librarys_own_lock_nests) {
    char *inner = libc_malloc(600);
    CHECK_EQUAL(inner == NULL, obmalloc_state.whole_region_is_arena);
    if (inner) {
        check_closed();
        inner[599] = 'x';
        inner = libc_realloc(inner, 2000);
        CHECK(inner != NULL && inner[599] == 'x');
        check_closed();
        libc_free(inner);
    }
    check_closed();
    obmalloc_lock_state before = obmalloc_lock();
    CHECK_EQUAL(MPU_CTRL, 0);
    obmalloc_unlock(before);
    check_closed();
}

#define TRAP_TESTS                                                                                 \
    TEST_ENTRY(the_registers), TEST_ENTRY(what_lives_is_open), TEST_ENTRY(what_was_freed_last),    \
        TEST_ENTRY(a_storm), TEST_ENTRY(the_librarys_own_lock_nests)

#endif
