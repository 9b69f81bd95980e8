// SPDX-License-Identifier: MIT
/* CPython's API: its domains, with the debug hooks around them, and interpreters of their own that come and go. */
#include <Python.h>
#include <string.h>

#include "obmalloc.h"
#include "oom/programs/program.h"

struct domain {
    void *(*malloc)(size_t size);
    void *(*calloc)(size_t nelem, size_t elsize);
    void *(*realloc)(void *ptr, size_t new_size);
    void (*free)(void *ptr);
};

static const struct domain domains[] = {
    {PyMem_RawMalloc, PyMem_RawCalloc, PyMem_RawRealloc, PyMem_RawFree},
    {PyMem_Malloc, PyMem_Calloc, PyMem_Realloc, PyMem_Free},
    {PyObject_Malloc, PyObject_Calloc, PyObject_Realloc, PyObject_Free},
};

static void note(const void *block) {
    if (block == NULL) {
        program_refused();
    }
}

static void use(const struct domain *domain, size_t bytes) {
    unsigned char *block = domain->malloc(bytes);
    note(block);
    if (block != NULL) {
        program_fill(block, bytes, 3);
        unsigned char *moved = domain->realloc(block, 3 * bytes);
        note(moved);
        HOLDS(program_is_filled(moved != NULL ? moved : block, bytes, 3));
        domain->free(moved != NULL ? moved : block);
    }
    block = domain->calloc(bytes, 2);
    note(block);
    HOLDS(block == NULL || (block[0] == 0 && block[2 * bytes - 1] == 0));
    domain->free(block);
}

static void use_all(void) {
    static const size_t sizes[] = {1, 30, 500, 700};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (size_t domain = 0; domain < sizeof domains / sizeof domains[0]; domain++) {
            use(&domains[domain], sizes[i]);
        }
    }
}

/* Not of the main heap, which an interpreter's own cannot overlap. */
static void *give_arena(void *ctx, size_t size) {
    static char arena[4096] __attribute__((aligned(8)));
    HOLDS(size <= sizeof arena);
    (void)ctx;
    return arena;
}

static void take_arena(void *ctx, void *ptr, size_t size) {
    (void)ctx, (void)ptr, (void)size;
}

static void use_interpreter(int use_main_obmalloc) {
    PyInterpreterConfig config = {.use_main_obmalloc = use_main_obmalloc,
                                  .check_multi_interp_extensions = 1,
                                  .gil = PyInterpreterConfig_OWN_GIL};
    if (use_main_obmalloc) {
        config.gil = PyInterpreterConfig_SHARED_GIL;
    }
    PyThreadState *before = PyThreadState_Get();
    PyThreadState *state = NULL;
    PyStatus status = Py_NewInterpreterFromConfig(&state, &config);
    if (PyStatus_Exception(status)) {
        HOLDS(state == NULL && strstr(status.err_msg, "memory") != NULL);
        program_refused();
        return;
    }
    use_all();
    Py_EndInterpreter(state);
    PyThreadState_Swap(before);
}

int main(void) {
    static PyObjectArenaAllocator arenas = {NULL, give_arena, take_arena};
    PyInterpreterConfig config = PyInterpreterConfig_DEFAULT;
    config.use_main_obmalloc = obmalloc_boot_report().flag;
    HOLDS(!PyStatus_Exception(Py_InitializeFromConfig(&config)));
    PyObject_SetArenaAllocator(&arenas);
    use_all();
    use_interpreter(1);
    use_interpreter(0);
    PyMem_SetupDebugHooks();
    use_all();
    use_interpreter(0);
    return program_end();
}
