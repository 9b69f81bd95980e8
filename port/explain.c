// SPDX-License-Identifier: MIT
#include "explain.h"

#include "guard/guard.h"
#include "ledger.h"
#include "lock.h"
#include "state.h"
#include "walk.h"

static const char *const sentences[] = {
    [OBMALLOC_PLACE_OUTSIDE] = "no dynamic memory",
    [OBMALLOC_PLACE_LIVE] = "a live block",
    [OBMALLOC_PLACE_GUARD] = "beside a live block",
    [OBMALLOC_PLACE_FREED] = "memory that was freed",
    [OBMALLOC_PLACE_UNTOUCHED] = "memory that no block holds",
    [OBMALLOC_PLACE_STATE] = "the allocator's own memory",
    [OBMALLOC_PLACE_LIBC] = "the C library's heap",
};

static const void *pointer_to(uint32_t address) {
    return (const void *)(uintptr_t)address;
}

/* The chunk in which the address lies, behind base and below untouched. 0 bytes = the arena is damaged. */
static struct walk_step chunk_at(const struct pools_heap *heap, uint32_t address, uint32_t *chunk) {
    *chunk = walk_first(heap);
    for (;;) {
        struct walk_step step = walk_at(heap, *chunk);
        if (step.bytes == 0 || address - *chunk < step.bytes) {
            return step;
        }
        *chunk += step.bytes;
    }
}

static void explain_chunk(const struct pools_heap *heap, uint32_t address,
                          struct obmalloc_explanation *out) {
    uint32_t chunk;
    struct walk_step step = chunk_at(heap, address, &chunk);
    out->place = OBMALLOC_PLACE_FREED;
    if (step.bytes == 0) {
        return;
    }
    uint32_t block = chunk + (step.kind == WALK_LARGE ? POOLS_LARGE_HEADER_BYTES : 0);
    out->block = pointer_to(block);
    out->block_bytes = step.bytes - (block - chunk);
    out->freed_by = pools_freed_by(heap, out->block);
    if (step.kind == WALK_FREE || identity_of(heap, out->block).status != POOLS_OK) {
        return;
    }
    out->place = address < block ? OBMALLOC_PLACE_GUARD : OBMALLOC_PLACE_LIVE;
    out->freed_by = NULL;
#ifdef OBMALLOC_GUARDED
    guard_explain(out->address, out->block, out);
#endif
}

static void explain_arena(const struct pools_heap *heap, uint32_t address,
                          struct obmalloc_explanation *out) {
    if (address < heap->base + POOLS_ALIGNMENT_BYTES) {
        out->place = OBMALLOC_PLACE_STATE;
    } else if (address >= heap->untouched) {
        out->place = OBMALLOC_PLACE_UNTOUCHED;
        out->freed_by = pools_freed_by(heap, out->address);
    } else {
        explain_chunk(heap, address, out);
    }
}

void obmalloc_explain_address(const void *address, struct obmalloc_explanation *out) {
    const struct obmalloc_state *state = &obmalloc_state;
    *out = (struct obmalloc_explanation){.place = OBMALLOC_PLACE_OUTSIDE, .address = address};
    obmalloc_lock_state before = obmalloc_lock();
    bool was_hidden = ledger_look(state);
    bool arena_serves = state->mode == OBMALLOC_POOLS_SERVE;
    if (arena_serves && (uintptr_t)address >= obmalloc_heap.start &&
        (uintptr_t)address < obmalloc_heap.end) {
        explain_arena(&obmalloc_heap, (uint32_t)(uintptr_t)address, out);
    } else if ((uintptr_t)address >= (uintptr_t)state->region.start &&
               (uintptr_t)address < (uintptr_t)state->region.end) {
        bool is_state = arena_serves && state->whole_region_is_arena;
        out->place = is_state ? OBMALLOC_PLACE_STATE : OBMALLOC_PLACE_LIBC;
    }
    ledger_look_ended(was_hidden);
    obmalloc_unlock(before);
    out->sentence = sentences[out->place];
}
