// SPDX-License-Identifier: MIT
/* Which heap's block this is, and how long, for those who watch: a look that changes and reports nothing. */
#ifndef OBMALLOC_WATCH_LOOK_H
#define OBMALLOC_WATCH_LOOK_H

#include <stdint.h>

enum watch_home { WATCH_NOWHERE, WATCH_IN_ARENA, WATCH_IN_LIBC, WATCH_IN_HEAP };

struct watch_look {
    enum watch_home home; /* WATCH_NOWHERE: no live block starts there, as far as can be told */
    uint32_t bytes;       /* usable */
};

/* block: of the caller's own, or no block at all; not NULL. Cost: constant; of a block of the C library under
 * flag 1 as much as telling it from other addresses costs its free (libc_block.h). */
struct watch_look watch_look(const void *block);

#endif
