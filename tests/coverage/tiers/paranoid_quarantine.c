// SPDX-License-Identifier: MIT
/* The quarantine alone: its order, and its two bounds. */
// test-builds: paranoid
// test-flags: 1
#include "guard/quarantine.h"
#include "state.h"
#include "target/target.h"

enum { RING_COUNT = 2 * GUARD_QUARANTINE_BLOCKS };

/* Where a block and its header can lie: in the arena. */
static char *place(unsigned i) {
    return (char *)(uintptr_t)obmalloc_heap.base + 64 + 8 * i;
}

static uint32_t bytes_max(void) {
    return (obmalloc_heap.end - obmalloc_heap.base) >> GUARD_QUARANTINE_SHIFT;
}

TEST(nobody_waits) {
    CHECK(malloc(24) != NULL);
    CHECK(quarantine_leave(true) == NULL);
    CHECK(quarantine_leave(false) == NULL);
    CHECK(quarantine_at(0) == NULL);
}

TEST(so_many_blocks) {
    uint32_t added = quarantine_added();
    for (unsigned i = 0; i < RING_COUNT; i++) {
        CHECK(quarantine_add(place(i), 8));
    }
    CHECK_EQUAL(quarantine_added(), added + RING_COUNT);
    CHECK(!quarantine_add(place(RING_COUNT), 8));
    CHECK(quarantine_at(0) == place(RING_COUNT - 1));
    CHECK(quarantine_at(RING_COUNT - 1) == place(0));
    CHECK(quarantine_at(RING_COUNT) == NULL);
    for (unsigned i = 0; i < RING_COUNT - GUARD_QUARANTINE_BLOCKS; i++) {
        CHECK(quarantine_leave(false) == place(i));
    }
    CHECK(quarantine_leave(false) == NULL);
    for (unsigned i = RING_COUNT - GUARD_QUARANTINE_BLOCKS; i < RING_COUNT; i++) {
        CHECK(quarantine_leave(true) == place(i));
    }
    CHECK(quarantine_leave(true) == NULL);
}

TEST(so_many_bytes) {
    CHECK(!quarantine_add(place(0), bytes_max() + 1));
    CHECK(quarantine_add(place(0), bytes_max()));
    CHECK(quarantine_leave(false) == NULL);
    CHECK(quarantine_add(place(1), 8));
    CHECK(quarantine_leave(false) == place(0));
    CHECK(quarantine_leave(false) == NULL);
    CHECK(quarantine_leave(true) == place(1));
}

TEST_LIST = {TEST_ENTRY(nobody_waits), TEST_ENTRY(so_many_blocks), TEST_ENTRY(so_many_bytes)};
