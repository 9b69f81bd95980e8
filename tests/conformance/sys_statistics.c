// SPDX-License-Identifier: MIT
/* Lib/test/test_sys.py: SysModuleTest.test_getallocatedblocks and test_debugmallocstats. */
// test-link: -Wl,--defsym=__stack_reserve_bytes=2048
#include "conformance.h"

#include "py_malloc_stats.h"

enum { TEXT_BYTES = 1536, BLOCKS = 20 };

static char text[TEXT_BYTES];
static size_t text_bytes;

static void keep(void *to, const char *piece) {
    (void)to;
    while (*piece != '\0' && text_bytes + 1 < TEXT_BYTES) {
        text[text_bytes++] = *piece++;
    }
    text[text_bytes] = '\0';
}

/* CPython's bounds: more than 0 blocks with pymalloc, and about as many the next time. What CPython cannot ask
 * of its interpreter holds here, too: a block more is one more, of whatever size and domain. */
TEST(SysModuleTest_test_getallocatedblocks) {
    need_room();
    bool is_counted = flag() == 1;
    void *first = PyObject_Malloc(1);
    Py_ssize_t before = _Py_GetGlobalAllocatedBlocks();
    if (is_counted) {
        CHECK(before > 0);
    } else {
        CHECK_EQUAL(before, 0);
    }
    CHECK_EQUAL(_Py_GetGlobalAllocatedBlocks(), before);
    void *blocks[BLOCKS];
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = i % 2 == 0 ? PyObject_Malloc(10 * i) : PyMem_Malloc(10 * i);
        CHECK(blocks[i] != NULL);
        CHECK_EQUAL(_Py_GetGlobalAllocatedBlocks() - before, is_counted ? i + 1 : 0);
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        PyMem_Free(blocks[i]);
    }
    CHECK_EQUAL(_Py_GetGlobalAllocatedBlocks(), before);
    PyObject_Free(first);
}

/* With pymalloc it says "Small block threshold"; without, nothing. */
TEST(SysModuleTest_test_debugmallocstats) {
    need_room();
    void *block = PyObject_Malloc(100);
    text_bytes = 0;
    CHECK_EQUAL(py_malloc_stats(keep, text), flag());
    CHECK_EQUAL(strstr(text, "Small block threshold = 512, in 64 size classes.\n") != NULL, flag());
    PyObject_Free(block);

    use_allocator(PYMEM_ALLOCATOR_MALLOC);
    text_bytes = 0;
    text[0] = '\0';
    CHECK_EQUAL(py_malloc_stats(keep, text), 0);
    CHECK_EQUAL(text[0], '\0');
    use_allocator(PYMEM_ALLOCATOR_DEFAULT);
}

TEST_LIST = {TEST_ENTRY(SysModuleTest_test_getallocatedblocks),
             TEST_ENTRY(SysModuleTest_test_debugmallocstats)};
