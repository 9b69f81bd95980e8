// SPDX-License-Identifier: MIT
/* CPython's domains: what serves, the rules for sizes, and tables that a program sets. The cases with a
 * table follow Modules/_testcapi/mem.c (test_setallocators, set_nomemory) and Lib/test/test_embed.py. */
#include <Python.h>

#include "target.h"

enum { DOMAIN_COUNT = 3 };

struct domain {
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void (*free)(void *);
};

static const struct domain domains[DOMAIN_COUNT] = {
    {PyMem_RawMalloc, PyMem_RawCalloc, PyMem_RawRealloc, PyMem_RawFree},
    {PyMem_Malloc, PyMem_Calloc, PyMem_Realloc, PyMem_Free},
    {PyObject_Malloc, PyObject_Calloc, PyObject_Realloc, PyObject_Free},
};

/* What the table that is set here was asked, last. */
static struct {
    unsigned malloc_count, calloc_count, realloc_count, free_count;
    void *ctx, *ptr;
    size_t one, two;
} asked;

static void *ask_malloc(void *ctx, size_t size) {
    asked.malloc_count++;
    asked.ctx = ctx;
    asked.one = size;
    return &asked;
}

static void *ask_calloc(void *ctx, size_t nelem, size_t elsize) {
    asked.calloc_count++;
    asked.ctx = ctx;
    asked.one = nelem;
    asked.two = elsize;
    return &asked.one;
}

static void *ask_realloc(void *ctx, void *ptr, size_t new_size) {
    asked.realloc_count++;
    asked.ctx = ctx;
    asked.ptr = ptr;
    asked.one = new_size;
    return &asked.two;
}

static void ask_free(void *ctx, void *ptr) {
    asked.free_count++;
    asked.ctx = ctx;
    asked.ptr = ptr;
}

static int context;
static PyMemAllocatorEx asking = {&context, ask_malloc, ask_calloc, ask_realloc, ask_free};

static void need_room(void) {
    void *block = malloc(400);
    free(block);
    if (!block) {
        SKIP("libc's part of this board's RAM is too small");
    }
}

static bool is_named(const char *wanted) {
    const char *name = _PyMem_GetCurrentAllocatorName();
    return name != NULL && strcmp(name, wanted) == 0;
}

TEST(serve_as_malloc_does) {
    need_room();
    for (unsigned i = 0; i < DOMAIN_COUNT; i++) {
        const struct domain *domain = &domains[i];
        void *block = domain->malloc(20);
        check_owner(block, 20);
        fill(block, 20, i);
        block = domain->realloc(block, 60);
        check_owner(block, 60);
        CHECK(is_filled(block, 20, i));
        domain->free(block);
        unsigned char *clean = domain->calloc(6, 10);
        check_owner(clean, 60);
        for (unsigned byte = 0; byte < 60; byte++) {
            CHECK_EQUAL(clean[byte], 0);
        }
        domain->free(clean);
        domain->free(NULL);
    }
}

/* _testcapi's test_*_alloc0: a size of 0 is a block, and another one each time. */
TEST(size_0_is_a_block) {
    need_room();
    for (unsigned i = 0; i < DOMAIN_COUNT; i++) {
        const struct domain *domain = &domains[i];
        void *blocks[] = {domain->malloc(0), domain->malloc(0), domain->calloc(0, 4),
                          domain->calloc(4, 0), domain->realloc(NULL, 0)};
        blocks[1] = domain->realloc(blocks[1], 0);
        for (unsigned one = 0; one < 5; one++) {
            CHECK(blocks[one] != NULL);
            for (unsigned other = 0; other < one; other++) {
                CHECK(blocks[one] != blocks[other]);
            }
        }
        for (unsigned one = 0; one < 5; one++) {
            domain->free(blocks[one]);
        }
    }
    check_sound();
}

TEST(sizes_above_the_signed_maximum_fail) {
    need_room();
    size_t too_large = (size_t)PY_SSIZE_T_MAX + 1;
    for (unsigned i = 0; i < DOMAIN_COUNT; i++) {
        const struct domain *domain = &domains[i];
        void *block = domain->malloc(16);
        CHECK(domain->malloc(too_large) == NULL);
        CHECK(domain->malloc(SIZE_MAX) == NULL);
        CHECK(domain->calloc(too_large / 2, 2) == NULL);
        CHECK(domain->calloc(1 << 16, 1 << 16) == NULL);
        CHECK(domain->realloc(block, too_large) == NULL);
        domain->free(block);
    }
}

TEST(a_table_serves_its_domain_alone) {
    need_room();
    for (unsigned i = 0; i < DOMAIN_COUNT; i++) {
        const struct domain *domain = &domains[i];
        PyMemAllocatorEx before, now;
        PyMem_GetAllocator((PyMemAllocatorDomain)i, &before);
        PyMem_SetAllocator((PyMemAllocatorDomain)i, &asking);
        PyMem_GetAllocator((PyMemAllocatorDomain)i, &now);
        CHECK(memcmp(&now, &asking, sizeof now) == 0);
        memset(&asked, 0, sizeof asked);

        CHECK_EQUAL(domain->malloc(42), &asked);
        CHECK_EQUAL(asked.ctx, &context);
        CHECK_EQUAL(asked.one, 42);
        /* 0 comes through as it is: it is the allocator that makes a block of it. */
        CHECK_EQUAL(domain->malloc(0), &asked);
        CHECK_EQUAL(asked.one, 0);
        CHECK_EQUAL(domain->calloc(2, 5), &asked.one);
        CHECK_EQUAL(asked.one, 2);
        CHECK_EQUAL(asked.two, 5);
        CHECK_EQUAL(domain->realloc(&context, 7), &asked.two);
        CHECK_EQUAL(asked.ptr, &context);
        CHECK_EQUAL(asked.one, 7);
        domain->free(&asking);
        CHECK_EQUAL(asked.ptr, &asking);
        CHECK_EQUAL(asked.ctx, &context);

        /* Nor is it asked for what cannot be. */
        CHECK(domain->malloc(SIZE_MAX) == NULL);
        CHECK(domain->calloc(SIZE_MAX, 2) == NULL);
        CHECK(domain->realloc(&context, SIZE_MAX) == NULL);
        CHECK_EQUAL(asked.malloc_count, 2);
        CHECK_EQUAL(asked.calloc_count, 1);
        CHECK_EQUAL(asked.realloc_count, 1);
        CHECK_EQUAL(asked.free_count, 1);

        const struct domain *other = &domains[(i + 1) % DOMAIN_COUNT];
        void *block = other->malloc(24);
        check_owner(block, 24);
        other->free(block);
        CHECK_EQUAL(asked.malloc_count + asked.free_count, 3);
        PyMem_SetAllocator((PyMemAllocatorDomain)i, &before);
    }
}

TEST(an_unknown_domain_has_no_table) {
    CHECK_EQUAL(_PyMem_SetupAllocators(PYMEM_ALLOCATOR_DEFAULT), 0);
    PyMemAllocatorEx now = asking;
    PyMem_SetAllocator((PyMemAllocatorDomain)3, &asking);
    PyMem_GetAllocator((PyMemAllocatorDomain)3, &now);
    CHECK(now.ctx == NULL && now.malloc == NULL && now.calloc == NULL && now.realloc == NULL &&
          now.free == NULL);
    CHECK(is_named("pymalloc"));
    /* Nothing is written where its table would lie. */
    extern PyMemAllocatorEx pymem_tables[];
    PyMemAllocatorEx before = pymem_tables[255];
    PyMem_SetAllocator((PyMemAllocatorDomain)255, &asking);
    CHECK(memcmp(&before, &pymem_tables[255], sizeof before) == 0);
}

TEST(names_as_pythonmalloc_has_them) {
    static const char *const names[][2] = {
        {"default", "pymalloc"},  {"debug", "pymalloc_debug"},
        {"malloc", "malloc"},     {"malloc_debug", "malloc_debug"},
        {"pymalloc", "pymalloc"}, {"pymalloc_debug", "pymalloc_debug"},
        {"", "pymalloc"},
    };
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        PyMemAllocatorName allocator = PYMEM_ALLOCATOR_NOT_SET;
        CHECK_EQUAL(_PyMem_GetAllocatorName(names[i][0], &allocator), 0);
        CHECK_EQUAL(_PyMem_SetupAllocators(allocator), 0);
        CHECK(is_named(names[i][1]));
        CHECK_EQUAL(_PyMem_SetupAllocators(PYMEM_ALLOCATOR_NOT_SET), 0);
        CHECK(is_named(names[i][1]));
    }
    PyMemAllocatorName allocator = PYMEM_ALLOCATOR_MALLOC;
    CHECK_EQUAL(_PyMem_GetAllocatorName("Malloc", &allocator), -1);
    CHECK_EQUAL(_PyMem_GetAllocatorName("mallo", &allocator), -1);
    CHECK_EQUAL(allocator, PYMEM_ALLOCATOR_MALLOC);
    CHECK_EQUAL(_PyMem_SetupAllocators((PyMemAllocatorName)7), -1);
    CHECK_EQUAL(_PyMem_GetAllocatorName(NULL, &allocator), 0);
    CHECK_EQUAL(allocator, PYMEM_ALLOCATOR_DEFAULT);
    CHECK_EQUAL(_PyMem_SetupAllocators(allocator), 0);
}

TEST(a_table_of_ones_own_has_no_name) {
    PyMemAllocatorEx before;
    for (unsigned i = 0; i < DOMAIN_COUNT; i++) {
        PyMem_GetAllocator((PyMemAllocatorDomain)i, &before);
        PyMem_SetAllocator((PyMemAllocatorDomain)i, &asking);
        CHECK(_PyMem_GetCurrentAllocatorName() == NULL);
        PyMem_SetAllocator((PyMemAllocatorDomain)i, &before);
    }
    CHECK(is_named("pymalloc"));
    /* Nor have the hooks around some of the tables only. */
    PyMem_GetAllocator(PYMEM_DOMAIN_RAW, &before);
    PyMem_SetupDebugHooks();
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &before);
    CHECK(_PyMem_GetCurrentAllocatorName() == NULL);
    CHECK_EQUAL(_PyMem_SetupAllocators(PYMEM_ALLOCATOR_DEFAULT), 0);
}

TEST(macros_count_elements) {
    need_room();
    uint32_t *numbers = PyMem_New(uint32_t, 4);
    CHECK(numbers != NULL);
    fill(numbers, 16, 3);
    uint32_t *old = numbers;
    CHECK(PyMem_Resize(numbers, uint32_t, 12) != NULL);
    CHECK(is_filled(numbers, 16, 3));
    old = numbers;
    CHECK(PyMem_Resize(numbers, uint32_t, SIZE_MAX / 4) == NULL);
    CHECK(numbers == NULL);
    CHECK(PyMem_New(uint32_t, (size_t)PY_SSIZE_T_MAX / 4 + 1) == NULL);
    PyMem_Del(old);
    char *copy = SERVED(_PyMem_Strdup("seed")), *raw_copy = SERVED(_PyMem_RawStrdup(""));
    CHECK(strcmp(copy, "seed") == 0 && raw_copy[0] == '\0');
    PyMem_Free(copy);
    PyMem_RawFree(raw_copy);
    check_sound();
}

TEST_LIST = {TEST_ENTRY(serve_as_malloc_does),
             TEST_ENTRY(size_0_is_a_block),
             TEST_ENTRY(sizes_above_the_signed_maximum_fail),
             TEST_ENTRY(a_table_serves_its_domain_alone),
             TEST_ENTRY(an_unknown_domain_has_no_table),
             TEST_ENTRY(names_as_pythonmalloc_has_them),
             TEST_ENTRY(a_table_of_ones_own_has_no_name),
             TEST_ENTRY(macros_count_elements)};
