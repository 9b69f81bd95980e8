// SPDX-License-Identifier: MIT
#include "play.h"

#include <malloc.h>
#include <stdlib.h>

#include "bulk.h"
#include "harness/board_text.h"
#include "replay/meter.h"
#include "state.h"

enum { SMALL_BYTES_MAX = 512, REGION_END_BYTES = 4096 };

const char *const play_kind_names[KIND_COUNT] = {
    [KIND_MALLOC_SMALL] = "malloc_small",
    [KIND_FREE_SMALL] = "free_small",
    [KIND_MALLOC_LARGE] = "malloc_large",
    [KIND_FREE_LARGE] = "free_large",
    [KIND_CALLOC] = "calloc",
    [KIND_REALLOC] = "realloc",
    [KIND_MEMALIGN] = "memalign",
    [KIND_RECLAIM] = "reclaim",
};

static struct obmalloc_region dynamic_region;
static char *region_start, *region_end;

static struct {
    void *block; /* NULL = empty */
    uint32_t size_bytes;
} slots[PLAY_SLOT_COUNT];

static bool is_printing;

/* The linker puts it in the place of pools_reclaim (--wrap), so that its calls can be counted. */
static uint32_t reclaim_count;
void __real_pools_reclaim(struct pools_heap *heap);
void __wrap_pools_reclaim(struct pools_heap *heap);
void __wrap_pools_reclaim(struct pools_heap *heap) {
    reclaim_count++;
    __real_pools_reclaim(heap);
}

/* The whole region is the arena; it is replaced by parts of itself. */
void obmalloc_boot_region(struct obmalloc_region *region) {
    region->arena_bytes = 0;
    dynamic_region = *region;
}

bool play_prepare(uint32_t region_bytes) {
    free(malloc(1)); /* latched before, not in a call that is counted */
    uintptr_t start = (uintptr_t)dynamic_region.start;
    uintptr_t end = (uintptr_t)dynamic_region.end & ~(uintptr_t)(REGION_END_BYTES - 1);
    if (end < start || region_bytes > end - start || region_bytes % POOLS_ALIGNMENT_BYTES != 0) {
        return false;
    }
    region_end = (char *)end;
    region_start = region_end - region_bytes;
    return pools_open(&obmalloc_heap, region_start, region_end) == POOLS_OK;
}

static void account(struct play *play, enum play_kind kind, uint32_t instructions) {
    if (instructions > play->worst[kind]) {
        play->worst[kind] = instructions;
    }
}

/* Makes a call and accounts for it. Returns what it returned. */
static void *call(struct play *play, enum play_kind kind, meter_function *function, uintptr_t first,
                  uintptr_t second) {
    uint32_t reclaims_before = reclaim_count;
    uintptr_t result;
    uint32_t instructions = meter_count(function, first, second, &result);
    account(play, reclaim_count == reclaims_before ? kind : KIND_RECLAIM, instructions);
    play->call_count++;
    return (void *)result;
}

/* To the last byte, as the replay: what a freed block once said there would be found again in a new
 * one. */
static void write_contents(uint8_t *block, uint32_t size_bytes) {
    uint32_t whole_bytes = size_bytes & ~(uint32_t)(POOLS_ALIGNMENT_BYTES - 1);
    bulk_clear(block, whole_bytes);
    for (uint32_t i = whole_bytes; i < size_bytes; i++) {
        block[i] = 0;
    }
}

static void hold(uint32_t slot, void *block, uint32_t size_bytes) {
    slots[slot].block = block;
    slots[slot].size_bytes = size_bytes;
    if (block != NULL) {
        write_contents(block, size_bytes);
    } else if (is_printing) {
        /* The replay finds the slot empty and skips this; a trace must have it. */
        text_print("op f %u\n", (unsigned)slot);
    }
}

static void allocate(struct play *play, enum play_operation operation, uint32_t slot,
                     uint32_t size_bytes, uint32_t alignment_log2) {
    static const char letters[] = {[PLAY_MALLOC] = 'a', [PLAY_CALLOC] = 'z'};
    bool is_small = size_bytes <= SMALL_BYTES_MAX;
    uint32_t alignment_bytes = UINT32_C(1) << alignment_log2;
    if (is_printing && operation == PLAY_ALIGN) {
        text_print("op g %u %u %u\n", (unsigned)slot, (unsigned)alignment_bytes,
                   (unsigned)size_bytes);
    } else if (is_printing) {
        text_print("op %c %u %u\n", letters[operation], (unsigned)slot, (unsigned)size_bytes);
    }
    void *block;
    if (operation == PLAY_ALIGN) {
        block = call(play, KIND_MEMALIGN, METER_FUNCTION(memalign), alignment_bytes, size_bytes);
    } else if (operation == PLAY_CALLOC) {
        block = call(play, KIND_CALLOC, METER_FUNCTION(calloc), 1, size_bytes);
    } else {
        block = call(play, is_small ? KIND_MALLOC_SMALL : KIND_MALLOC_LARGE, METER_FUNCTION(malloc),
                     size_bytes, 0);
    }
    hold(slot, block, size_bytes);
}

static void resize(struct play *play, uint32_t slot, uint32_t size_bytes) {
    if (is_printing) {
        text_print("op r %u %u\n", (unsigned)slot, (unsigned)size_bytes);
    }
    void *block =
        call(play, KIND_REALLOC, METER_FUNCTION(realloc), (uintptr_t)slots[slot].block, size_bytes);
    if (block != NULL) {
        hold(slot, block, size_bytes);
    } else if (is_printing) {
        text_print("kept\n"); /* its free counts by the size that it has */
    }
}

static void release(struct play *play, uint32_t slot) {
    if (is_printing) {
        text_print("op f %u\n", (unsigned)slot);
    }
    bool is_small = slots[slot].size_bytes <= SMALL_BYTES_MAX;
    (void)call(play, is_small ? KIND_FREE_SMALL : KIND_FREE_LARGE, METER_FUNCTION(free),
               (uintptr_t)slots[slot].block, 0);
    slots[slot].block = NULL;
}

void play_do(struct play *play, enum play_operation operation, uint32_t slot, uint32_t size_bytes,
             uint32_t alignment_log2) {
    bool is_empty = slots[slot].block == NULL;
    bool wants_empty = operation != PLAY_FREE && operation != PLAY_RESIZE;
    if (play->call_count == PLAY_OPERATION_COUNT_MAX || is_empty != wants_empty) {
        return;
    }
    if (wants_empty) {
        allocate(play, operation, slot, size_bytes, alignment_log2);
    } else if (operation == PLAY_RESIZE) {
        resize(play, slot, size_bytes == 0 ? 1 : size_bytes);
    } else {
        release(play, slot);
    }
}

void play_start(struct play *play, bool printing) {
    /* As RAM is at reset: what the last sequence left there must not matter. */
    bulk_clear(region_start, (uint32_t)(region_end - region_start));
    pools_open(&obmalloc_heap, region_start, region_end);
    bulk_clear(slots, sizeof slots);
    *play = (struct play){.call_count = 0};
    is_printing = printing;
    /* The first call latches in the replay: it is none to compare. */
    play_do(play, PLAY_MALLOC, 0, 1, 0);
    play_do(play, PLAY_FREE, 0, 0, 0);
    *play = (struct play){.call_count = 0};
}

bool play_is_sound(void) {
    struct pools_finding finding;
    return pools_check(&obmalloc_heap, &finding) == POOLS_OK;
}
