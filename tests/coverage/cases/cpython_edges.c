// SPDX-License-Identifier: MIT
/* CPython's tables, strings, hooks and interpreters where memory ends or a caller is wrong. */
#include <setjmp.h>

#include <Python.h>

#include "coverage/pc/registers.h"
#include "py_domains.h"
#include "state.h"
#include "target/target.h"

static const volatile size_t huge = 0x7FFFFFF0u;
static jmp_buf behind_report;
static char text[2048];
static char message[128];

void obmalloc_report_write(const char *piece, size_t bytes) {
    size_t length = strlen(text);
    if (length + bytes < sizeof text) {
        memcpy(text + length, piece, bytes);
        text[length + bytes] = '\0';
    }
}

void obmalloc_fatal(const struct obmalloc_fatal *fatal) {
    strncpy(message, fatal->message, sizeof message - 1);
    longjmp(behind_report, 1);
}

/* Runs it, which must be fatal. */
static void check_fatal(void (*run)(void *), void *argument, const char *expected) {
    text[0] = '\0';
    message[0] = '\0';
    if (setjmp(behind_report) == 0) {
        run(argument);
    }
    CHECK(strcmp(message, expected) == 0);
}

static void free_mem(void *block) {
    PyMem_Free(block);
}

static void free_raw(void *block) {
    PyMem_RawFree(block);
}

static void free_object(void *block) {
    PyObject_Free(block);
}

static void end_interpreter(void *state) {
    Py_EndInterpreter(state);
}

/* A table of the program's own, over malloc. */
static unsigned own_calls;

static void *own_malloc(void *ctx, size_t size) {
    (void)ctx;
    own_calls++;
    return malloc(size);
}

static void *own_calloc(void *ctx, size_t count, size_t size) {
    (void)ctx;
    own_calls++;
    return calloc(count, size);
}

static void *own_realloc(void *ctx, void *block, size_t size) {
    (void)ctx;
    own_calls++;
    return realloc(block, size);
}

static void own_free(void *ctx, void *block) {
    (void)ctx;
    own_calls++;
    free(block);
}

static void *no_memory(void *ctx, size_t size) {
    (void)ctx;
    (void)size;
    return NULL;
}

static void use(PyMemAllocatorName name) {
    CHECK_EQUAL(_PyMem_SetupAllocators(name), 0);
}

TEST(a_table_of_the_programs_own_has_no_name) {
    PyMemAllocatorEx own = {NULL, own_malloc, own_calloc, own_realloc, own_free};
    use(PYMEM_ALLOCATOR_DEFAULT);
    PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &own);
    CHECK(_PyMem_GetCurrentAllocatorName() == NULL);
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &own);
    CHECK(_PyMem_GetCurrentAllocatorName() == NULL);
    void *block = PyMem_Malloc(20);
    PyMem_Free(block);
    CHECK_EQUAL(own_calls, 2);
    use(PYMEM_ALLOCATOR_DEFAULT);
    CHECK(_PyMem_GetCurrentAllocatorName() != NULL);
}

TEST(strings_where_memory_ends) {
    PyMemAllocatorEx mem, failing;
    use(PYMEM_ALLOCATOR_DEFAULT);
    char *copy = _PyMem_Strdup("a string");
    CHECK(copy != NULL && strcmp(copy, "a string") == 0);
    PyMem_Free(copy);
    copy = _PyMem_RawStrdup("");
    CHECK(copy != NULL && copy[0] == '\0');
    PyMem_RawFree(copy);
    PyMem_GetAllocator(PYMEM_DOMAIN_MEM, &mem);
    failing = mem;
    failing.malloc = no_memory;
    PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &failing);
    CHECK(_PyMem_Strdup("a string") == NULL);
    PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &mem);
    PyMem_GetAllocator(PYMEM_DOMAIN_RAW, &mem);
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &failing);
    CHECK(_PyMem_RawStrdup("a string") == NULL);
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &mem);
}

TEST(the_hooks_where_memory_ends) {
    use(PYMEM_ALLOCATOR_DEBUG);
    CHECK(PyMem_Malloc(0x7FFFFFFFu) == NULL);
    CHECK(PyMem_Malloc(huge) == NULL);
    CHECK(PyMem_RawMalloc(450000) == NULL);
    CHECK(PyMem_RawCalloc(3, 150000) == NULL);
    unsigned char *block = PyMem_RawRealloc(NULL, 10);
    CHECK(block != NULL && block[0] == PYMEM_CLEANBYTE);
    CHECK(PyMem_RawRealloc(block, 0x7FFFFFFFu) == NULL);
    CHECK(PyMem_RawRealloc(block, 450000) == NULL);
    block = PyMem_RawRealloc(block, 40);
    CHECK(block != NULL && block[9] == PYMEM_CLEANBYTE && block[39] == PYMEM_CLEANBYTE);
    PyMem_RawFree(block);
    use(PYMEM_ALLOCATOR_DEFAULT);
}

/* Hooks over a table of the program's own: nobody knows how long its blocks are, or whose. */
TEST(hooks_over_a_table_of_the_programs_own) {
    PyMemAllocatorEx own = {NULL, own_malloc, own_calloc, own_realloc, own_free};
    use(PYMEM_ALLOCATOR_DEFAULT);
    PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &own);
    PyMem_SetupDebugHooks();
    unsigned char *block = PyMem_Malloc(10);
    CHECK(block != NULL);
    block[10] = 0;
    check_fatal(free_mem, block, "bad trailing pad byte");
    CHECK(strstr(text, "at tail+0: 0x00 *** OUCH") != NULL);
    block[10] = PYMEM_FORBIDDENBYTE;
    PyMem_Free(block);
    block = PyMem_Malloc(0);
    CHECK(block != NULL);
    block[0] = 0;
    check_fatal(free_mem, block, "bad trailing pad byte");
    CHECK(strstr(text, "Data at p") == NULL);
    block[0] = PYMEM_FORBIDDENBYTE;
    PyMem_Free(block);
    use(PYMEM_ALLOCATOR_DEFAULT);
}

/* A length that was overwritten with one that no block can have; and a block that is none. */
TEST(a_length_beyond_the_block) {
    use(PYMEM_ALLOCATOR_DEBUG);
    unsigned char *block = PyMem_RawMalloc(10);
    unsigned char *length = block - 8;
    for (unsigned i = 0; i < 2; i++) {
        length[i == 0 ? 0 : 2] = 1;
        check_fatal(free_raw, block, "bad trailing pad byte");
        CHECK(strstr(text, "beyond the block's end, and not read.") != NULL);
        length[i == 0 ? 0 : 2] = 0;
    }
    PyMem_RawFree(block);
    /* Within a block, where the words before the address are dead, and where they are not. */
    unsigned char *large = PyMem_RawMalloc(2000);
    memset(large, PYMEM_DEADBYTE, 100);
    check_fatal(free_raw, large + 64, "double free");
    memset(large + 100, 'r', 100);
    check_fatal(free_raw, large + 164, "bad leading pad byte");
    check_fatal(free_raw, large + 165, "bad leading pad byte");
    memset(large, PYMEM_CLEANBYTE, 300);
    PyMem_RawFree(large);
    /* A live block whose head the program has made look dead. */
    block = PyMem_RawMalloc(10);
    unsigned char head[8];
    memcpy(head, block - 8, 8);
    memset(block - 8, PYMEM_DEADBYTE, 8);
    check_fatal(free_raw, block, "double free");
    memcpy(block - 8, head, 8);
    PyMem_RawFree(block);
    /* Beyond all that the C library has so far. */
    unsigned char *beyond = (unsigned char *)obmalloc_state.heap_break + 1024;
    memset(beyond - 64, 0, 128);
    text[0] = '\0';
    message[0] = '\0';
    if (flag() == 1 && setjmp(behind_report) == 0) {
        PyMem_RawFree(beyond);
    }
    CHECK_EQUAL(strstr(message, "bad ID") != NULL, flag());
    use(PYMEM_ALLOCATOR_DEFAULT);
    check_sound();
}

TEST(from_a_handler) {
    use(PYMEM_ALLOCATOR_DEBUG);
    void *block = PyObject_Malloc(10);
    pc_ipsr = 15;
    check_fatal(free_object, block, "Python memory allocator called without holding the GIL");
    pc_ipsr = 0;
    PyObject_Free(block);
    use(PYMEM_ALLOCATOR_DEFAULT);
}

TEST(the_wrong_state_ends) {
    PyInterpreterConfig config = PyInterpreterConfig_DEFAULT;
    config.use_main_obmalloc = flag();
    CHECK(!PyStatus_Exception(Py_InitializeFromConfig(&config)));
    check_fatal(end_interpreter, NULL, "thread is not current");
    CHECK(strstr(text, "Python runtime state: initialized\n") != NULL);
    PyThreadState *main_state = &PyInterpreterState_Main()->thread;
    PyThreadState other = *main_state;
    check_fatal(end_interpreter, &other, "thread is not current");
    check_fatal(end_interpreter, main_state, "the main interpreter cannot end");
    CHECK_EQUAL(Py_FinalizeEx(), 0);
    check_fatal(end_interpreter, NULL, "thread is not current");
    CHECK(strstr(text, "Python runtime state: unknown\n") != NULL);
}

TEST_LIST = {TEST_ENTRY(a_table_of_the_programs_own_has_no_name),
             TEST_ENTRY(strings_where_memory_ends),
             TEST_ENTRY(the_hooks_where_memory_ends),
             TEST_ENTRY(hooks_over_a_table_of_the_programs_own),
             TEST_ENTRY(a_length_beyond_the_block),
             TEST_ENTRY(from_a_handler),
             TEST_ENTRY(the_wrong_state_ends)};
