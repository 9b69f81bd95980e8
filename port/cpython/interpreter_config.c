// SPDX-License-Identifier: MIT
#include <stdbool.h>
#include <stddef.h>

#include "obmalloc.h"
#include "py_runtime.h"
#include "pymem.h"

/* The longest name that there is, and more, so that a longer one is none. */
enum { ALLOCATOR_NAME_BYTES = 24 };

/* The address is the value; 0 = the link line says nothing. */
extern const char __PYTHONMALLOC[] __attribute__((weak));

/* Weak: a seed's program has no use for them. */
int _PyMem_GetAllocatorName(const char *name, PyMemAllocatorName *allocator) __attribute__((weak));
int _PyMem_SetupAllocators(PyMemAllocatorName allocator) __attribute__((weak));

static const char here[] = "Py_InitializeFromConfig";
bool py_is_initialized;

static bool is_default(const char *name) {
    const char *wanted = "default";
    while (*wanted != '\0' && *name == *wanted) {
        name++;
        wanted++;
    }
    return *name == *wanted;
}

/* Installs what the board's word or the link line asks for. Returns NULL, or a sentence. */
static const char *set_up_allocator(void) {
    char name[ALLOCATOR_NAME_BYTES] = "";
    uintptr_t linked = (uintptr_t)__PYTHONMALLOC;
    PyMemAllocatorName allocator = PYMEM_ALLOCATOR_NOT_SET;
    bool is_named = obmalloc_boot_allocator && obmalloc_boot_allocator(name, sizeof name) != 0;
    if (!_PyMem_SetupAllocators) {
        bool serves = is_named ? is_default(name) : linked <= PYMEM_ALLOCATOR_DEFAULT;
        return serves ? NULL
                      : "PYTHONMALLOC: the program links the default allocator alone; "
                        "-Wl,-u,_PyMem_SetupAllocators links the others";
    }
    bool is_known = is_named ? _PyMem_GetAllocatorName(name, &allocator) == 0
                             : linked <= PYMEM_ALLOCATOR_PYMALLOC_DEBUG;
    if (!is_known) {
        return "PYTHONMALLOC: unknown allocator";
    }
    (void)_PyMem_SetupAllocators(is_named ? allocator : (PyMemAllocatorName)linked);
    return NULL;
}

PyStatus Py_InitializeFromConfig(const PyInterpreterConfig *config) {
    if (config == NULL) {
        return py_error(here, "config is NULL");
    }
    if (!py_gil_is_known(config)) {
        return py_error(here, PY_BAD_GIL);
    }
    enum obmalloc_request_status status = obmalloc_request_flag(config->use_main_obmalloc);
    if (status != OBMALLOC_REQUEST_OK) {
        return py_error(here, obmalloc_request_sentence(status));
    }
    const char *sentence = py_is_initialized ? NULL : set_up_allocator();
    if (sentence) {
        return py_error(here, sentence);
    }
    py_is_initialized = true;
    if (py_set_main_interpreter) {
        py_set_main_interpreter(config);
    }
    return (PyStatus){._type = _PyStatus_TYPE_OK};
}

int Py_IsInitialized(void) {
    return py_is_initialized;
}
