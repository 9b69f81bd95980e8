// SPDX-License-Identifier: MIT
/*
 * How a call went, and what an interpreter is to be like. Names, fields and their order are those of
 * CPython 3.12.
 */
#ifndef Py_INITCONFIG_H
#define Py_INITCONFIG_H

#include "pyport.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- PyStatus -------------------------------------------------------------------------------- */

typedef struct {
    enum {
        _PyStatus_TYPE_OK = 0,
        _PyStatus_TYPE_ERROR = 1,
        _PyStatus_TYPE_EXIT = 2,
    } _type;
    const char *func;    /* static: the function that says so, or NULL */
    const char *err_msg; /* static: a sentence, NULL when there is nothing to say */
    int exitcode;        /* of _PyStatus_TYPE_EXIT */
} PyStatus;

/* err_msg: kept as it is, not copied. PyStatus_NoMemory says "memory allocation failed". */
PyStatus PyStatus_Ok(void);
PyStatus PyStatus_Error(const char *err_msg);
PyStatus PyStatus_NoMemory(void);
PyStatus PyStatus_Exit(int exitcode);

/* PyStatus_IsError, PyStatus_IsExit: non-zero iff it is one. PyStatus_Exception: iff it is either. */
int PyStatus_IsError(PyStatus status);
int PyStatus_IsExit(PyStatus status);
int PyStatus_Exception(PyStatus status);

/* ---- PyInterpreterConfig --------------------------------------------------------------------- */

#define PyInterpreterConfig_DEFAULT_GIL (0)
#define PyInterpreterConfig_SHARED_GIL  (1)
#define PyInterpreterConfig_OWN_GIL     (2)

/* There is no interpreter here: use_main_obmalloc takes effect, the others are checked as CPython checks
 * them and told back by feature flags (pystate.h). */
typedef struct {
    /* For Py_InitializeFromConfig 1 = pools for 1..512 bytes, 0 = the C library for everything; for
     * Py_NewInterpreterFromConfig 1 = the main interpreter's allocator, 0 = pools of its own. */
    int use_main_obmalloc;
    int allow_fork;
    int allow_exec;
    int allow_threads;
    int allow_daemon_threads;
    int check_multi_interp_extensions;
    int gil;
} PyInterpreterConfig;

/* Initializer: an interpreter that shares nothing. */
#define _PyInterpreterConfig_INIT                                                                  \
    {                                                                                              \
        .use_main_obmalloc = 0, .allow_fork = 0, .allow_exec = 0, .allow_threads = 1,              \
        .allow_daemon_threads = 0, .check_multi_interp_extensions = 1,                             \
        .gil = PyInterpreterConfig_OWN_GIL,                                                        \
    }

/* Initializer: an interpreter that shares all, as Py_NewInterpreter() makes it. */
#define _PyInterpreterConfig_LEGACY_INIT                                                           \
    {                                                                                              \
        .use_main_obmalloc = 1, .allow_fork = 1, .allow_exec = 1, .allow_threads = 1,              \
        .allow_daemon_threads = 1, .check_multi_interp_extensions = 0,                             \
        .gil = PyInterpreterConfig_SHARED_GIL,                                                     \
    }

/* Initializer: the main interpreter's settings. CPython has no such name; the seed's example does. */
#define PyInterpreterConfig_DEFAULT _PyInterpreterConfig_LEGACY_INIT

/* Asks for config->use_main_obmalloc, 0 or 1, as obmalloc_request_flag() does; call it before the
 * first allocation. Then installs the allocator that PYTHONMALLOC names (pymem.h), once.
 * Returns success iff the flag has the value asked for from here on and the name is in force; otherwise
 * err_msg says why not, and nothing has changed but, where the name is what is wrong, the flag. May be
 * called again. */
PyStatus Py_InitializeFromConfig(const PyInterpreterConfig *config);

/* Returns non-zero iff Py_InitializeFromConfig() has succeeded. */
int Py_IsInitialized(void);

/* Undoes Py_InitializeFromConfig(), which may be called again and reads PYTHONMALLOC anew; the tables stay
 * as they are, and the flag is latched for ever. All other interpreters must have ended: Py_FatalError
 * otherwise. Returns 0. Py_Finalize() is the same. */
int Py_FinalizeEx(void);
void Py_Finalize(void);

#ifdef __cplusplus
}
#endif

#endif
