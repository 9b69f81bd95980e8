// SPDX-License-Identifier: MIT
/* Apart from Py_InitializeFromConfig: a program that never ends links no way to. */
#include "py_runtime.h"
#include "pyerrors.h"

int Py_FinalizeEx(void) {
    if (py_is_initialized && py_back_to_main_interpreter && !py_back_to_main_interpreter()) {
        Py_FatalError("remaining subinterpreters");
    }
    py_is_initialized = false;
    return 0;
}

void Py_Finalize(void) {
    (void)Py_FinalizeEx();
}
