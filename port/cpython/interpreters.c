// SPDX-License-Identifier: MIT
/* Interpreters: which there are, whose turn it is, and how one comes and goes. */
#include <string.h>

#include "py_arenas.h"
#include "py_domains.h"
#include "py_report.h"
#include "py_runtime.h"
#include "pystate.h"

enum { ARENA_BYTES_DEFAULT = 4096 };

/* The address is the value; 0 = the link line says nothing. */
extern const char __obmalloc_interpreter_bytes[] __attribute__((weak));

/* What is on in the main interpreter, whatever its configuration says. */
#define MAIN_FEATURES                                                                              \
    (Py_RTFLAGS_USE_MAIN_OBMALLOC | Py_RTFLAGS_FORK | Py_RTFLAGS_EXEC | Py_RTFLAGS_THREADS |       \
     Py_RTFLAGS_DAEMON_THREADS)

static PyInterpreterState main_interpreter = {
    .feature_flags = MAIN_FEATURES, .ceval.own_gil = 1, .thread.interp = &main_interpreter};

/* The latest first; those that have ended but still have an arena are among them. */
static PyInterpreterState *first_interpreter = &main_interpreter;
static PyThreadState *current = &main_interpreter.thread;
static int64_t last_id;
static Py_ssize_t leaked_blocks;

void py_set_main_interpreter(const PyInterpreterConfig *config) {
    /* As CPython's: of what a program may ask for here, only the check of extensions can differ. */
    main_interpreter.feature_flags =
        MAIN_FEATURES |
        (config->check_multi_interp_extensions ? Py_RTFLAGS_MULTI_INTERP_EXTENSIONS : 0);
}

bool py_back_to_main_interpreter(void) {
    if (PyInterpreterState_Head() != &main_interpreter) {
        return false;
    }
    (void)PyThreadState_Swap(&main_interpreter.thread);
    return true;
}

static size_t arena_bytes(void) {
    size_t bytes = (size_t)(uintptr_t)__obmalloc_interpreter_bytes;
    return bytes != 0 ? bytes : ARENA_BYTES_DEFAULT;
}

static unsigned long features_of(const PyInterpreterConfig *config) {
    return (config->use_main_obmalloc ? Py_RTFLAGS_USE_MAIN_OBMALLOC : 0) |
           (config->allow_fork ? Py_RTFLAGS_FORK : 0) | (config->allow_exec ? Py_RTFLAGS_EXEC : 0) |
           (config->allow_threads ? Py_RTFLAGS_THREADS : 0) |
           (config->allow_daemon_threads ? Py_RTFLAGS_DAEMON_THREADS : 0) |
           (config->check_multi_interp_extensions ? Py_RTFLAGS_MULTI_INTERP_EXTENSIONS : 0);
}

static const char *refusal(const PyInterpreterConfig *config) {
    if (!Py_IsInitialized()) {
        return "Py_Initialize must be called first";
    }
    if (!config) {
        return "config is NULL";
    }
    if (!config->use_main_obmalloc && !config->check_multi_interp_extensions) {
        return "per-interpreter obmalloc does not support single-phase init extension modules";
    }
    return py_gil_is_known(config) ? NULL : PY_BAD_GIL;
}

static void give_arena_back(const PyInterpreterState *interp) {
    py_arena_allocator.free(py_arena_allocator.ctx, interp->arena, interp->arena_bytes);
}

static void unlink_and_free(PyInterpreterState *interp) {
    PyInterpreterState **link = &first_interpreter;
    while (*link != interp) {
        link = &(*link)->next;
    }
    *link = interp->next;
    PyMem_RawFree(interp);
}

/* The arenas of those that have ended, and whose last block has been freed since. */
static void sweep(void) {
    PyInterpreterState *interp = first_interpreter;
    while (interp) {
        PyInterpreterState *next = interp->next;
        if (interp->ended && !obmalloc_heap_of(interp->arena)) {
            give_arena_back(interp);
            unlink_and_free(interp);
        }
        interp = next;
    }
}

/* Gives the interpreter an arena and a heap over it. Returns NULL, or a sentence. */
static const char *open_heap(PyInterpreterState *interp) {
    size_t bytes = arena_bytes();
    char *arena = py_arena_allocator.alloc(py_arena_allocator.ctx, bytes);
    if (!arena) {
        return "the arena allocator has no arena for an interpreter with an obmalloc of its own";
    }
    enum obmalloc_heap_status status = obmalloc_heap_create(arena, arena + bytes, &interp->heap);
    if (status != OBMALLOC_HEAP_OK) {
        py_arena_allocator.free(py_arena_allocator.ctx, arena, bytes);
        return obmalloc_heap_sentence(status);
    }
    interp->arena = arena;
    interp->arena_bytes = bytes;
    return NULL;
}

PyStatus Py_NewInterpreterFromConfig(PyThreadState **tstate_p, const PyInterpreterConfig *config) {
    static const char here[] = "Py_NewInterpreterFromConfig";
    *tstate_p = NULL;
    const char *sentence = refusal(config);
    if (sentence) {
        return py_error(here, sentence);
    }
    sweep();
    PyInterpreterState *interp = PyMem_RawCalloc(1, sizeof *interp);
    if (!interp) {
        return py_error(here, PyStatus_NoMemory().err_msg);
    }
    if (!config->use_main_obmalloc) {
        sentence = open_heap(interp);
    }
    if (sentence) {
        PyMem_RawFree(interp);
        return py_error(here, sentence);
    }
    interp->id = ++last_id;
    interp->feature_flags = features_of(config);
    interp->ceval.own_gil = config->gil == PyInterpreterConfig_OWN_GIL;
    interp->thread.interp = interp;
    interp->next = first_interpreter;
    first_interpreter = interp;
    *tstate_p = &interp->thread;
    (void)PyThreadState_Swap(*tstate_p);
    return PyStatus_Ok();
}

PyThreadState *Py_NewInterpreter(void) {
    static const PyInterpreterConfig config = _PyInterpreterConfig_LEGACY_INIT;
    PyThreadState *tstate;
    (void)Py_NewInterpreterFromConfig(&tstate, &config);
    return tstate;
}

static void Py_NO_RETURN fail(const char *func, const char *message, const void *caller) {
    const struct obmalloc_fatal fatal = {.func = func, .message = message, .caller = caller};
    py_fatal(&fatal, NULL);
}

/* Returns 1 iff the heap has ended, or will with its last block. */
static int close_heap(PyInterpreterState *interp) {
    uint32_t live_blocks;
    enum obmalloc_heap_status status =
        obmalloc_heap_destroy(interp->heap, OBMALLOC_HEAP_REFUSE, &live_blocks);
    if (status == OBMALLOC_HEAP_HAS_LIVE_BLOCKS) {
        enum obmalloc_heap_end end = obmalloc_interpreter_end
                                         ? obmalloc_interpreter_end(interp, (Py_ssize_t)live_blocks)
                                         : OBMALLOC_HEAP_ORPHAN;
        if (end == OBMALLOC_HEAP_REFUSE) {
            return 0;
        }
        /* The hook may have freed some. */
        (void)obmalloc_heap_destroy(interp->heap, end, &live_blocks);
        leaked_blocks += (Py_ssize_t)live_blocks;
    }
    interp->heap = NULL;
    return 1;
}

void Py_EndInterpreter(PyThreadState *tstate) {
    const void *caller = __builtin_return_address(0);
    if (!tstate || tstate != current) {
        fail(__func__, "thread is not current", caller);
    }
    PyInterpreterState *interp = tstate->interp;
    if (interp == &main_interpreter) {
        fail(__func__, "the main interpreter cannot end", caller);
    }
    if (interp->heap && !close_heap(interp)) {
        return;
    }
    (void)PyThreadState_Swap(NULL);
    if (interp->arena) {
        interp->ended = 1;
    } else {
        unlink_and_free(interp);
    }
    sweep();
}

Py_ssize_t obmalloc_interpreter_leaks(void) {
    return leaked_blocks;
}

void *py_interpreter_malloc(size_t size) {
    return obmalloc_heap_malloc(pymem_current_heap, size);
}

void *py_interpreter_calloc(size_t nelem, size_t elsize) {
    return obmalloc_heap_calloc(pymem_current_heap, nelem, elsize);
}

PyThreadState *PyThreadState_Swap(PyThreadState *tstate) {
    PyThreadState *before = _PyThreadState_UncheckedGet();
    current = tstate;
    pymem_current_heap = tstate ? tstate->interp->heap : NULL;
    return before;
}

PyThreadState *_PyThreadState_UncheckedGet(void) {
    return Py_IsInitialized() ? current : NULL;
}

/* CPython's sentence. */
static PyThreadState *checked_current(const char *func, const void *caller) {
    PyThreadState *tstate = _PyThreadState_UncheckedGet();
    if (!tstate) {
        fail(func,
             "the function must be called with the GIL held, after Python initialization and "
             "before Python finalization, but the GIL is released (the current Python thread state "
             "is NULL)",
             caller);
    }
    return tstate;
}

PyThreadState *PyThreadState_Get(void) {
    return checked_current(__func__, __builtin_return_address(0));
}

PyInterpreterState *PyThreadState_GetInterpreter(PyThreadState *tstate) {
    return tstate->interp;
}

PyInterpreterState *PyInterpreterState_Get(void) {
    return checked_current(__func__, __builtin_return_address(0))->interp;
}

PyInterpreterState *PyInterpreterState_Main(void) {
    return &main_interpreter;
}

static PyInterpreterState *first_alive(PyInterpreterState *interp) {
    while (interp && interp->ended) {
        interp = interp->next;
    }
    return interp;
}

PyInterpreterState *PyInterpreterState_Head(void) {
    return first_alive(first_interpreter);
}

PyInterpreterState *PyInterpreterState_Next(PyInterpreterState *interp) {
    return first_alive(interp->next);
}

int64_t PyInterpreterState_GetID(PyInterpreterState *interp) {
    return interp->id;
}

int _PyInterpreterState_HasFeature(PyInterpreterState *interp, unsigned long feature) {
    return (interp->feature_flags & feature) != 0;
}
