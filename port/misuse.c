// SPDX-License-Identifier: MIT
#include "misuse.h"
#include "heaps.h"
#include "identity.h"
#include "lock.h"
#include "state.h"
#include "watch/watch.h"

static const char *const sentences[OBMALLOC_MISUSE_KIND_COUNT] = {
    [OBMALLOC_MISUSE_FOREIGN] = "the address is in no heap of this firmware",
    [OBMALLOC_MISUSE_MISALIGNED] = "the address is no multiple of 8",
    [OBMALLOC_MISUSE_NOT_A_BLOCK] = "no live block starts at the address",
    [OBMALLOC_MISUSE_DOUBLE_FREE] = "the block is free already",
    [OBMALLOC_MISUSE_CORRUPT] = "the allocator's words at the address are damaged",
    [OBMALLOC_MISUSE_OTHER_HEAP] = "the address is in another heap than the one named",
#ifdef POOLS_LINKS_ENCODED
    [OBMALLOC_MISUSE_AFTER_FREE] = "memory was written to after it had been freed",
    [OBMALLOC_MISUSE_OVERRUN] = "what is behind the block was written to",
    [OBMALLOC_MISUSE_UNDERRUN] = "what is before the block was written to",
#endif
};

#ifdef POOLS_LINKS_ENCODED
const char *misuse_sentence(enum obmalloc_misuse_kind kind) {
    return sentences[kind];
}

/* What is known of a block that was free already. */
static void fill_in(struct obmalloc_misuse *report) {
    obmalloc_lock_state before = obmalloc_lock();
    const struct obmalloc_heap *other = heaps_holding(&obmalloc_state, report->pointer);
    const struct pools_heap *heap = other ? &other->pools : &obmalloc_heap;
    report->block_bytes = identity_of(heap, report->pointer).block_bytes;
    report->freed_by = pools_freed_by(heap, report->pointer);
    obmalloc_unlock(before);
}
#endif

void obmalloc_report_misuse(enum obmalloc_misuse_kind kind, const char *entry_point,
                            const void *pointer, const void *caller) {
    obmalloc_lock_state before = obmalloc_lock();
    obmalloc_state.misuse_count[kind]++;
    obmalloc_unlock(before);
    obmalloc_tell_misuse(kind, entry_point, pointer, caller);
}

void obmalloc_tell_misuse(enum obmalloc_misuse_kind kind, const char *entry_point,
                          const void *pointer, const void *caller) {
    struct obmalloc_misuse report = {
        .kind = kind,
        .sentence = sentences[kind],
        .entry_point = entry_point,
        .pointer = pointer,
        .caller = caller,
    };
#ifdef POOLS_LINKS_ENCODED
    fill_in(&report);
#endif
    watch_misuse(&report);
    if (obmalloc_misuse) {
        obmalloc_misuse(&report);
    }
}

enum obmalloc_misuse_kind misuse_kind_of(enum pools_status status) {
    switch (status) {
    case POOLS_MISALIGNED:
        return OBMALLOC_MISUSE_MISALIGNED;
    case POOLS_DOUBLE_FREE:
        return OBMALLOC_MISUSE_DOUBLE_FREE;
    case POOLS_CORRUPT:
        return OBMALLOC_MISUSE_CORRUPT;
    case POOLS_NOT_OWNED:
        return OBMALLOC_MISUSE_FOREIGN;
    default:
        return OBMALLOC_MISUSE_NOT_A_BLOCK;
    }
}
