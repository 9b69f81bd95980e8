// SPDX-License-Identifier: MIT
/* Copies of strings. */
#include <string.h>

#include "pymem.h"

char *_PyMem_RawStrdup(const char *str) {
    size_t size = strlen(str) + 1;
    char *copy = PyMem_RawMalloc(size);
    return copy ? memcpy(copy, str, size) : NULL;
}

char *_PyMem_Strdup(const char *str) {
    size_t size = strlen(str) + 1;
    char *copy = PyMem_Malloc(size);
    return copy ? memcpy(copy, str, size) : NULL;
}
