// SPDX-License-Identifier: MIT
/* The arena allocator, for the interpreters. */
#ifndef OBMALLOC_PY_ARENAS_H
#define OBMALLOC_PY_ARENAS_H

#include "objimpl.h"

extern PyObjectArenaAllocator py_arena_allocator;

#endif
