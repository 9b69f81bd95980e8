// SPDX-License-Identifier: MIT
#include "ledger.h"

#include "layout.h"
#include "lock.h"
#include "obmalloc_ledger.h"
#include "route.h"

/* Calls it or not: whether the program says itself that main begins. */
#pragma weak obmalloc_main_begins

static struct obmalloc_ledger ledger;

/* What the heap's words are that hiding changes. */
static struct {
    uint32_t base, fast_free_granules, untouched, end;
#ifdef POOLS_LINKS_ENCODED
    uint32_t near_seal, far_seal;
#endif
    uint16_t call_count;
    uint8_t mode;
} hidden;

static const struct {
    struct layout_head head;
    const void *base, *fast_free_granules, *untouched, *end, *mode;
} ledger_record LAYOUT_RECORD = {
    .head = LAYOUT_HEAD(LAYOUT_LEDGER, 1, ledger_record),
    .base = &hidden.base,
    .fast_free_granules = &hidden.fast_free_granules,
    .untouched = &hidden.untouched,
    .end = &hidden.end,
    .mode = &hidden.mode,
};

_Static_assert(sizeof(struct obmalloc_ledger_entry) == 12 &&
                   sizeof ledger + sizeof hidden <= OBMALLOC_LEDGER_BYTES_MAX,
               "obmalloc_ledger.h says how much RAM it takes");

bool ledger_show(void) {
    struct pools_heap *heap = &obmalloc_heap;
    if (obmalloc_state.mode != OBMALLOC_NOTED) {
        return false;
    }
    heap->base = hidden.base;
    heap->fast_free_granules = hidden.fast_free_granules;
    heap->untouched = hidden.untouched;
    heap->end = hidden.end;
#ifdef POOLS_LINKS_ENCODED
    heap->near_seal = hidden.near_seal;
    heap->far_seal = hidden.far_seal;
#endif
    obmalloc_state.mode = hidden.mode;
    return true;
}

/* With all pools empty: a ready block would be served without a look at who is open. */
void ledger_hide(void) {
    struct pools_heap *heap = &obmalloc_heap;
    pools_reclaim(heap);
    hidden.base = heap->base;
    hidden.fast_free_granules = heap->fast_free_granules;
    hidden.untouched = heap->untouched;
    hidden.end = heap->end;
    hidden.mode = obmalloc_state.mode;
    heap->base = OBMALLOC_BASE_UNLATCHED;
    heap->fast_free_granules = 0;
    heap->untouched = OBMALLOC_BASE_UNLATCHED;
    heap->end = OBMALLOC_BASE_UNLATCHED;
#ifdef POOLS_LINKS_ENCODED
    hidden.near_seal = heap->near_seal;
    hidden.far_seal = heap->far_seal;
    seal_set(heap);
#endif
    obmalloc_state.mode = OBMALLOC_NOTED;
}

void ledger_latched(void) {
    if (!ledger.has_ended) {
        ledger_hide();
    }
}

static enum obmalloc_ledger_allocator allocator_of(const void *block) {
    return pools_owns(&obmalloc_heap, block) ? OBMALLOC_LEDGER_POOLS : OBMALLOC_LEDGER_LIBC;
}

/* The entry of caller and allocator, or a new one, or the least that there is. */
static struct obmalloc_ledger_entry *entry_for(const void *caller,
                                               enum obmalloc_ledger_allocator allocator) {
    struct obmalloc_ledger_entry *least = ledger.entries;
    for (uint32_t i = 0; i < ledger.entry_count; i++) {
        struct obmalloc_ledger_entry *entry = &ledger.entries[i];
        if (entry->caller == caller && entry->allocator == allocator) {
            return entry;
        }
        if (entry->bytes < least->bytes) {
            least = entry;
        }
    }
    return ledger.entry_count < OBMALLOC_LEDGER_ENTRY_COUNT ? &ledger.entries[ledger.entry_count++]
                                                            : least;
}

static void note(const void *caller, const void *block, uint32_t bytes) {
    enum obmalloc_ledger_allocator allocator = block ? allocator_of(block) : OBMALLOC_LEDGER_NOBODY;
    struct obmalloc_ledger_entry *entry = entry_for(caller, allocator);
    if (block) {
        ledger.block_count++;
        ledger.bytes += bytes;
    }
    if (entry->count != 0 && (entry->caller != caller || entry->allocator != allocator)) {
        if (entry->bytes >= bytes) {
            return; /* no room for a caller of so little */
        }
        entry->count = 0;
        entry->bytes = 0;
    }
    entry->caller = caller;
    entry->allocator = (uint8_t)allocator;
    entry->count++;
    entry->bytes += bytes;
}

/* Returns what the function of route.h returns; stores the bytes asked for. */
static uintptr_t call(enum ledger_kind kind, uintptr_t first, uintptr_t second, const void *caller,
                      size_t *bytes) {
    *bytes = first;
    switch (kind) {
    case LEDGER_MALLOC:
        return (uintptr_t)route_malloc(first, caller);
    case LEDGER_CALLOC:
        *bytes = first * second;
        return (uintptr_t)route_calloc(first, second, caller);
    case LEDGER_REALLOC:
        *bytes = second;
        return (uintptr_t)route_realloc((void *)first, second, caller);
    case LEDGER_MEMALIGN:
        *bytes = second;
        return (uintptr_t)route_memalign(first, second, caller);
    case LEDGER_ALIGNED_ALLOC:
        *bytes = second;
        return (uintptr_t)route_aligned_alloc(first, second, caller);
#if ENTRY_LIBC_IS_REENTRANT
    case LEDGER_VALLOC:
        return (uintptr_t)route_valloc(first, caller);
    case LEDGER_PVALLOC:
        return (uintptr_t)route_pvalloc(first, caller);
#endif
    case LEDGER_USABLE_SIZE:
        return route_usable_bytes((void *)first, caller);
    default: /* LEDGER_FREE */
        break;
    }
    route_free((void *)first, caller);
    return 0;
}

uintptr_t ledger_call(enum ledger_kind kind, uintptr_t first, uintptr_t second,
                      const void *caller) {
    obmalloc_lock_state before = obmalloc_lock();
    if (!ledger_show()) {
        obmalloc_latch();
    }
    size_t bytes;
    uintptr_t result = call(kind, first, second, caller, &bytes);
    if (!ledger.has_ended) {
        bool frees = kind == LEDGER_FREE || (kind == LEDGER_REALLOC && result != 0);
        ledger.freed_count += frees && first != 0;
        if (kind != LEDGER_FREE && kind != LEDGER_USABLE_SIZE) {
            note(caller, (const void *)result, (uint32_t)bytes);
        }
        ledger_hide();
        if (++hidden.call_count == OBMALLOC_LEDGER_CALLS_MAX) {
            ledger_end();
            ledger.is_complete = false;
        }
    }
    obmalloc_unlock(before);
    return result;
}

void ledger_end(void) {
    obmalloc_lock_state before = obmalloc_lock();
    if (!ledger.has_ended) {
        ledger.has_ended = true;
        ledger.is_complete = true;
        if (ledger_show()) {
            obmalloc_settle(obmalloc_state.heaps_exist);
        }
    }
    obmalloc_unlock(before);
}

__attribute__((constructor)) static void last_constructor(void) {
    if (!obmalloc_main_begins) {
        ledger_end();
    }
}

const struct obmalloc_ledger *obmalloc_ledger(void) {
    return &ledger;
}
