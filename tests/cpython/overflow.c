// SPDX-License-Identifier: MIT
/* Writes one byte too many, and frees the block. PYTHONMALLOC=debug on the command line finds it; nothing
 * else would, because the block has 24. */
#include <Python.h>

int main(void) {
    PyInterpreterConfig config = PyInterpreterConfig_DEFAULT;
    PyStatus status = Py_InitializeFromConfig(&config);
    if (PyStatus_Exception(status)) {
        printf("%s: %s\n", status.func, status.err_msg);
        return 1;
    }
    char *block = PyMem_Malloc(20);
    if (block == NULL) {
        printf("not enough memory\n");
        return 1;
    }
    memcpy(block, "twenty-one characters", 21);
    PyMem_Free(block); /* here it is found */
    (void)_PyObject_DebugMallocStats(stdout);
    return 0;
}
