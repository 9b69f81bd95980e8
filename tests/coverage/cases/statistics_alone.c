// SPDX-License-Identifier: MIT
/* CPython's statistics in a program without debug hooks, to a stream; and its report where nobody takes it over. */
#include <stdio.h>

#include <Python.h>

#include "target/target.h"

TEST(to_a_stream) {
    void *block = PyObject_Malloc(100);
    CHECK_EQUAL(_PyObject_DebugMallocStats(stderr), flag());
    PyObject_Free(block);
    check_sound();
}

TEST_LIST = {TEST_ENTRY(to_a_stream)};
