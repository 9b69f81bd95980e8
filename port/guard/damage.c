// SPDX-License-Identifier: MIT
/* What the pools have found damaged, and the reports of the tiers above basic. */
#include "guard/guard.h"
#include "identity.h"
#include "lock.h"
#include "misuse.h"
#include "state.h"

uint32_t guard_misuse_count[OBMALLOC_MISUSE_KIND_COUNT];

void guard_tell_damage(struct pools_heap *heap, const char *entry_point, const void *caller) {
    if (heap->damage == 0) {
        return;
    }
    obmalloc_lock_state before = obmalloc_lock();
    uint32_t address = pools_take_damage(heap);
    const void *freed_by = pools_freed_by(heap, (const void *)(uintptr_t)address);
    obmalloc_unlock(before);
    if (address != 0) {
        struct obmalloc_misuse report = {
            .kind = OBMALLOC_MISUSE_AFTER_FREE,
            .entry_point = entry_point,
            .pointer = (const void *)(uintptr_t)address,
            .caller = caller,
            .address = (const void *)(uintptr_t)address,
            .freed_by = freed_by,
        };
        guard_report(&report);
    }
}

void guard_report(struct obmalloc_misuse *report) {
    obmalloc_lock_state before = obmalloc_lock();
    guard_misuse_count[report->kind]++;
    obmalloc_unlock(before);
    report->sentence = misuse_sentence(report->kind);
    if (obmalloc_misuse) {
        obmalloc_misuse(report);
    }
}
