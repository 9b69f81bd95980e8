// SPDX-License-Identifier: MIT
/* The largest request that would be served, and of which kind of answer that is. */
#ifndef OBMALLOC_LARGEST_REQUEST_H
#define OBMALLOC_LARGEST_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

/* Of the arena alone; 0 while it is not open. The lock is held, and the heap is shown (ledger.h). */
size_t largest_in_arena_bytes(void);

/* What the C library can ask sbrk for; it may have more within its heap. The lock is held. */
size_t largest_from_sbrk_bytes(void);

#endif
