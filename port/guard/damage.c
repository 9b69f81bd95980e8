// SPDX-License-Identifier: MIT
/* What the pools have found damaged, and the reports of the tiers above basic. */
#include "guard/guard.h"
#include "identity.h"
#include "ledger.h"
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
        /* The heap's own words lie elsewhere. */
        bool is_memory = pools_owns(heap, (const void *)(uintptr_t)address);
        struct obmalloc_misuse report = {
            .kind = is_memory ? OBMALLOC_MISUSE_AFTER_FREE : OBMALLOC_MISUSE_CORRUPT,
            .entry_point = entry_point,
            .pointer = (const void *)(uintptr_t)address,
            .caller = caller,
            .address = (const void *)(uintptr_t)address,
            .freed_by = freed_by,
        };
        guard_report(&report);
    }
}

bool guard_state_holds(const struct obmalloc_state *state) {
    if (state->mode == OBMALLOC_UNLATCHED) {
        return state->seal == 0;
    }
    bool pools_should_serve = state->flag == 1 && !state->arena_refused;
    bool is_hidden = state->mode == OBMALLOC_NOTED && ledger_call;
    return state->seal == obmalloc_seal_of(state) &&
           (is_hidden ||
            state->mode == (pools_should_serve ? OBMALLOC_POOLS_SERVE : OBMALLOC_LIBC_SERVES));
}

bool guard_is_lost(const char *entry_point, const void *pointer, const void *caller) {
    obmalloc_lock_state before = obmalloc_lock();
    bool holds = guard_state_holds(&obmalloc_state);
    obmalloc_unlock(before);
    if (holds) {
        return false;
    }
    struct obmalloc_misuse report = {
        .kind = OBMALLOC_MISUSE_CORRUPT,
        .entry_point = entry_point,
        .pointer = pointer,
        .caller = caller,
        .address = &obmalloc_state,
    };
    guard_report(&report);
    return true;
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
