// SPDX-License-Identifier: MIT
/* The way of a program's counters to the host: one file, which coverage.py adds up with those of others. */
#ifndef TESTS_COVERAGE_DUMP_H
#define TESTS_COVERAGE_DUMP_H

#include <stddef.h>
#include <stdint.h>

struct gcov_info;

/* The board's: opens a file of the host for writing, empty. Returns a handle >= 0, or -1. */
int dump_open(const char *path);

/* Returns true iff all of it was written. */
_Bool dump_write(int handle, const void *data, size_t bytes);

void dump_close(int handle);

/* GCC's own where libgcov has it; pc/gcda.c for this computer's 32 bits. Calls filename_function once, then
 * dump_function with the pieces of what a .gcda file holds. allocate_function serves value profiles only. */
void __gcov_info_to_gcda(const struct gcov_info *info,
                         void (*filename_function)(const char *name, void *argument),
                         void (*dump_function)(const void *data, unsigned bytes, void *argument),
                         void *(*allocate_function)(unsigned bytes, void *argument),
                         void *argument);

#endif
