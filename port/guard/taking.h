// SPDX-License-Identifier: MIT
/* What the two halves of the guards know of each other: taking (guard.c) and giving back (giving.c). */
#ifndef OBMALLOC_GUARD_TAKING_H
#define OBMALLOC_GUARD_TAKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "state.h"

/* What a request becomes. */
struct guard_wish {
    uint32_t request_bytes;
    uint32_t lead_bytes;
    uint32_t inner_bytes;
    size_t alignment_bytes;
    const void *caller;
};

/* Latches if nobody has. Returns true iff the pools serve: blocks have guards. The ledger ends here: it knows
 * nothing of them. */
bool guard_is_on(struct obmalloc_state *state);

/* Returns false iff no allocator could ever serve it. */
bool guard_make_wish(size_t alignment_bytes, size_t request_bytes, const void *caller,
                     struct guard_wish *wish);

/* Returns NULL, and counts nothing, iff there is no memory. alignment_bytes: a power of two. Locks. */
void *guard_take(struct obmalloc_state *state, size_t alignment_bytes, size_t request_bytes,
                 const void *caller);

/* Lets all blocks go that may not wait any longer, or `all`. Returns true iff one went. Locks. */
bool guard_empty_quarantine(bool all, const char *entry_point, const void *caller);

#endif
