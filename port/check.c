// SPDX-License-Identifier: MIT
/* Whether what the port knows, and the arena, is what the allocator has made of it. */
#include "guard/guard.h"
#include "heaps.h"
#include "ledger.h"
#include "lock.h"
#include "state.h"
#include "watch/watch.h"

static enum pools_status found(struct pools_finding *finding, const void *address,
                               const char *sentence) {
    *finding = (struct pools_finding){
        .status = POOLS_CORRUPT, .address = (uint32_t)(uintptr_t)address, .sentence = sentence};
    return POOLS_CORRUPT;
}

/* The address up to which sbrk may give. */
static const char *break_limit(const struct obmalloc_state *state) {
    return state->mode == OBMALLOC_POOLS_SERVE ? state->arena_start : state->region.end;
}

/* As ledger_look(), but not where there is no ledger to look behind: the mode is damaged then. */
static bool look(void) {
    return ledger_show && ledger_look(&obmalloc_state);
}

/* The words of state.h, and the arena where it is closed. Cost: constant. */
static enum pools_status check_state(struct pools_finding *finding) {
    const struct obmalloc_state *state = &obmalloc_state;
    if (state->mode == OBMALLOC_UNLATCHED) {
        return obmalloc_heap_is_closed(OBMALLOC_BASE_UNLATCHED) && state->seal == 0
                   ? POOLS_OK
                   : found(finding, &obmalloc_heap,
                           "the arena, not opened yet, has been written to");
    }
    if (state->seal != obmalloc_seal_of(state)) {
        return found(finding, state, "what was settled at boot has been written to");
    }
    bool pools_should_serve = state->flag == 1 && !state->arena_refused;
    if (state->mode != (pools_should_serve ? OBMALLOC_POOLS_SERVE : OBMALLOC_LIBC_SERVES)) {
        return found(finding, &state->mode, "who serves is not what the flag says");
    }
    if (!pools_should_serve &&
        !obmalloc_heap_is_closed(state->heaps_exist ? OBMALLOC_BASE_UNLATCHED
                                                    : OBMALLOC_BASE_LIBC_SERVES)) {
        return found(finding, &obmalloc_heap, "the arena, which is closed, has been written to");
    }
    if (state->heap_break_high_water < state->heap_break ||
        state->heap_break_high_water > break_limit(state)) {
        return found(finding, &state->heap_break_high_water,
                     "the C library's heap cannot have been that long");
    }
    const void *heap_fault = heaps_fault && state->heaps_exist ? heaps_fault() : NULL;
    return heap_fault ? found(finding, heap_fault, "the list of heaps has been written to")
                      : POOLS_OK;
}

enum pools_status obmalloc_check(struct pools_finding *finding) {
    *finding = (struct pools_finding){.status = POOLS_OK, .sentence = ""};
    obmalloc_lock_state before = obmalloc_lock();
    bool was_hidden = look();
    if (check_state(finding) == POOLS_OK) {
        if (obmalloc_state.mode == OBMALLOC_POOLS_SERVE) {
            (void)pools_check(&obmalloc_heap, finding);
#ifdef OBMALLOC_GUARDED
            if (finding->status == POOLS_OK) {
                (void)guard_check(finding);
            }
#endif
        } else {
            finding->sentence = "the arena is not open";
        }
    }
    ledger_look_ended(was_hidden);
    obmalloc_unlock(before);
    if (finding->status != POOLS_OK) {
        watch_found(finding);
    }
    return finding->status;
}

bool obmalloc_check_some(struct pools_cursor *cursor, uint32_t step_count_max,
                         struct pools_finding *finding) {
    *finding = (struct pools_finding){.status = POOLS_OK, .sentence = ""};
    bool more = false;
    obmalloc_lock_state before = obmalloc_lock();
    bool was_hidden = look();
    if (check_state(finding) == POOLS_OK && obmalloc_state.mode == OBMALLOC_POOLS_SERVE) {
        more = pools_check_some(&obmalloc_heap, cursor, step_count_max, finding);
    } else {
        *cursor = (struct pools_cursor){0};
    }
    ledger_look_ended(was_hidden);
    obmalloc_unlock(before);
    if (finding->status != POOLS_OK) {
        watch_found(finding);
    }
    return more;
}
