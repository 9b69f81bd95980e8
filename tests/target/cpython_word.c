// SPDX-License-Identifier: MIT
// test-words: PYTHONMALLOC=malloc_debug
// test-libcs: nano
// test-flags: 1
// test-link: -Wl,--defsym=__PYTHONMALLOC=5
/* The command line's PYTHONMALLOC is installed by Py_InitializeFromConfig, once, and wins over the link
 * line's. */
#include <Python.h>

#include "target.h"

static PyStatus initialized(void) {
    PyInterpreterConfig config = PyInterpreterConfig_DEFAULT;
    config.use_main_obmalloc = 1;
    return Py_InitializeFromConfig(&config);
}

TEST(the_word_chooses_the_allocator) {
    CHECK(strcmp(_PyMem_GetCurrentAllocatorName(), "pymalloc") == 0);
    CHECK(!PyStatus_Exception(initialized()));
    CHECK(strcmp(_PyMem_GetCurrentAllocatorName(), "malloc_debug") == 0);
    unsigned char *block = SERVED(PyMem_Malloc(8));
    CHECK_EQUAL(block[-4], 'm');
    PyMem_Free(block);
    /* What the program has chosen since is not undone. */
    CHECK_EQUAL(_PyMem_SetupAllocators(PYMEM_ALLOCATOR_MALLOC), 0);
    CHECK(!PyStatus_Exception(initialized()));
    CHECK(strcmp(_PyMem_GetCurrentAllocatorName(), "malloc") == 0);
}

TEST_LIST = {TEST_ENTRY(the_word_chooses_the_allocator)};
