// SPDX-License-Identifier: MIT
// test-words: PYTHONMALLOC=pymalloc_debugging_with_a_long_tail
// test-libcs: nano
// test-flags: 1
// test-link: -Wl,--defsym=__PYTHONMALLOC=6
/* A PYTHONMALLOC that there is not is refused in CPython's words, and changes no table. */
#include <Python.h>

#include "target.h"

TEST(an_unknown_name_is_refused) {
    PyInterpreterConfig config = PyInterpreterConfig_DEFAULT;
    PyStatus status = Py_InitializeFromConfig(&config);
    CHECK(PyStatus_IsError(status));
    CHECK(strcmp(status.err_msg, "PYTHONMALLOC: unknown allocator") == 0);
    CHECK(!Py_IsInitialized());
    CHECK(strcmp(_PyMem_GetCurrentAllocatorName(), "pymalloc") == 0);
}

TEST_LIST = {TEST_ENTRY(an_unknown_name_is_refused)};
