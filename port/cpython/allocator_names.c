// SPDX-License-Identifier: MIT
/* Allocators by the names that PYTHONMALLOC has for them. */
#include <string.h>

#include "py_domains.h"

static const char *const names[] = {
    [PYMEM_ALLOCATOR_DEFAULT] = "default",   [PYMEM_ALLOCATOR_DEBUG] = "debug",
    [PYMEM_ALLOCATOR_MALLOC] = "malloc",     [PYMEM_ALLOCATOR_MALLOC_DEBUG] = "malloc_debug",
    [PYMEM_ALLOCATOR_PYMALLOC] = "pymalloc", [PYMEM_ALLOCATOR_PYMALLOC_DEBUG] = "pymalloc_debug",
};

int _PyMem_GetAllocatorName(const char *name, PyMemAllocatorName *allocator) {
    if (!name || *name == '\0') {
        name = names[PYMEM_ALLOCATOR_DEFAULT];
    }
    for (unsigned i = PYMEM_ALLOCATOR_DEFAULT; i <= PYMEM_ALLOCATOR_PYMALLOC_DEBUG; i++) {
        if (strcmp(name, names[i]) == 0) {
            *allocator = (PyMemAllocatorName)i;
            return 0;
        }
    }
    return -1;
}

int _PyMem_SetupAllocators(PyMemAllocatorName allocator) {
    static const PyMemAllocatorEx malloc_table = PYMEM_MALLOC_TABLE;
    static const PyMemAllocatorEx pymalloc_table = PYMEM_PYMALLOC_TABLE;
    if (allocator == PYMEM_ALLOCATOR_NOT_SET) {
        return 0;
    }
    if ((unsigned)allocator > PYMEM_ALLOCATOR_PYMALLOC_DEBUG) {
        return -1;
    }
    int is_malloc =
        allocator == PYMEM_ALLOCATOR_MALLOC || allocator == PYMEM_ALLOCATOR_MALLOC_DEBUG;
    pymem_tables[PYMEM_DOMAIN_RAW] = malloc_table;
    pymem_tables[PYMEM_DOMAIN_MEM] = is_malloc ? malloc_table : pymalloc_table;
    pymem_tables[PYMEM_DOMAIN_OBJ] = pymem_tables[PYMEM_DOMAIN_MEM];
    if (allocator == PYMEM_ALLOCATOR_DEBUG || allocator == PYMEM_ALLOCATOR_MALLOC_DEBUG ||
        allocator == PYMEM_ALLOCATOR_PYMALLOC_DEBUG) {
        PyMem_SetupDebugHooks();
    }
    return 0;
}

const char *_PyMem_GetCurrentAllocatorName(void) {
    static const PyMemAllocatorEx malloc_table = PYMEM_MALLOC_TABLE;
    static const PyMemAllocatorEx pymalloc_table = PYMEM_PYMALLOC_TABLE;
    PyMemAllocatorEx below[PYMEM_DOMAIN_COUNT];
    int hooked_count = 0;
    for (int domain = 0; domain < PYMEM_DOMAIN_COUNT; domain++) {
        below[domain] = pymem_tables[domain];
        hooked_count += pymem_below_hooks((PyMemAllocatorDomain)domain, &below[domain]);
    }
    if ((hooked_count != 0 && hooked_count != PYMEM_DOMAIN_COUNT) ||
        !pymem_tables_equal(&below[PYMEM_DOMAIN_RAW], &malloc_table) ||
        !pymem_tables_equal(&below[PYMEM_DOMAIN_MEM], &below[PYMEM_DOMAIN_OBJ])) {
        return NULL;
    }
    if (pymem_tables_equal(&below[PYMEM_DOMAIN_OBJ], &malloc_table)) {
        return hooked_count ? "malloc_debug" : "malloc";
    }
    if (pymem_tables_equal(&below[PYMEM_DOMAIN_OBJ], &pymalloc_table)) {
        return hooked_count ? "pymalloc_debug" : "pymalloc";
    }
    return NULL;
}
