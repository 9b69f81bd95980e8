// SPDX-License-Identifier: MIT
// test-libcs: nano
// test-flags: 1
// test-link: -Wl,--defsym=__PYTHONMALLOC=2
/* A program that links no tables says so rather than run without the hooks that the link line asks for. */
#include <Python.h>

#include "target.h"

extern char pymem_tables[] __attribute__((weak));

TEST(what_is_not_linked_is_refused) {
    CHECK(pymem_tables == NULL);
    PyInterpreterConfig config = PyInterpreterConfig_DEFAULT;
    PyStatus status = Py_InitializeFromConfig(&config);
    CHECK(PyStatus_IsError(status));
    CHECK(strstr(status.err_msg, "-Wl,-u,_PyMem_SetupAllocators") != NULL);
    CHECK(!Py_IsInitialized());
}

TEST_LIST = {TEST_ENTRY(what_is_not_linked_is_refused)};
