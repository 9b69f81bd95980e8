// SPDX-License-Identifier: MIT
/* What the files about interpreters know of one another. */
#ifndef OBMALLOC_PY_RUNTIME_H
#define OBMALLOC_PY_RUNTIME_H

#include <stdbool.h>

#include "initconfig.h"

/* Returns an error with the function's name. */
static inline PyStatus py_error(const char *func, const char *message) {
    return (PyStatus){._type = _PyStatus_TYPE_ERROR, .func = func, .err_msg = message};
}

static inline bool py_gil_is_known(const PyInterpreterConfig *config) {
    return config->gil >= PyInterpreterConfig_DEFAULT_GIL &&
           config->gil <= PyInterpreterConfig_OWN_GIL;
}

#define PY_BAD_GIL "invalid interpreter config 'gil' value"

extern bool py_is_initialized;

/* Carries the settings into the main interpreter's state, where there is one. */
void py_set_main_interpreter(const PyInterpreterConfig *config) __attribute__((weak));

/* Makes the main interpreter's thread state the current one. Returns false, and does not, iff there are other
 * interpreters. */
bool py_back_to_main_interpreter(void) __attribute__((weak));

#endif
