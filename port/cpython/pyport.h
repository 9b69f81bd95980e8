// SPDX-License-Identifier: MIT
/* CPython's types of sizes. */
#ifndef Py_PYPORT_H
#define Py_PYPORT_H

#include <stddef.h>
#include <stdint.h>

typedef ptrdiff_t Py_ssize_t;
#define PY_SSIZE_T_MAX PTRDIFF_MAX
#define PY_SSIZE_T_MIN PTRDIFF_MIN
#define SIZEOF_SIZE_T  __SIZEOF_SIZE_T__

#define PyAPI_FUNC(type) type
#define Py_NO_RETURN     __attribute__((__noreturn__))

#endif
