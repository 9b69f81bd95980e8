// SPDX-License-Identifier: MIT
/* Memory for the plays on this computer. */
#ifndef TESTS_FUZZ_HOST_MEMORY_H
#define TESTS_FUZZ_HOST_MEMORY_H

#include <stddef.h>

/* Returns memory below 4 GiB between two pages that nobody may touch; its end touches the second one. bytes: a
 * multiple of 8. Ends the program where there is none. */
char *host_memory(size_t bytes);

#endif
