// SPDX-License-Identifier: MIT
/* Where an address lies, asked without a word of misuse. */
#ifndef OBMALLOC_PY_HOME_H
#define OBMALLOC_PY_HOME_H

#include "obmalloc_heap.h"

struct py_home {
    enum pools_status status; /* POOLS_OK iff a live block starts there */
    struct obmalloc_heap
        *heap;           /* that it lies in; NULL = the main one, or none (POOLS_NOT_OWNED) */
    size_t usable_bytes; /* of a live block */
    bool is_orphan;      /* the heap ends with its last block */
};

/* Locks. Cost: as a free that is refused. */
struct py_home py_home_of(const void *block);

#endif
