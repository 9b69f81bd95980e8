// SPDX-License-Identifier: MIT
/* The quarantine alone: its order, its two bounds, and what it makes of damage to its own words. */
// test-builds: paranoid
// test-flags: 1
#include "guard/quarantine.c"

#include "target/target.h"

/* Where a block and its header can lie: in the arena. */
static char *place(unsigned i) {
    return (char *)(uintptr_t)obmalloc_heap.base + 64 + 8 * i;
}

TEST(nobody_waits) {
    CHECK(malloc(24) != NULL);
    CHECK(quarantine_leave(true) == NULL);
    CHECK(quarantine_leave(false) == NULL);
    CHECK(quarantine_at(0) == NULL);
}

TEST(so_many_blocks) {
    uint32_t added_before = quarantine_added();
    for (unsigned i = 0; i < RING_COUNT; i++) {
        CHECK(quarantine_add(place(i), 8));
    }
    CHECK_EQUAL(quarantine_added(), added_before + RING_COUNT);
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

static uint32_t damage(void) {
    return pools_take_damage(&obmalloc_heap);
}

/* Nobody knows any more who waits: all are lost, that is noted once, and it goes on with none. */
TEST(numbers_that_were_written_to) {
    uint32_t *const words[] = {&added, &left, &waiting_bytes, &seal};
    for (unsigned i = 0; i < 4 * 32; i++) {
        for (unsigned caller = 0; caller < 3; caller++) {
            CHECK(quarantine_add(place(0), 8) && quarantine_add(place(1), 8));
            *words[i / 32] ^= 1u << i % 32;
            CHECK(caller != 0 || !quarantine_add(place(2), 8));
            CHECK(caller != 1 || quarantine_leave(true) == NULL);
            CHECK(caller != 2 || quarantine_at(0) == NULL);
            CHECK_EQUAL(damage(), (uintptr_t)&seal);
            CHECK(quarantine_leave(true) == NULL && quarantine_at(0) == NULL);
            CHECK_EQUAL(damage(), 0);
        }
    }
    CHECK(quarantine_add(place(3), 8));
    CHECK(quarantine_leave(true) == place(3));
}

/* Whichever bit it was: it is left out, who waits behind it is not, and of their bytes the sum is right again. */
TEST(a_place_that_was_written_to) {
    for (unsigned bit = 0; bit < sizeof ring[0] * 8; bit++) {
        CHECK(quarantine_add(place(0), 8) && quarantine_add(place(1), 24) &&
              quarantine_add(place(2), 40));
        uint32_t *written = (uint32_t *)(void *)&ring[(added - 3u) % RING_COUNT];
        written[bit / 32] ^= 1u << bit % 32;
        CHECK(quarantine_at(2) == NULL && quarantine_at(1) == place(1));
        CHECK_EQUAL(damage(), 0);
        CHECK(quarantine_leave(true) == place(1));
        CHECK_EQUAL(damage(), (uintptr_t)written);
        CHECK_EQUAL(waiting_bytes, 40);
        CHECK(quarantine_leave(true) == place(2) && quarantine_leave(true) == NULL);
        CHECK_EQUAL(waiting_bytes, 0);
    }
}

/* Two of them: the one behind is not counted. */
TEST(two_places_that_were_written_to) {
    CHECK(quarantine_add(place(0), 8) && quarantine_add(place(1), 24) &&
          quarantine_add(place(2), 40));
    ring[(added - 3u) % RING_COUNT].bytes ^= 1;
    ring[(added - 2u) % RING_COUNT].bytes ^= 1;
    CHECK(quarantine_leave(true) == place(2));
    CHECK_EQUAL(damage(), (uintptr_t)&ring[(added - 3u) % RING_COUNT]);
    CHECK_EQUAL(waiting_bytes, 0);
    CHECK(quarantine_leave(true) == NULL);
}

TEST_LIST = {TEST_ENTRY(nobody_waits),
             TEST_ENTRY(so_many_blocks),
             TEST_ENTRY(so_many_bytes),
             TEST_ENTRY(numbers_that_were_written_to),
             TEST_ENTRY(a_place_that_was_written_to),
             TEST_ENTRY(two_places_that_were_written_to)};
