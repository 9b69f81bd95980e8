// SPDX-License-Identifier: MIT
/* The text of _PyObject_DebugMallocStats, for whoever has another place for it than a FILE. */
#ifndef OBMALLOC_PY_MALLOC_STATS_H
#define OBMALLOC_PY_MALLOC_STATS_H

/* As _PyObject_DebugMallocStats(); `write` gets the text piece by piece. */
int py_malloc_stats(void (*write)(void *to, const char *text), void *to);

#endif
