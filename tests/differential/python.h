// SPDX-License-Identifier: MIT
/* CPython's PyMemAllocatorEx, without its headers, which need not be installed; see its c-api/memory. */
#ifndef DIFFERENTIAL_PYTHON_H
#define DIFFERENTIAL_PYTHON_H

#include <stddef.h>

struct python_allocator {
    void *context;
    void *(*malloc)(void *context, size_t request_bytes);
    void *(*calloc)(void *context, size_t element_count, size_t element_bytes);
    void *(*realloc)(void *context, void *block, size_t request_bytes);
    void (*free)(void *context, void *block);
};

/* Returns an allocator that counts the calls, and hands them on to `below`. */
const struct python_allocator *python_counting(const struct python_allocator *below);

#endif
