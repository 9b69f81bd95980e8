// SPDX-License-Identifier: MIT
/* Modules/_testcapi/mem.c, as Lib/test/test_capi/test_mem.py and test_misc.py run it. */
#include "conformance.h"

#define REGISTER_ICSR  ((volatile uint32_t *)0xE000ED04)
#define ICSR_PENDSVSET UINT32_C(0x10000000)

struct domain {
    void *(*malloc)(size_t size);
    void *(*calloc)(size_t nelem, size_t elsize);
    void *(*realloc)(void *ptr, size_t new_size);
    void (*free)(void *ptr);
};

static const struct domain domains[] = {
    [PYMEM_DOMAIN_RAW] = {PyMem_RawMalloc, PyMem_RawCalloc, PyMem_RawRealloc, PyMem_RawFree},
    [PYMEM_DOMAIN_MEM] = {PyMem_Malloc, PyMem_Calloc, PyMem_Realloc, PyMem_Free},
    [PYMEM_DOMAIN_OBJ] = {PyObject_Malloc, PyObject_Calloc, PyObject_Realloc, PyObject_Free},
};
enum { DOMAIN_COUNT = sizeof domains / sizeof domains[0] };

/* ---- test_setallocators ---------------------------------------------------------------------- */

/* What an allocator was asked last, and by which context. */
struct hook {
    PyMemAllocatorEx below;
    const void *ctx;
    size_t sizes[2];
    const void *ptr;
};

static void *hook_malloc(void *ctx, size_t size) {
    struct hook *hook = ctx;
    hook->ctx = ctx;
    hook->sizes[0] = size;
    return hook->below.malloc(hook->below.ctx, size);
}

static void *hook_calloc(void *ctx, size_t nelem, size_t elsize) {
    struct hook *hook = ctx;
    hook->ctx = ctx;
    hook->sizes[0] = nelem;
    hook->sizes[1] = elsize;
    return hook->below.calloc(hook->below.ctx, nelem, elsize);
}

static void *hook_realloc(void *ctx, void *ptr, size_t new_size) {
    struct hook *hook = ctx;
    hook->ctx = ctx;
    hook->ptr = ptr;
    hook->sizes[0] = new_size;
    return hook->below.realloc(hook->below.ctx, ptr, new_size);
}

static void hook_free(void *ctx, void *ptr) {
    struct hook *hook = ctx;
    hook->ctx = ctx;
    hook->ptr = ptr;
    hook->below.free(hook->below.ctx, ptr);
}

static void check_asked(struct hook *hook, size_t first, size_t second) {
    CHECK_EQUAL(hook->ctx, hook);
    CHECK_EQUAL(hook->sizes[0], first);
    CHECK_EQUAL(hook->sizes[1], second);
    hook->ctx = NULL;
}

static void check_freed(struct hook *hook, const void *block) {
    CHECK_EQUAL(hook->ctx, hook);
    CHECK_EQUAL(hook->ptr, block);
    hook->ctx = NULL;
}

static void setallocators(PyMemAllocatorDomain which) {
    const struct domain *domain = &domains[which];
    need_room();
    struct hook hook = {.ctx = NULL};
    PyMemAllocatorEx table = {&hook, hook_malloc, hook_calloc, hook_realloc, hook_free};
    PyMem_GetAllocator(which, &hook.below);
    PyMem_SetAllocator(which, &table);

    void *block = domain->malloc(42);
    CHECK(block != NULL);
    check_asked(&hook, 42, 0);
    void *longer = domain->realloc(block, 200);
    CHECK(longer != NULL);
    CHECK_EQUAL(hook.ptr, block);
    check_asked(&hook, 200, 0);
    domain->free(longer);
    check_freed(&hook, longer);
    block = domain->calloc(2, 5);
    CHECK(block != NULL);
    check_asked(&hook, 2, 5);
    domain->free(block);
    check_freed(&hook, block);

    PyMem_SetAllocator(which, &hook.below);
    domain->free(domain->malloc(42));
    CHECK(hook.ctx == NULL);
}

TEST(test_pymem_setrawallocators) {
    setallocators(PYMEM_DOMAIN_RAW);
}

TEST(test_pymem_setallocators) {
    setallocators(PYMEM_DOMAIN_MEM);
}

TEST(test_pyobject_setallocators) {
    setallocators(PYMEM_DOMAIN_OBJ);
}

/* ---- test_pymem_alloc0 ----------------------------------------------------------------------- */

TEST(test_pymem_alloc0) {
    need_room();
    for (unsigned i = 0; i < DOMAIN_COUNT; i++) {
        void *block = domains[i].malloc(0);
        CHECK(block != NULL);
        void *other = domains[i].calloc(0, 0);
        CHECK(other != NULL && other != block);
        domains[i].free(block);
        domains[i].free(other);
    }
}

/* ---- test_pymem_getallocatorsname ------------------------------------------------------------ */

/* Of a set allocator, by the name that PYTHONMALLOC has for it; CPython raises where a table is another. */
TEST(test_pymem_getallocatorsname) {
    static const struct {
        PyMemAllocatorName name;
        const char *words;
    } expected[] = {
        {PYMEM_ALLOCATOR_DEFAULT, "pymalloc"},  {PYMEM_ALLOCATOR_DEBUG, "pymalloc_debug"},
        {PYMEM_ALLOCATOR_MALLOC, "malloc"},     {PYMEM_ALLOCATOR_MALLOC_DEBUG, "malloc_debug"},
        {PYMEM_ALLOCATOR_PYMALLOC, "pymalloc"}, {PYMEM_ALLOCATOR_PYMALLOC_DEBUG, "pymalloc_debug"},
    };
    need_room();
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        use_allocator(expected[i].name);
        const char *words = _PyMem_GetCurrentAllocatorName();
        CHECK(words != NULL && strcmp(words, expected[i].words) == 0);
    }
    use_allocator(PYMEM_ALLOCATOR_DEFAULT);
    struct hook hook = {.ctx = NULL};
    PyMemAllocatorEx table = {&hook, hook_malloc, hook_calloc, hook_realloc, hook_free};
    PyMem_GetAllocator(PYMEM_DOMAIN_OBJ, &hook.below);
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &table);
    CHECK(_PyMem_GetCurrentAllocatorName() == NULL);
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &hook.below);
}

/* ---- set_nomemory ---------------------------------------------------------------------------- */

static PyMemAllocatorEx below[DOMAIN_COUNT];
static bool hooks_installed;
static int request_count, fail_behind, fail_until;

static bool is_no_memory(void) {
    request_count++;
    return request_count > fail_behind && (fail_until <= 0 || request_count <= fail_until);
}

static void *failing_malloc(void *ctx, size_t size) {
    PyMemAllocatorEx *table = ctx;
    return is_no_memory() ? NULL : table->malloc(table->ctx, size);
}

static void *failing_calloc(void *ctx, size_t nelem, size_t elsize) {
    PyMemAllocatorEx *table = ctx;
    return is_no_memory() ? NULL : table->calloc(table->ctx, nelem, elsize);
}

static void *failing_realloc(void *ctx, void *ptr, size_t new_size) {
    PyMemAllocatorEx *table = ctx;
    return is_no_memory() ? NULL : table->realloc(table->ctx, ptr, new_size);
}

static void passing_free(void *ctx, void *ptr) {
    PyMemAllocatorEx *table = ctx;
    table->free(table->ctx, ptr);
}

static void set_nomemory(int start, int stop) {
    request_count = 0;
    fail_behind = start;
    fail_until = stop;
    for (unsigned i = 0; i < DOMAIN_COUNT && !hooks_installed; i++) {
        PyMemAllocatorEx table = {&below[i], failing_malloc, failing_calloc, failing_realloc,
                                  passing_free};
        PyMem_GetAllocator((PyMemAllocatorDomain)i, &below[i]);
        PyMem_SetAllocator((PyMemAllocatorDomain)i, &table);
    }
    hooks_installed = true;
}

static void remove_mem_hooks(void) {
    for (unsigned i = 0; i < DOMAIN_COUNT && hooks_installed; i++) {
        PyMem_SetAllocator((PyMemAllocatorDomain)i, &below[i]);
    }
    hooks_installed = false;
}

/* An object's making: three requests, each of another domain. Returns true iff all were served; what was
 * served of an object that was not made is freed. */
static bool make_object(void) {
    void *parts[DOMAIN_COUNT];
    bool made = true;
    for (unsigned i = 0; i < DOMAIN_COUNT; i++) {
        parts[i] = made ? domains[i].malloc(24) : NULL;
        made = made && parts[i] != NULL;
    }
    for (unsigned i = 0; i < DOMAIN_COUNT; i++) {
        domains[i].free(parts[i]);
    }
    return made;
}

/* Three loops, as CPython's: until the first failure; the same behind remove_mem_hooks; one failure only. */
static void test_set_nomemory(PyMemAllocatorName name) {
    need_room();
    use_allocator(name);
    for (int loop = 1; loop <= 3; loop++) {
        int start = 10 * loop;
        set_nomemory(start, loop == 3 ? start + 1 : 0);
        int made_count = 0;
        while (make_object()) {
            made_count++;
            CHECK(made_count < 100);
        }
        CHECK_EQUAL(made_count, start / 3);
        CHECK_EQUAL(make_object(), loop == 3);
        remove_mem_hooks();
        remove_mem_hooks();
        CHECK(make_object());
    }
    use_allocator(PYMEM_ALLOCATOR_DEFAULT);
    check_sound();
}

DEBUG_CASES(test_set_nomemory)

/* ---- the debug hooks' reports ---------------------------------------------------------------- */

static unsigned char *damaged;

static void free_mem(void) {
    PyMem_Free(damaged);
}

static void free_raw(void) {
    PyMem_RawFree(damaged);
}

/* The report consists of these pieces, in this order; between them are addresses and bytes. */
static void check_report(const char *const *pieces) {
    const char *at = report_text;
    for (; *pieces != NULL; pieces++) {
        const char *found = strstr(at, *pieces);
        if (found == NULL) {
            TEST_NOTE("missing: %s", *pieces);
            TEST_NOTE("behind: %s", at);
        }
        CHECK(found != NULL);
        at = found + strlen(*pieces);
    }
}

static void test_buffer_overflow(PyMemAllocatorName name) {
    static const char *const pieces[] = {
        "Debug memory block at address p=0x",
        ": API 'm'\n    16 bytes originally requested\n",
        "    The 3 pad bytes at p-3 are FORBIDDENBYTE, as expected.\n",
        "    The 4 pad bytes at tail=0x",
        " are not all FORBIDDENBYTE (0xfd):\n",
        "        at tail+0: 0x78 *** OUCH\n",
        "        at tail+1: 0xfd\n",
        "        at tail+2: 0xfd\n",
        "        at tail+3: 0xfd\n",
        "    Data at p: cd cd cd ",
        "Fatal Python error: _PyMem_DebugRawFree: bad trailing pad byte\n",
        NULL};
    need_room();
    use_allocator(name);
    damaged = PyMem_Malloc(16);
    CHECK(damaged != NULL);
    damaged[16] = 'x';
    CHECK(ends_in_report(free_mem));
    check_report(pieces);
    damaged[16] = PYMEM_FORBIDDENBYTE;
    CHECK(!ends_in_report(free_mem));
    use_allocator(PYMEM_ALLOCATOR_DEFAULT);
    check_sound();
}

static void test_api_misuse(PyMemAllocatorName name) {
    static const char *const pieces[] = {
        "Debug memory block at address p=0x",
        ": API 'm'\n    16 bytes originally requested\n",
        "    The 3 pad bytes at p-3 are FORBIDDENBYTE, as expected.\n",
        "    The 4 pad bytes at tail=0x",
        " are FORBIDDENBYTE, as expected.\n",
        "    Data at p: cd cd cd ",
        "Fatal Python error: _PyMem_DebugRawFree: bad ID: Allocated using API 'm', verified using "
        "API 'r'\n",
        NULL};
    need_room();
    use_allocator(name);
    damaged = PyMem_Malloc(16);
    CHECK(damaged != NULL);
    CHECK(ends_in_report(free_raw));
    check_report(pieces);
    CHECK(!ends_in_report(free_mem));
    use_allocator(PYMEM_ALLOCATOR_DEFAULT);
    check_sound();
}

DEBUG_CASES(test_buffer_overflow)
DEBUG_CASES(test_api_misuse)

/* Without the GIL is from an interrupt here. */
static void (*handler_call)(void);
static bool handler_reported;

void board_pendsv(void);
void board_pendsv(void) {
    handler_reported = ends_in_report(handler_call);
}

static void malloc_mem(void) {
    PyMem_Free(PyMem_Malloc(10));
}

static void malloc_obj(void) {
    PyObject_Free(PyObject_Malloc(10));
}

static void malloc_raw(void) {
    PyMem_RawFree(PyMem_RawMalloc(10));
}

static void call_from_interrupt(void (*call)(void)) {
    handler_call = call;
    *REGISTER_ICSR = ICSR_PENDSVSET;
    __asm__ volatile("dsb\n isb" : : : "memory");
}

static void check_without_gil(PyMemAllocatorName name, void (*call)(void)) {
    need_room();
    use_allocator(name);
    call_from_interrupt(call);
    CHECK(handler_reported);
    CHECK(strstr(report_text, "Fatal Python error: _PyMem_DebugMalloc: Python memory allocator "
                              "called without holding the GIL\n") != NULL);
    /* The raw domain is anybody's; and so are all, outside of an interrupt. */
    call_from_interrupt(malloc_raw);
    CHECK(!handler_reported);
    CHECK(!ends_in_report(call));
    use_allocator(PYMEM_ALLOCATOR_DEFAULT);
    check_sound();
}

static void test_pymem_malloc_without_gil(PyMemAllocatorName name) {
    check_without_gil(name, malloc_mem);
}

static void test_pyobject_malloc_without_gil(PyMemAllocatorName name) {
    check_without_gil(name, malloc_obj);
}

DEBUG_CASES(test_pymem_malloc_without_gil)
DEBUG_CASES(test_pyobject_malloc_without_gil)

TEST_LIST = {
    TEST_ENTRY(test_pymem_setrawallocators),      TEST_ENTRY(test_pymem_setallocators),
    TEST_ENTRY(test_pyobject_setallocators),      TEST_ENTRY(test_pymem_alloc0),
    TEST_ENTRY(test_pymem_getallocatorsname),     DEBUG_ENTRIES(test_set_nomemory),
    DEBUG_ENTRIES(test_buffer_overflow),          DEBUG_ENTRIES(test_api_misuse),
    DEBUG_ENTRIES(test_pymem_malloc_without_gil), DEBUG_ENTRIES(test_pyobject_malloc_without_gil)};
