// SPDX-License-Identifier: MIT
/* The pools, with a request made while the heap is really full. */
#define UNIT_POOLS_THEMSELVES
#include "oom/unit_pools.h"

#include "oom/plan.h"
#include "oom/units.h"

struct pools_heap *units_heap;
int32_t units_live_blocks;

/* ---- a heap that is full --------------------------------------------------------------------- */

struct hoarded {
    struct hoarded *next;
};

static struct hoarded *hoard_all(struct pools_heap *heap) {
    struct hoarded *hoard = NULL;
    for (size_t bytes = (size_t)1 << 16; bytes >= sizeof(struct hoarded); bytes /= 2) {
        struct hoarded *block;
        while ((block = pools_malloc(heap, bytes)) != NULL) {
            block->next = hoard;
            hoard = block;
        }
    }
    return hoard;
}

static void give_hoard(struct pools_heap *heap, struct hoarded *hoard) {
    while (hoard != NULL) {
        struct hoarded *next = hoard->next;
        (void)pools_free(heap, hoard);
        hoard = next;
    }
}

/* ---- requests -------------------------------------------------------------------------------- */

typedef void *request(struct pools_heap *heap, void *block, size_t request_bytes, size_t alignment);

/* A number for what a live block holds, and its length. */
static uint32_t contents_of(struct pools_heap *heap, const void *block) {
    size_t bytes = 0;
    uint32_t hash = pools_block_bytes(heap, block, &bytes) == POOLS_OK;
    for (size_t i = 0; i < bytes; i++) {
        hash = hash * 31u + ((const unsigned char *)block)[i];
    }
    return hash + (uint32_t)bytes;
}

/* A case may have damaged the heap on purpose, or resize what is no block: memory that the hoard would then have. */
static bool is_as_it_should_be(struct pools_heap *heap, const void *block) {
    struct pools_finding finding;
    size_t bytes;
    return pools_check(heap, &finding) == POOLS_OK &&
           (block == NULL || pools_block_bytes(heap, block, &bytes) == POOLS_OK);
}

/* The request that the plan wants is made while the heap is full, and the case ends there if it is refused. */
static void *planned(request *call, struct pools_heap *heap, void *block, size_t request_bytes,
                     size_t alignment) {
    units_heap = heap;
    if (plan_next(PLAN_FIRMWARE) == PLAN_SERVE || !is_as_it_should_be(heap, block)) {
        return call(heap, block, request_bytes, alignment);
    }
    struct hoarded *hoard = hoard_all(heap);
    uint32_t contents = block != NULL ? contents_of(heap, block) : 0;
    void *result = call(heap, block, request_bytes, alignment);
    bool kept = result != NULL || block == NULL || contents_of(heap, block) == contents;
    give_hoard(heap, hoard);
    if (result == NULL) {
        units_refused(kept);
    }
    return result;
}

/* A block that is resized stays one. */
static void *counted(void *old_block, void *block) {
    units_live_blocks += old_block == NULL && block != NULL;
    return block;
}

static void *call_malloc(struct pools_heap *heap, void *block, size_t bytes, size_t alignment) {
    (void)block, (void)alignment;
    return pools_malloc(heap, bytes);
}

static void *call_memalign(struct pools_heap *heap, void *block, size_t bytes, size_t alignment) {
    (void)block;
    return pools_memalign(heap, alignment, bytes);
}

static void *call_realloc(struct pools_heap *heap, void *block, size_t bytes, size_t alignment) {
    (void)alignment;
    return pools_realloc(heap, block, bytes);
}

static void *call_resize(struct pools_heap *heap, void *block, size_t bytes, size_t alignment) {
    (void)alignment;
    return pools_resize(heap, block, bytes);
}

static void *call_slide(struct pools_heap *heap, void *block, size_t bytes, size_t alignment) {
    (void)alignment;
    return pools_slide_begin(heap, block, bytes);
}

void *unit_malloc(struct pools_heap *heap, size_t request_bytes) {
    return counted(NULL, planned(call_malloc, heap, NULL, request_bytes, 0));
}

void *unit_memalign(struct pools_heap *heap, size_t alignment_bytes, size_t request_bytes) {
    return counted(NULL, planned(call_memalign, heap, NULL, request_bytes, alignment_bytes));
}

void *unit_realloc(struct pools_heap *heap, void *block, size_t request_bytes) {
    return planned(call_realloc, heap, block, request_bytes, 0);
}

void *unit_resize(struct pools_heap *heap, void *block, size_t request_bytes) {
    return planned(call_resize, heap, block, request_bytes, 0);
}

void *unit_slide_begin(struct pools_heap *heap, void *block, size_t request_bytes) {
    return planned(call_slide, heap, block, request_bytes, 0);
}

/* The fast paths: what they serve is a request; what they do not becomes one in the full path behind. In a full heap nothing
 * waits that a fast path could hand out. */
void *unit_malloc_fast(struct pools_heap *heap, size_t request_bytes) {
    units_heap = heap;
    if (plan_hits_next(PLAN_FIRMWARE)) {
        return unit_malloc(heap, request_bytes);
    }
    void *block = pools_malloc_fast(heap, request_bytes);
    if (block != NULL) {
        (void)plan_next(PLAN_FIRMWARE);
    }
    return counted(NULL, block);
}

void *unit_realloc_fast(struct pools_heap *heap, void *block, size_t request_bytes) {
    units_heap = heap;
    void *resized = pools_realloc_fast(heap, block, request_bytes);
    if (resized != NULL) {
        (void)plan_next(PLAN_FIRMWARE);
    }
    return resized;
}

/* ---- the rest -------------------------------------------------------------------------------- */

enum pools_status unit_open(struct pools_heap *heap, void *start, void *end) {
    units_heap = heap;
    units_live_blocks = 0;
    return pools_open(heap, start, end);
}

enum pools_status unit_free(struct pools_heap *heap, void *block) {
    enum pools_status status = pools_free(heap, block);
    units_live_blocks -= status == POOLS_OK;
    return status;
}

bool unit_free_fast(struct pools_heap *heap, void *block) {
    bool freed = pools_free_fast(heap, block);
    units_live_blocks -= freed;
    return freed;
}
