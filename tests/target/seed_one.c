// SPDX-License-Identifier: MIT
/* The seed article's example, run with 1: whatever config word and board said, the pools serve. */
#include <Python.h>

#include "target.h"

static void example(void) {
    PyInterpreterConfig config = PyInterpreterConfig_DEFAULT;
    config.use_main_obmalloc = 1; // Enable object memory allocator
    Py_InitializeFromConfig(&config);
}

TEST(example_decides) {
    example();
    CHECK_EQUAL(flag(), 1);
    CHECK_EQUAL(obmalloc_boot_report().source, OBMALLOC_FROM_REQUEST);
    void *block = malloc(100);
    check_owner(block, 100);
    CHECK_EQUAL(obmalloc_owns(block), 1);
    free(block);
    check_sound();
}

TEST(example_again_changes_nothing) {
    example();
    CHECK_EQUAL(flag(), 1);
}

TEST_LIST = {TEST_ENTRY(example_decides), TEST_ENTRY(example_again_changes_nothing)};
