// SPDX-License-Identifier: MIT
/* What the debug hooks put around a block (pymem.h), and what they say of one. */
#ifndef OBMALLOC_PY_DEBUG_H
#define OBMALLOC_PY_DEBUG_H

#include "pymem.h"

/* CPython's SST. */
#define PY_DEBUG_S ((size_t)SIZEOF_SIZE_T)

/* Before the block, and in all. The first is a multiple of 8: a block is aligned as the one around it. */
#define PY_DEBUG_HEAD_BYTES (2 * PY_DEBUG_S)
#ifdef PYMEM_DEBUG_SERIALNO
#define PY_DEBUG_EXTRA_BYTES (4 * PY_DEBUG_S)
#else
#define PY_DEBUG_EXTRA_BYTES (3 * PY_DEBUG_S)
#endif

/* A call that is being checked. */
struct py_debug_call {
    const char *func;
    const void *caller;
    PyMemAllocatorDomain domain;
    const PyMemAllocatorEx *below; /* the table that the hooks wrap */
};

/* Big-endian. */
size_t py_debug_read_size(const uint8_t *from);
void py_debug_write_size(uint8_t *to, size_t value);

/* Returns iff `data` is a live block of the call's domain whose surroundings are whole; prints what is
 * wrong and ends the program otherwise. Reads nothing beyond the block where this port serves it. */
void py_debug_check(const struct py_debug_call *call, const uint8_t *data);

/* Returns iff the CPU is in thread mode. */
void py_debug_check_thread(const struct py_debug_call *call);

#endif
