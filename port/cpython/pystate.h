// SPDX-License-Identifier: MIT
/*
 * Interpreters, as far as memory goes: who allocates for whom, and with which pools. Those with
 * use_main_obmalloc = 0 have a heap of their own (obmalloc_heap.h) in an arena that the arena allocator
 * gives (objimpl.h); the others share the main one's.
 *
 * PyMem_* and PyObject_* allocate from the heap of the current thread state's interpreter; blocks go home
 * by their address, whoever is current. There is one current thread state: a scheduler that runs threads of
 * several interpreters swaps it when it switches. Without a current one, allocations are the main
 * interpreter's.
 *
 * Threads and interrupts: these functions do not lock; one thread calls them, and no handler.
 */
#ifndef Py_PYSTATE_H
#define Py_PYSTATE_H

#include "initconfig.h"
#include "obmalloc_heap.h"
#include "pyport.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct _ts PyThreadState;
typedef struct _is PyInterpreterState;

struct _ts {
    PyInterpreterState *interp;
};

/* Of a program, only feature_flags and ceval.own_gil are to read, as CPython's own tests do. */
struct _is {
    PyInterpreterState *next;
    int64_t id; /* 0 = main */
    unsigned long feature_flags;
    struct {
        int own_gil;
    } ceval;
    PyThreadState thread;
    struct obmalloc_heap *heap; /* NULL = the main one */
    char *arena;                /* NULL = none */
    size_t arena_bytes;
    int ended; /* kept for its arena, which still has live blocks */
};

#define Py_RTFLAGS_USE_MAIN_OBMALLOC       (1UL << 5)
#define Py_RTFLAGS_MULTI_INTERP_EXTENSIONS (1UL << 8)
#define Py_RTFLAGS_THREADS                 (1UL << 10)
#define Py_RTFLAGS_DAEMON_THREADS          (1UL << 11)
#define Py_RTFLAGS_FORK                    (1UL << 15)
#define Py_RTFLAGS_EXEC                    (1UL << 16)

/* Makes an interpreter, stores its thread state and makes that the current one. On failure stores NULL and
 * changes nothing: the status says why, in CPython's words where CPython refuses, too. Needs some 60 bytes
 * of the raw domain. */
PyStatus Py_NewInterpreterFromConfig(PyThreadState **tstate_p, const PyInterpreterConfig *config);

/* With _PyInterpreterConfig_LEGACY_INIT. Returns NULL iff that failed; then nothing has changed. */
PyThreadState *Py_NewInterpreter(void);

/* Ends the interpreter of the current thread state, which then is NULL. tstate must be the current one,
 * not the main interpreter's: Py_FatalError otherwise. CPython keeps the pools of an interpreter whose
 * blocks are still live for ever; here obmalloc_interpreter_end() decides. */
void Py_EndInterpreter(PyThreadState *tstate);

/* Optional hook of the firmware, weak: told of an interpreter with pools of its own that ends with live
 * blocks, 1.., which is a leak; says what becomes of them:
 *   OBMALLOC_HEAP_ORPHAN   they stay, and can be freed; the arena goes back when the last one has been, by
 *                          the next call of Py_NewInterpreterFromConfig or Py_EndInterpreter. What
 *                          happens without the hook: nothing dangles, nothing is lost for ever
 *   OBMALLOC_HEAP_RECLAIM  they are gone with the arena, at once; pointers to them dangle
 *   OBMALLOC_HEAP_REFUSE   the interpreter does not end, and stays current
 * Blocks of interpreters that share the main pools are nobody's in particular, and stay. */
enum obmalloc_heap_end obmalloc_interpreter_end(PyInterpreterState *interp, Py_ssize_t live_blocks)
    __attribute__((weak));

/* Returns how many blocks were live in all the interpreters that ended, as CPython's runtime counts them. */
Py_ssize_t obmalloc_interpreter_leaks(void);

/* Makes tstate, NULL too, the current one. Returns the former. */
PyThreadState *PyThreadState_Swap(PyThreadState *tstate);

/* The current one, never NULL: Py_FatalError in CPython's words if there is none; and one that may be NULL,
 * as it is before Py_InitializeFromConfig() and behind Py_EndInterpreter(). */
PyThreadState *PyThreadState_Get(void);
PyThreadState *_PyThreadState_UncheckedGet(void);
PyInterpreterState *PyThreadState_GetInterpreter(PyThreadState *tstate);

/* The current thread state's; Py_FatalError if there is none. */
PyInterpreterState *PyInterpreterState_Get(void);
PyInterpreterState *PyInterpreterState_Main(void);

/* All interpreters, the latest first, the main one last, then NULL. */
PyInterpreterState *PyInterpreterState_Head(void);
PyInterpreterState *PyInterpreterState_Next(PyInterpreterState *interp);

/* 0 for the main one, then 1, 2, ...; never given twice. */
int64_t PyInterpreterState_GetID(PyInterpreterState *interp);

/* Returns 1 iff the feature, a Py_RTFLAGS_, is on. */
int _PyInterpreterState_HasFeature(PyInterpreterState *interp, unsigned long feature);

#ifdef __cplusplus
}
#endif

#endif
