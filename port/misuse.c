// SPDX-License-Identifier: MIT
#include "lock.h"
#include "state.h"

static const char *const sentences[OBMALLOC_MISUSE_KIND_COUNT] = {
    [OBMALLOC_MISUSE_FOREIGN] = "the address is in no heap of this firmware",
    [OBMALLOC_MISUSE_MISALIGNED] = "the address is no multiple of 8, so no block starts there",
    [OBMALLOC_MISUSE_NOT_A_BLOCK] = "no live block starts at the address",
    [OBMALLOC_MISUSE_DOUBLE_FREE] = "the block is free already",
    [OBMALLOC_MISUSE_CORRUPT] = "the allocator's own words at the address are damaged",
};

void obmalloc_report_misuse(enum obmalloc_misuse_kind kind, const char *entry_point,
                            const void *pointer, const void *caller) {
    obmalloc_lock_state before = obmalloc_lock();
    obmalloc_state.misuse_count[kind]++;
    obmalloc_unlock(before);
    if (obmalloc_misuse) {
        const struct obmalloc_misuse report = {
            .kind = kind,
            .sentence = sentences[kind],
            .entry_point = entry_point,
            .pointer = pointer,
            .caller = caller,
        };
        obmalloc_misuse(&report);
    }
}
