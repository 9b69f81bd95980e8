// SPDX-License-Identifier: MIT
/* A firmware that brings no hook: misuses of the tiers above basic are counted. */
// test-builds: full paranoid
// test-flags: 1
#include "target/target.h"

static uint32_t counted(enum obmalloc_misuse_kind kind) {
    return statistics().misuse_count[kind];
}

TEST(a_write_after_a_free) {
    uint32_t *block = malloc(40);
    CHECK(block != NULL && malloc(40) != NULL);
    free(block);
    free(block);
    CHECK_EQUAL(counted(OBMALLOC_MISUSE_DOUBLE_FREE), 1);
    block[0] ^= 1;
    CHECK_EQUAL(counted(OBMALLOC_MISUSE_AFTER_FREE), 0);
    for (unsigned i = 0; i < 100; i++) {
        void *other = malloc(40);
        CHECK(other != NULL);
        free(other);
    }
    CHECK_EQUAL(counted(OBMALLOC_MISUSE_AFTER_FREE), 1);
}

TEST_LIST = {TEST_ENTRY(a_write_after_a_free)};
