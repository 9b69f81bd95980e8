// SPDX-License-Identifier: MIT
/* Lib/test/test_embed.py with Programs/_testembed.c: init and fini in loops, and what works before init. */
// test-link: -Wl,--defsym=__obmalloc_interpreter_bytes=1536
#include <malloc.h>

#include "interpreters.h"

enum { INIT_LOOPS = 4, SUBINTERPRETERS = 2, LEAK_LOOPS = 200 };

/* First: nothing is initialized. */
TEST(EmbeddingTests_test_pre_initialization_api) {
    CHECK(!Py_IsInitialized());
    char *copy = _PyMem_RawStrdup("spam");
    CHECK(copy != NULL && strcmp(copy, "spam") == 0);
    copy = PyMem_RawRealloc(copy, 100);
    CHECK(copy != NULL && strcmp(copy, "spam") == 0);
    CHECK(!Py_IsInitialized());
    begin();
    CHECK(Py_IsInitialized());
    PyMem_RawFree(copy);
}

/* Twice does nothing, and does not crash. */
TEST(EmbeddingTests_test_initialize_twice) {
    begin();
    PyInterpreterState *first = PyInterpreterState_Main();
    CHECK(!PyStatus_Exception(initialize()));
    CHECK(Py_IsInitialized());
    CHECK_EQUAL(PyInterpreterState_Main(), first);
    CHECK(PyInterpreterState_Next(first) == NULL);
}

/* test_subinterps_main, test_subinterps_different_ids and test_subinterps_distinct_state. */
TEST(EmbeddingTests_test_repeated_init_and_subinterpreters) {
    for (unsigned loop = 0; loop < INIT_LOOPS; loop++) {
        begin();
        CHECK_EQUAL(PyInterpreterState_GetID(PyThreadState_Get()->interp), 0);
        int64_t last_id = 0;
        PyThreadState *threads[SUBINTERPRETERS];
        for (unsigned i = 0; i < SUBINTERPRETERS; i++) {
            threads[i] = Py_NewInterpreter();
            CHECK(threads[i] != NULL);
            CHECK_EQUAL(PyThreadState_Get(), threads[i]);
            int64_t id = PyInterpreterState_GetID(PyInterpreterState_Get());
            CHECK(last_id == 0 || id == last_id + 1);
            last_id = id;
            CHECK(PyInterpreterState_Get() != PyInterpreterState_Main());
        }
        CHECK(threads[0]->interp != threads[1]->interp);
        for (unsigned i = 0; i < SUBINTERPRETERS; i++) {
            end(threads[i]);
        }
        CHECK_EQUAL(PyInterpreterState_Head(), PyInterpreterState_Main());
        CHECK_EQUAL(Py_FinalizeEx(), 0);
        CHECK(!Py_IsInitialized());
    }
}

static size_t used_bytes(void) {
    return (size_t)mallinfo().uordblks;
}

/* MiscTests.test_no_memleak asks the interpreter for its leaked blocks at the end; and init/fini loops: each
 * round gives back all it took, of the C library's and the pools'. */
static void check_no_leak(const PyInterpreterConfig *config) {
    Py_ssize_t leaks_before = obmalloc_interpreter_leaks();
    Py_ssize_t blocks_before = 0;
    size_t bytes_before = 0;
    for (unsigned loop = 0; loop < LEAK_LOOPS; loop++) {
        begin();
        PyThreadState *tstate;
        CHECK(!PyStatus_Exception(Py_NewInterpreterFromConfig(&tstate, config)));
        void *blocks[] = {PyMem_RawMalloc(20), PyMem_Malloc(30), PyObject_Calloc(4, 10)};
        for (unsigned i = 0; i < 3; i++) {
            CHECK(blocks[i] != NULL);
        }
        PyMem_RawFree(blocks[0]);
        PyMem_Free(blocks[1]);
        PyObject_Free(blocks[2]);
        end(tstate);
        CHECK_EQUAL(Py_FinalizeEx(), 0);
        if (loop == 0) {
            /* What is made once is no leak. */
            blocks_before = _Py_GetGlobalAllocatedBlocks();
            bytes_before = used_bytes();
        }
    }
    CHECK_EQUAL(_Py_GetGlobalAllocatedBlocks(), blocks_before);
    CHECK_EQUAL(used_bytes(), bytes_before);
    CHECK_EQUAL(obmalloc_interpreter_leaks(), leaks_before);
    CHECK(!arena_is_taken);
    check_sound();
}

TEST(MiscTests_test_no_memleak_of_shared_pools) {
    static const PyInterpreterConfig legacy = _PyInterpreterConfig_LEGACY_INIT;
    check_no_leak(&legacy);
}

TEST(MiscTests_test_no_memleak_of_own_pools) {
    static const PyInterpreterConfig isolated = _PyInterpreterConfig_INIT;
    check_no_leak(&isolated);
}

/* The same with each of the allocators that PYTHONMALLOC names. */
TEST(MiscTests_test_no_memleak_by_each_allocator) {
    static const PyInterpreterConfig isolated = _PyInterpreterConfig_INIT;
    begin();
    for (int name = PYMEM_ALLOCATOR_DEFAULT; name <= PYMEM_ALLOCATOR_PYMALLOC_DEBUG; name++) {
        Py_ssize_t blocks = _Py_GetGlobalAllocatedBlocks();
        size_t bytes = used_bytes();
        use_allocator((PyMemAllocatorName)name);
        for (unsigned loop = 0; loop < INIT_LOOPS; loop++) {
            PyThreadState *tstate;
            CHECK(!PyStatus_Exception(Py_NewInterpreterFromConfig(&tstate, &isolated)));
            void *block = PyObject_Realloc(PyObject_Malloc(12), 300);
            CHECK(block != NULL);
            PyObject_Free(block);
            end(tstate);
        }
        use_allocator(PYMEM_ALLOCATOR_DEFAULT);
        CHECK_EQUAL(_Py_GetGlobalAllocatedBlocks(), blocks);
        CHECK_EQUAL(used_bytes(), bytes);
    }
}

TEST_LIST = {TEST_ENTRY(EmbeddingTests_test_pre_initialization_api),
             TEST_ENTRY(EmbeddingTests_test_initialize_twice),
             TEST_ENTRY(EmbeddingTests_test_repeated_init_and_subinterpreters),
             TEST_ENTRY(MiscTests_test_no_memleak_of_shared_pools),
             TEST_ENTRY(MiscTests_test_no_memleak_of_own_pools),
             TEST_ENTRY(MiscTests_test_no_memleak_by_each_allocator)};
