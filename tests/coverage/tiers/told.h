// SPDX-License-Identifier: MIT
/* What the hook was told of: the last misuse, and how many. */
#ifndef TESTS_COVERAGE_TOLD_H
#define TESTS_COVERAGE_TOLD_H

#include "target/target.h"

static struct obmalloc_misuse told;
static unsigned told_count;

void obmalloc_misuse(const struct obmalloc_misuse *report) {
    told = *report;
    told_count++;
}

/* Exactly one misuse was told since the last call, of this kind and by this entry point; and it is counted. */
static inline void check_told(enum obmalloc_misuse_kind kind, const char *entry_point,
                              const void *pointer) {
    static uint32_t counted[OBMALLOC_MISUSE_KIND_COUNT];
    CHECK_EQUAL(told_count, 1);
    told_count = 0;
    CHECK_EQUAL(told.kind, kind);
    CHECK(strcmp(told.entry_point, entry_point) == 0);
    CHECK(told.pointer == pointer);
    CHECK(told.sentence != NULL && told.sentence[0] != '\0' && told.caller != NULL);
    uint32_t count = statistics().misuse_count[kind];
    CHECK(count > counted[kind]);
    counted[kind] = count;
}

static inline void check_not_told(void) {
    CHECK_EQUAL(told_count, 0);
}

#endif
