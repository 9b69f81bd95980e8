// SPDX-License-Identifier: MIT
/*
 * CPython's way to say use_main_obmalloc, for code written against CPython's headers.
 *
 * Names, fields and their order are those of CPython 3.12. There is no interpreter here: of the
 * fields, use_main_obmalloc takes effect and the others are carried along.
 */
#ifndef Py_PYTHON_H
#define Py_PYTHON_H

#ifdef __cplusplus
extern "C" {
#endif

#define PyInterpreterConfig_DEFAULT_GIL (0)
#define PyInterpreterConfig_SHARED_GIL  (1)
#define PyInterpreterConfig_OWN_GIL     (2)

typedef struct {
    int use_main_obmalloc; /* 1 = pools for 1..512 bytes, 0 = the C library for everything */
    int allow_fork;
    int allow_exec;
    int allow_threads;
    int allow_daemon_threads;
    int check_multi_interp_extensions;
    int gil;
} PyInterpreterConfig;

/* Initializer: the main interpreter's settings. */
#define PyInterpreterConfig_DEFAULT                                                                \
    {                                                                                              \
        .use_main_obmalloc = 1, .allow_fork = 1, .allow_exec = 1, .allow_threads = 1,              \
        .allow_daemon_threads = 1, .check_multi_interp_extensions = 0,                             \
        .gil = PyInterpreterConfig_SHARED_GIL,                                                     \
    }

typedef struct {
    enum {
        _PyStatus_TYPE_OK = 0,
        _PyStatus_TYPE_ERROR = 1,
        _PyStatus_TYPE_EXIT = 2,
    } _type;
    const char *func;
    const char *err_msg; /* a sentence, NULL when there is nothing to say */
    int exitcode;
} PyStatus;

/* Returns non-zero iff the status is not success. */
int PyStatus_Exception(PyStatus status);

/* Asks for config->use_main_obmalloc, 0 or 1, as obmalloc_request_flag() does; call it before the
 * first allocation. Returns success iff that is the value in force from here on; otherwise err_msg
 * says why not, and nothing has changed. May be called again. */
PyStatus Py_InitializeFromConfig(const PyInterpreterConfig *config);

#ifdef __cplusplus
}
#endif

#endif
