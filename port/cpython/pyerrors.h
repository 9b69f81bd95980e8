// SPDX-License-Identifier: MIT
/* The end of a program whose memory is not what it should be. */
#ifndef Py_PYERRORS_H
#define Py_PYERRORS_H

#include "pyport.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where CPython's report has its traceback, ours has the caller's address:
 *
 *     Fatal Python error: FUNC: MESSAGE
 *     Python runtime state: initialized
 *
 *     Called from 0x00001234
 *
 * Then obmalloc_fatal() is called, and, if there is none or it returns, abort(). */
void Py_NO_RETURN _Py_FatalErrorFunc(const char *func, const char *message);
#define Py_FatalError(message) _Py_FatalErrorFunc(__func__, message)

struct obmalloc_fatal {
    const char *func;    /* static: the function that found it */
    const char *message; /* for the time of the call only */
    const void *caller;  /* the return address of the entry point that the program called */
    const void *address; /* the block, or NULL */
};

/* Optional hook of the firmware, weak: when all has been printed. It may reset the chip, or longjmp. Must
 * not allocate. */
void obmalloc_fatal(const struct obmalloc_fatal *report) __attribute__((weak));

/* Optional hook of the firmware, weak: prints reports. Without it they go to file 2 by _write(), with
 * picolibc to stderr. Must not allocate; may be called by a handler. */
void obmalloc_report_write(const char *text, size_t bytes) __attribute__((weak));

#ifdef __cplusplus
}
#endif

#endif
