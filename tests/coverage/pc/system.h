// SPDX-License-Identifier: MIT
/* What this computer's system has beside board.h. */
#ifndef TESTS_COVERAGE_SYSTEM_H
#define TESTS_COVERAGE_SYSTEM_H

#include <stddef.h>
#include <stdint.h>

/* A file for writing, empty. Returns a handle >= 0, or a number below. */
int pc_file_create(const char *path);

/* Returns the bytes written; fewer than asked for iff the system refuses. */
long pc_file_write(int handle, const void *data, size_t bytes);

/* Memory that is zero at first, at this address, which nothing else has. Ends the program iff refused. */
void *pc_map(uint32_t address, size_t bytes);

#endif
