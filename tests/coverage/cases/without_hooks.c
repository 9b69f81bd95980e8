// SPDX-License-Identifier: MIT
/* A firmware that brings no hook at all, and links no size for an interpreter's arena. */
// test-flags: 1
// test-link: -Wl,--defsym=obmalloc_boot_flag=0 -Wl,--defsym=obmalloc_boot_allocator=0
#include <Python.h>

#include "target/target.h"

static size_t asked_bytes;
static bool calloc_fails;

static void *no_arena(void *ctx, size_t size) {
    (void)ctx;
    asked_bytes = size;
    return NULL;
}

static void *no_memory(void *ctx, size_t nelem, size_t elsize) {
    (void)ctx;
    return calloc_fails ? NULL : calloc(nelem, elsize);
}

TEST(the_config_word_alone_decides) {
    struct obmalloc_boot_report boot = obmalloc_boot_report();
    CHECK_EQUAL(boot.flag, 1);
    CHECK_EQUAL(boot.source, OBMALLOC_FROM_CONFIG_WORD);
    CHECK(!boot.boot_flag_ignored);
}

/* Nobody is told. */
TEST(a_misuse_is_counted_without_a_hook) {
    static char not_a_block[16];
    uint32_t before = statistics().misuse_count[OBMALLOC_MISUSE_FOREIGN];
    free(not_a_block);
    CHECK_EQUAL(statistics().misuse_count[OBMALLOC_MISUSE_FOREIGN], before + 1);
    void *block = malloc(600);
    free((char *)block + 4);
    CHECK_EQUAL(statistics().misuse_count[OBMALLOC_MISUSE_MISALIGNED], 1);
    free(block);
    check_sound();
}

TEST(interpreters) {
    PyInterpreterConfig config = PyInterpreterConfig_DEFAULT;
    PyThreadState *state = NULL;
    config.use_main_obmalloc = 1;
    config.check_multi_interp_extensions = 0;
    CHECK(!PyStatus_Exception(Py_InitializeFromConfig(&config)));
    config.check_multi_interp_extensions = 1;
    CHECK(!PyStatus_Exception(Py_InitializeFromConfig(&config)));
    CHECK(strcmp(Py_NewInterpreterFromConfig(&state, NULL).err_msg, "config is NULL") == 0);
    /* An interpreter with an obmalloc of its own, and who is asked for its arena. */
    PyObjectArenaAllocator arenas;
    PyObject_GetArenaAllocator(&arenas);
    CHECK(arenas.alloc(arenas.ctx, 100) == NULL);
    arenas.free(arenas.ctx, &arenas, 100);
    arenas.alloc = no_arena;
    PyObject_SetArenaAllocator(&arenas);
    config.use_main_obmalloc = 0;
    CHECK(PyStatus_IsError(Py_NewInterpreterFromConfig(&state, &config)));
    CHECK(state == NULL && asked_bytes >= 1024);
    /* No memory for the interpreter itself. */
    PyMemAllocatorEx raw, failing;
    PyMem_GetAllocator(PYMEM_DOMAIN_RAW, &raw);
    failing = raw;
    failing.calloc = no_memory;
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &failing);
    config.use_main_obmalloc = 1;
    calloc_fails = true;
    PyStatus status = Py_NewInterpreterFromConfig(&state, &config);
    CHECK(PyStatus_IsError(status) && strstr(status.err_msg, "memory allocation failed") != NULL);
    calloc_fails = false;
    CHECK(!PyStatus_Exception(Py_NewInterpreterFromConfig(&state, &config)));
    Py_EndInterpreter(state);
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &raw);
    check_sound();
}

/* With nobody asked, what is live at an interpreter's end keeps its arena until it is freed. */
static _Alignas(8) char arena[4096];
static unsigned given_back;

static void *the_arena(void *ctx, size_t size) {
    (void)ctx;
    return size <= sizeof arena ? arena : NULL;
}

static void take_back(void *ctx, void *block, size_t size) {
    (void)ctx;
    (void)size;
    given_back += block == arena;
}

TEST(an_orphan_without_a_hook) {
    PyObjectArenaAllocator arenas = {NULL, the_arena, take_back};
    PyInterpreterConfig config = PyInterpreterConfig_DEFAULT;
    PyThreadState *state = NULL;
    PyObject_SetArenaAllocator(&arenas);
    config.use_main_obmalloc = 0;
    config.check_multi_interp_extensions = 1;
    (void)PyThreadState_Swap(&PyInterpreterState_Main()->thread);
    CHECK(!PyStatus_Exception(Py_NewInterpreterFromConfig(&state, &config)));
    void *block = PyObject_Malloc(40);
    CHECK((char *)block >= arena && (char *)block < arena + sizeof arena);
    Py_EndInterpreter(state);
    CHECK_EQUAL(given_back, 0);
    CHECK_EQUAL(obmalloc_interpreter_leaks(), 1);
    (void)PyThreadState_Swap(&PyInterpreterState_Main()->thread);
    PyObject_Free(block);
    config.use_main_obmalloc = 1;
    CHECK(!PyStatus_Exception(Py_NewInterpreterFromConfig(&state, &config)));
    CHECK_EQUAL(given_back, 1);
    Py_EndInterpreter(state);
    check_sound();
}

TEST(statuses) {
    CHECK(PyStatus_IsExit(PyStatus_Exit(3)));
    CHECK_EQUAL(PyStatus_Exit(3).exitcode, 3);
    CHECK(PyStatus_Exception(PyStatus_Exit(0)));
    CHECK(!PyStatus_IsExit(PyStatus_NoMemory()) && PyStatus_IsError(PyStatus_NoMemory()));
    CHECK(strcmp(PyStatus_NoMemory().err_msg, "memory allocation failed") == 0);
    CHECK(!PyStatus_Exception(PyStatus_Ok()));
}

TEST_LIST = {TEST_ENTRY(the_config_word_alone_decides),
             TEST_ENTRY(a_misuse_is_counted_without_a_hook), TEST_ENTRY(interpreters),
             TEST_ENTRY(an_orphan_without_a_hook), TEST_ENTRY(statuses)};
