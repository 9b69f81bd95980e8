// SPDX-License-Identifier: MIT
// test-flags: 0
/* Under flag 0 nothing is counted and the hook hears nothing: newlib is on its own. */
#include "huge_sizes.h"
#include "target.h"

static unsigned hook_calls;

void obmalloc_misuse(const struct obmalloc_misuse *report) {
    (void)report;
    hook_calls++;
}

TEST(nobody_listens) {
    void *block = malloc(24);
    check_owner(block, 24);
    free(block);
    free(NULL);
    CHECK(malloc(huge_bytes[0]) == NULL);
    struct obmalloc_statistics now = statistics();
    CHECK_EQUAL(hook_calls, 0);
    CHECK_EQUAL(now.failure_count, 0);
    for (unsigned kind = 0; kind < OBMALLOC_MISUSE_KIND_COUNT; kind++) {
        CHECK_EQUAL(now.misuse_count[kind], 0);
    }
}

TEST_LIST = {TEST_ENTRY(nobody_listens)};
