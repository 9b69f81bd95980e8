// SPDX-License-Identifier: MIT
/* A program of the API that links neither tables nor interpreters: each function is malloc and its kin, and
 * PYTHONMALLOC may ask for the default alone. */
// test-link: -Wl,--defsym=obmalloc_boot_allocator=answer
#include <Python.h>

#include "target/target.h"

static const char *answered;
static const volatile size_t huge = 0x80000010u, wide = 0x10000u;

size_t answer(char *name, size_t name_bytes);
size_t answer(char *name, size_t name_bytes) {
    (void)name_bytes;
    strcpy(name, answered ? answered : "");
    return strlen(name);
}

static bool initializes(const char *name) {
    PyInterpreterConfig config = PyInterpreterConfig_DEFAULT;
    config.use_main_obmalloc = flag();
    answered = name;
    bool is_done = !PyStatus_Exception(Py_InitializeFromConfig(&config));
    CHECK_EQUAL(Py_IsInitialized(), is_done);
    CHECK_EQUAL(Py_FinalizeEx(), 0);
    CHECK(!Py_IsInitialized());
    CHECK_EQUAL(Py_FinalizeEx(), 0);
    return is_done;
}

TEST(only_the_default_is_linked) {
    CHECK(initializes("default"));
    CHECK(initializes(NULL));
    CHECK(!initializes("defaul"));
    CHECK(!initializes("defaults"));
    CHECK(!initializes("malloc"));
}

#define CHECK_DOMAIN(Malloc, Calloc, Realloc, Free)                                                \
    do {                                                                                           \
        char *block = Malloc(40);                                                                  \
        check_owner(block, 40);                                                                    \
        fill(block, 40, 3);                                                                        \
        block = Realloc(block, 90);                                                                \
        CHECK(block != NULL && is_filled(block, 40, 3));                                           \
        CHECK(Realloc(block, huge) == NULL);                                                       \
        Free(block);                                                                               \
        block = Calloc(3, 5);                                                                      \
        CHECK(block != NULL && block[0] == 0 && block[14] == 0);                                   \
        Free(block);                                                                               \
        block = Calloc(0, 5);                                                                      \
        CHECK(block != NULL);                                                                      \
        Free(block);                                                                               \
        block = Malloc(0);                                                                         \
        CHECK(block != NULL);                                                                      \
        block = Realloc(block, 0);                                                                 \
        CHECK(block != NULL);                                                                      \
        Free(block);                                                                               \
        CHECK(Malloc(huge) == NULL);                                                               \
        CHECK(Calloc(1, huge) == NULL);                                                            \
        CHECK(Calloc(wide, wide) == NULL);                                                         \
        Free(NULL);                                                                                \
        check_sound();                                                                             \
    } while (0)

TEST(the_domains_are_malloc_and_its_kin) {
    CHECK_DOMAIN(PyMem_RawMalloc, PyMem_RawCalloc, PyMem_RawRealloc, PyMem_RawFree);
    CHECK_DOMAIN(PyMem_Malloc, PyMem_Calloc, PyMem_Realloc, PyMem_Free);
    CHECK_DOMAIN(PyObject_Malloc, PyObject_Calloc, PyObject_Realloc, PyObject_Free);
}

TEST_LIST = {TEST_ENTRY(only_the_default_is_linked),
             TEST_ENTRY(the_domains_are_malloc_and_its_kin)};
