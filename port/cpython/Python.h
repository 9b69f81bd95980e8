// SPDX-License-Identifier: MIT
/*
 * CPython's memory API, for code written against CPython's headers: names, rules and messages are those of
 * CPython 3.12. README.md here has the table of what differs.
 */
#ifndef Py_PYTHON_H
#define Py_PYTHON_H

/* CPython's header promises these, too. */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "initconfig.h"
#include "objimpl.h"
#include "pyerrors.h"
#include "pymem.h"
#include "pyport.h"
#include "pystate.h"

#endif
