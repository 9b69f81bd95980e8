// SPDX-License-Identifier: MIT
/* Looks at all blocks with guards at once. */
#include "explain.h"
#include "guard/block.h"
#include "guard/guard.h"
#include "guard/quarantine.h"
#include "state.h"
#include "walk.h"

static enum pools_status found(struct pools_finding *finding, const void *address,
                               const char *sentence) {
    finding->status = POOLS_CORRUPT;
    finding->address = (uint32_t)(uintptr_t)address;
    finding->sentence = sentence;
    return POOLS_CORRUPT;
}

/* How far a block lies behind its inner one of so many bytes; 0 = its first word cannot be true. */
static uint32_t lead_of(const void *inner, uint32_t bytes) {
    uint32_t lead = *(const uint32_t *)inner;
    bool is_possible = lead >= GUARD_LEAD_BYTES && (lead & (lead - 1u)) == 0 &&
                       lead <= bytes - GUARD_TAIL_BYTES_MIN;
    return is_possible ? lead : 0;
}

static enum pools_status check_inner(const void *inner, uint32_t bytes,
                                     struct pools_finding *finding) {
    uint32_t lead = lead_of(inner, bytes);
    const char *block = (const char *)inner + lead;
    if (lead == 0) {
        return found(finding, inner, "what is before a block has been written to");
    }
    if (guard_is(block, GUARD_BUSY)) {
        return POOLS_OK;
    }
    uint32_t request_bytes = guard_header_of(block)->request_bytes;
    if (guard_is(block, GUARD_LIVE)) {
        const void *damage = guard_tail_damage(block);
        return damage ? found(finding, damage, "what is behind a block has been written to")
                      : POOLS_OK;
    }
    if (guard_is(block, GUARD_FREED)) {
        const void *damage =
            guard_fill_damage(block, guard_extent_bytes(request_bytes), GUARD_DEAD);
        return damage ? found(finding, damage, "a freed block has been written to") : POOLS_OK;
    }
    return found(finding, inner, "what is before a block has been written to");
}

enum pools_status guard_check(struct pools_finding *finding) {
    const struct pools_heap *heap = &obmalloc_heap;
    uint32_t chunk = walk_first(heap);
    while (chunk != heap->untouched) {
        struct walk_step step = walk_at(heap, chunk);
        if (step.bytes == 0) {
            return found(finding, word_at(chunk), "a chunk's size is impossible");
        }
        uint32_t inner = chunk + (step.kind == WALK_LARGE ? POOLS_LARGE_HEADER_BYTES : 0);
        struct identity it = {.status = POOLS_DOUBLE_FREE};
        if (step.kind != WALK_FREE) {
            it = identity_of(heap, word_at(inner));
        }
        if (it.status == POOLS_OK &&
            check_inner(word_at(inner), it.block_bytes, finding) != POOLS_OK) {
            return finding->status;
        }
        chunk += step.bytes;
    }
    return POOLS_OK;
}

void guard_statistics(struct pools_statistics *arena) {
    void *block;
    for (uint32_t i = 0; (block = quarantine_at(i)) != NULL; i++) {
        if (!guard_is(block, GUARD_FREED)) {
            continue;
        }
        struct identity it = identity_of(&obmalloc_heap, guard_inner_of(block));
        if (it.status != POOLS_OK) {
            continue;
        }
        if (it.block_bytes != it.bytes) {
            arena->large_used_blocks--;
            arena->large_used_bytes -= it.block_bytes;
        } else {
            arena->small_used_blocks--;
            arena->small_used_bytes -= it.block_bytes;
        }
        arena->pool_ready_blocks++;
        arena->pool_ready_bytes += it.block_bytes;
    }
}

void guard_explain(const void *address, const void *inner, struct obmalloc_explanation *out) {
    uint32_t lead = lead_of(inner, (uint32_t)out->block_bytes);
    const char *block = (const char *)inner + lead;
    bool is_live = lead != 0 && guard_is(block, GUARD_LIVE);
    if (lead == 0 || (!is_live && !guard_is(block, GUARD_FREED) && !guard_is(block, GUARD_BUSY))) {
        return;
    }
    const struct guard_header *header = guard_header_of(block);
    out->block = block;
    out->block_bytes = header->request_bytes;
    out->place = is_live ? OBMALLOC_PLACE_LIVE : OBMALLOC_PLACE_FREED;
    if (is_live) {
        out->allocated_by = header->caller;
        bool is_inside = (uintptr_t)address - (uintptr_t)block < header->request_bytes;
        out->place = is_inside ? OBMALLOC_PLACE_LIVE : OBMALLOC_PLACE_GUARD;
    } else {
        out->freed_by = header->caller;
    }
}
