// SPDX-License-Identifier: MIT
/* A fatal error in a program that brings no hook: CPython's lines on the error stream, and the end by abort(). */
// test-status: 134
#include <Python.h>

#include "target/target.h"

TEST(it_ends_here) {
    free(malloc(10));
    Py_FatalError("seen to be fatal");
}

TEST_LIST = {TEST_ENTRY(it_ends_here)};
