// SPDX-License-Identifier: MIT
/* A library that is built with no buffer: nothing is recorded until it is given one, and an end may come first. */
// test-builds: full
#define OBMALLOC_RECORD_BYTES 0
#include "watch/record.c"

#include "target/target.h"

static _Alignas(8) char buffer[OBMALLOC_RECORD_BYTES_MIN];

static struct obmalloc_record_status status(void) {
    struct obmalloc_record_status now;
    obmalloc_record_status(&now);
    return now;
}

TEST(the_end_comes_first) {
    obmalloc_record_end();
    CHECK(status().buffer == NULL);
}

TEST(no_buffer) {
    recorder.has_begun = false;
    record_forgotten(buffer, buffer + 8);
    free(malloc(24));
    CHECK(status().buffer == NULL && status().operation_count == 0);
}

TEST(one_that_is_given) {
    obmalloc_record_to(buffer, sizeof buffer);
    free(malloc(24));
    CHECK(status().buffer == buffer);
    CHECK_EQUAL(status().operation_count, 2);
}

TEST_LIST = {TEST_ENTRY(the_end_comes_first), TEST_ENTRY(no_buffer), TEST_ENTRY(one_that_is_given)};
