// SPDX-License-Identifier: MIT
/* For the cases that make interpreters: one arena for those with pools of their own, and the way back. */
#ifndef TESTS_CONFORMANCE_INTERPRETERS_H
#define TESTS_CONFORMANCE_INTERPRETERS_H

#include "conformance.h"

/* Each file says the same in its line `test-link`. */
enum { ARENA_BYTES = 1536 };

static struct __attribute__((aligned(8))) {
    char bytes[ARENA_BYTES];
} arena __attribute__((section(".noinit")));
static bool arena_is_taken;

static void *alloc_arena(void *ctx, size_t size) {
    (void)ctx;
    if (arena_is_taken || size != ARENA_BYTES) {
        return NULL;
    }
    arena_is_taken = true;
    return &arena;
}

static void free_arena(void *ctx, void *ptr, size_t size) {
    (void)ctx;
    CHECK(arena_is_taken && ptr == &arena && size == ARENA_BYTES);
    arena_is_taken = false;
}

static inline PyStatus initialize(void) {
    PyInterpreterConfig config = PyInterpreterConfig_DEFAULT;
    config.use_main_obmalloc = flag();
    return Py_InitializeFromConfig(&config);
}

/* The main interpreter, with an arena for one more. */
static inline void begin(void) {
    static PyObjectArenaAllocator allocator = {NULL, alloc_arena, free_arena};
    need_room();
    CHECK(!PyStatus_Exception(initialize()));
    PyObject_SetArenaAllocator(&allocator);
    (void)PyThreadState_Swap(&PyInterpreterState_Main()->thread);
}

/* Ends it; the main one is current again. */
static inline void end(PyThreadState *tstate) {
    (void)PyThreadState_Swap(tstate);
    Py_EndInterpreter(tstate);
    CHECK(_PyThreadState_UncheckedGet() == NULL);
    (void)PyThreadState_Swap(&PyInterpreterState_Main()->thread);
}

#endif
