// SPDX-License-Identifier: MIT
/* pools/ as a port uses it: the fast path first, then the full function; several heaps of all lengths. */
#include "play.h"

#include <string.h>

#include "bulk.h"
#include "pools.h"

/* More than free looks at of a pool. */
enum { FREED_COUNT = 32 };

struct played_heap {
    struct pools_heap pools;
    char *start; /* as given to pools_open */
    size_t bytes;
    void *freed[FREED_COUNT]; /* where blocks were */
    uint32_t freed_next;
};

static struct played_heap heaps[PLAY_HEAP_COUNT];
static struct model model;

static bool is_open(const struct played_heap *heap) {
    return heap_is_open(&heap->pools);
}

/* Over a part of the memory that ends where the memory ends, at a multiple of 8 or not. */
static void open_heap(struct source *source, struct played_heap *heap,
                      const struct play_memory *memory) {
    uint32_t cut = source_byte(source) & 7u;
    uint32_t kibibytes = (uint32_t)(memory->bytes / 1024u);
    uint32_t bytes = 1016u + source_below(source, 16) + 1024u * source_below(source, kibibytes);
    bytes = bytes < memory->bytes ? bytes : (uint32_t)memory->bytes;
    heap->bytes = bytes - cut;
    heap->start = memory->start + memory->bytes - bytes;
    memset(heap->start, 0xA5, heap->bytes);
    memset(heap->freed, 0, sizeof heap->freed);
    enum pools_status status = pools_open(&heap->pools, heap->start, heap->start + heap->bytes);
    uintptr_t low = ((uintptr_t)heap->start + 7u) & ~(uintptr_t)7u;
    uintptr_t high = ((uintptr_t)heap->start + heap->bytes) & ~(uintptr_t)7u;
    bool is_long = high >= low + POOLS_REGION_BYTES_MIN;
    play_expect(status == (is_long ? POOLS_OK : POOLS_REGION_TOO_SMALL),
                "pools_open takes a region that is too short, or refuses one that is not");
    play_expect(is_open(heap) == is_long, "a heap is open, or closed, as it must not be");
}

static size_t untouched_bytes(const struct played_heap *heap) {
    return heap->pools.end - heap->pools.untouched;
}

static void *take(struct played_heap *heap, size_t request_bytes) {
    void *block = is_open(heap) ? pools_malloc_fast(&heap->pools, request_bytes) : NULL;
    return block != NULL ? block : pools_malloc(&heap->pools, request_bytes);
}

static size_t usable(const struct played_heap *heap, const void *block) {
    size_t bytes = 0;
    play_expect(pools_block_bytes(&heap->pools, block, &bytes) == POOLS_OK &&
                    pools_owns(&heap->pools, block),
                "a live block is none of its heap");
    return bytes;
}

/* The sums close, and are the model's. */
static void audit(const struct played_heap *heap) {
    struct pools_finding finding;
    struct pools_statistics now;
    pools_statistics(&heap->pools, &now);
    struct model_sums sums = model_sums(&model, (uint32_t)(heap - heaps));
    if (pools_check(&heap->pools, &finding) != POOLS_OK && is_open(heap)) {
        play_fail(finding.sentence);
    }
    play_expect(now.small_used_blocks + now.large_used_blocks == sums.blocks,
                "the statistics count other blocks than are live");
    play_expect(now.small_used_bytes + now.large_used_bytes == sums.usable_bytes,
                "the statistics count other bytes than are live");
    play_expect(now.map_bytes + now.small_used_bytes + now.large_used_bytes +
                        now.large_header_bytes + now.pool_ready_bytes + now.free_bytes ==
                    now.region_bytes,
                "the statistics do not add up to the region");
    play_expect(now.high_water_bytes >= now.map_bytes + sums.usable_bytes,
                "more is live than was ever handed out");
}

static void allocate(struct source *source, uint32_t slot, bool is_aligned) {
    uint32_t index = source_below(source, PLAY_HEAP_COUNT);
    struct played_heap *heap = &heaps[index];
    size_t request_bytes = play_request(source, heap->bytes);
    size_t alignment_bytes = is_aligned ? (size_t)1 << source_below(source, 13) : 8u;
    void *block = NULL;
    for (unsigned tries = 0; tries < 2 && block == NULL; tries++) {
        if (tries != 0) {
            pools_reclaim(&heap->pools); /* as a firmware's malloc before it says no */
        }
        block = is_aligned ? pools_memalign(&heap->pools, alignment_bytes, request_bytes)
                           : take(heap, request_bytes);
    }
    if (block != NULL) {
        model_hold(&model, slot, index, block, request_bytes, usable(heap, block),
                   alignment_bytes > 8u ? alignment_bytes : 8u);
    } else {
        play_expect(!is_open(heap) || untouched_bytes(heap) < request_bytes +
                                                                  POOLS_LARGE_HEADER_BYTES + 16u +
                                                                  2u * alignment_bytes,
                    "a request fails that the untouched part would hold");
    }
}

static void release(uint32_t slot) {
    struct played_heap *heap = &heaps[model.blocks[slot].heap];
    void *block = model_release(&model, slot);
    play_expect(pools_free_fast(&heap->pools, block) || pools_free(&heap->pools, block) == POOLS_OK,
                "a live block is refused by free");
    heap->freed[heap->freed_next++ % FREED_COUNT] = block;
}

/* In steps, as a port does that releases its lock in between. NULL where neither has room. */
static void *resize_in_steps(struct played_heap *heap, const struct model_block *held,
                             size_t request_bytes) {
    void *result = pools_resize(&heap->pools, held->block, request_bytes);
    if (result == NULL) {
        result = pools_slide_begin(&heap->pools, held->block, request_bytes);
        if (result != NULL) {
            bulk_copy(result, held->block, (held->usable_bytes + 7u) & ~7u);
            pools_cut(&heap->pools, result, request_bytes);
            play_expect(usable(heap, result) < request_bytes + 8u + POOLS_CHUNK_BYTES_MIN,
                        "a block that was slid keeps what is too much");
        }
    } else {
        play_expect(result == held->block, "pools_resize has moved a block");
    }
    return result;
}

static void resize(struct source *source, uint32_t slot, bool in_steps) {
    struct model_block held = model.blocks[slot];
    struct played_heap *heap = &heaps[held.heap];
    size_t request_bytes = play_request(source, heap->bytes);
    void *result;
    model_check(&model, slot, held.usable_bytes);
    if (in_steps) {
        result = resize_in_steps(heap, &held, request_bytes);
    } else {
        result = pools_realloc_fast(&heap->pools, held.block, request_bytes);
        if (result == NULL) {
            result = pools_realloc(&heap->pools, held.block, request_bytes);
        }
    }
    if (result != NULL) {
        model_resize(&model, slot, result, request_bytes, usable(heap, result));
        if (result != held.block) {
            heap->freed[heap->freed_next++ % FREED_COUNT] = held.block;
        }
        return;
    }
    play_expect(in_steps || request_bytes > held.usable_bytes, "a block cannot be shrunk");
    play_expect(usable(heap, held.block) == held.usable_bytes,
                "a resize that failed has changed the block's length");
    model_check(&model, slot, held.usable_bytes);
}

/* A program may write what ready blocks say of themselves: the block is freed all the same, unless it would
 * have to be looked for in a long pool. */
static void free_with_key(uint32_t slot) {
    struct model_block held = model.blocks[slot];
    struct played_heap *heap = &heaps[held.heap];
    model_check(&model, slot, held.usable_bytes);
    ((uint32_t *)(void *)held.block)[1] = pools_key(&heap->pools);
    uint32_t waiting = 0;
    if (held.usable_bytes <= POOLS_POOLED_BYTES_MAX) {
        uint32_t ready = heap->pools.pools[held.usable_bytes / POOLS_ALIGNMENT_BYTES];
        while (*word_at(ready) != 0) {
            waiting++;
            ready = *word_at(ready);
        }
    }
    enum pools_status status = pools_free(&heap->pools, held.block);
    if (status == POOLS_OK) {
        model.blocks[slot].block = NULL;
        heap->freed[heap->freed_next++ % FREED_COUNT] = held.block;
        return;
    }
    play_expect(status == POOLS_DOUBLE_FREE && waiting >= POOLS_KEY_LOOKS,
                "a block that holds the key is refused though its pool is short");
    model_refill(&model, slot);
}

static uint32_t state_hash(const struct played_heap *heap) {
    return play_hash(play_hash(1, &heap->pools, sizeof heap->pools),
                     (char *)(((uintptr_t)heap->start + 7u) & ~(uintptr_t)7u),
                     (heap->bytes & ~(size_t)7u) - 8u);
}

/* An address that is no live block of the heap. */
static void *wrong_address(struct source *source, struct played_heap *heap) {
    static char outside[16];
    const struct model_block *held = &model.blocks[source_below(source, MODEL_BLOCK_COUNT)];
    uint32_t kind = source_byte(source) & 7u;
    char *address = heap->start + source_below(source, (uint32_t)heap->bytes);
    if (kind == 0) {
        address = heap->freed[source_below(source, FREED_COUNT)];
    } else if (kind == 1 && held->block != NULL) {
        address = (char *)held->block + 1u + source_below(source, held->usable_bytes);
    } else if (kind == 2 && held->block != NULL) {
        address = (char *)held->block + (source_below(source, held->usable_bytes + 8u) & ~7u);
    } else if (kind == 3 && held->block != NULL && &heaps[held->heap] != heap) {
        address = (char *)held->block;
    } else if (kind == 4) {
        address = source_byte(source) & 1u ? outside + 8 : heap->start - 8;
    } else if (kind == 5) {
        address = heap->start + heap->bytes;
    } else if (kind == 6) {
        address = (char *)((uintptr_t)address & ~(uintptr_t)7u);
    }
    bool is_live = model_starts(&model, address) && pools_owns(&heap->pools, address);
    return is_live ? NULL : address;
}

static void misuse(struct source *source) {
    struct played_heap *heap = &heaps[source_below(source, PLAY_HEAP_COUNT)];
    void *address = wrong_address(source, heap);
    size_t request_bytes = play_request(source, heap->bytes);
    uint32_t before = state_hash(heap);
    size_t bytes = 77;
    play_expect(!is_open(heap) || !pools_free_fast(&heap->pools, address),
                "the fast free takes what is no block");
    play_expect(pools_free(&heap->pools, address) != POOLS_OK, "free takes what is no block");
    play_expect(pools_block_bytes(&heap->pools, address, &bytes) != POOLS_OK && bytes == 77,
                "what is no block has a length");
    play_expect(pools_realloc(&heap->pools, address, request_bytes) == NULL &&
                    pools_resize(&heap->pools, address, request_bytes) == NULL &&
                    pools_slide_begin(&heap->pools, address, request_bytes) == NULL,
                "what is no block is resized");
    pools_cut(&heap->pools, address, request_bytes);
    play_expect(state_hash(heap) == before, "a refused call has changed something");
}

static void ask_the_impossible(struct source *source, uint32_t slot) {
    struct played_heap *heap = &heaps[source_below(source, PLAY_HEAP_COUNT)];
    static const size_t alignments[4] = {0, 3, 24, SIZE_MAX};
    size_t huge = SIZE_MAX - source_byte(source) * (SIZE_MAX >> 9);
    size_t alignment = alignments[source_byte(source) & 3u];
    uint32_t before = state_hash(heap);
    play_expect(take(heap, huge) == NULL && pools_memalign(&heap->pools, 64, huge) == NULL &&
                    pools_memalign(&heap->pools, alignment, 64) == NULL &&
                    pools_memalign(&heap->pools, SIZE_MAX / 2u + 1u, 1) == NULL,
                "an impossible request is served");
    const struct model_block *held = &model.blocks[slot];
    if (held->block != NULL && &heaps[held->heap] == heap) {
        play_expect(pools_realloc(&heap->pools, held->block, huge) == NULL &&
                        pools_resize(&heap->pools, held->block, huge) == NULL &&
                        pools_slide_begin(&heap->pools, held->block, huge) == NULL,
                    "a block grows beyond all memory");
    }
    play_expect(state_hash(heap) == before, "an impossible request has changed something");
}

static void keep_house(struct source *source, const struct play_memory *memories) {
    uint32_t index = source_below(source, PLAY_HEAP_COUNT);
    struct played_heap *heap = &heaps[index];
    uint32_t what = source_byte(source);
    if (what < 16) {
        model_forget(&model, index);
        open_heap(source, heap, &memories[index]);
    } else if (what < 64) {
        pools_reclaim(&heap->pools);
        struct pools_statistics now;
        pools_statistics(&heap->pools, &now);
        play_expect(now.pool_ready_blocks == 0, "blocks wait after a reclaim");
    } else if (what < 160) {
        pools_reclaim_some(&heap->pools, what & 7u);
    }
    audit(heap);
}

static void step(struct source *source, const struct play_memory *memories) {
    uint32_t what = source_byte(source) & 63u;
    uint32_t slot = source_below(source, MODEL_BLOCK_COUNT);
    bool is_live = model.blocks[slot].block != NULL;
    if (what == 0) {
        keep_house(source, memories);
    } else if (what == 1) {
        misuse(source);
    } else if (what == 2) {
        ask_the_impossible(source, slot);
    } else if (!is_live) {
        allocate(source, slot, what < 14);
    } else if (what == 3) {
        free_with_key(slot);
    } else if (what < 26) {
        resize(source, slot, what < 10);
    } else {
        release(slot);
    }
}

static void end_heap(struct played_heap *heap) {
    pools_reclaim(&heap->pools);
    audit(heap);
    struct pools_statistics now;
    pools_statistics(&heap->pools, &now);
    play_expect(now.small_used_blocks + now.large_used_blocks + now.pool_ready_blocks == 0 &&
                    now.free_bytes == now.region_bytes - now.map_bytes &&
                    now.free_chunks == (is_open(heap) ? 1u : 0u),
                "something is left when all is freed");
}

uint32_t play_pools(struct source *source, const struct play_memory *memories,
                    uint32_t operation_count_max) {
    memset(&model, 0, sizeof model);
    uint32_t count = 0;
    for (uint32_t i = 0; i < PLAY_HEAP_COUNT; i++) {
        open_heap(source, &heaps[i], &memories[i]);
    }
    for (; count < operation_count_max && !source_is_over(source); count++) {
        step(source, memories);
    }
    for (uint32_t slot = 0; slot < MODEL_BLOCK_COUNT; slot++) {
        if (model.blocks[slot].block != NULL) {
            release(slot);
        }
    }
    for (uint32_t i = 0; i < PLAY_HEAP_COUNT; i++) {
        end_heap(&heaps[i]);
    }
    return count;
}
