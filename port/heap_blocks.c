// SPDX-License-Identifier: MIT
/* Blocks of a heap beside the main one, and of the main one where it is named as a heap. */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "guard/guard.h"
#include "heaps.h"
#include "lock.h"
#include "misuse.h"
#include "route.h"
#include "serve.h"
#include "watch/watch.h"

uint32_t heaps_other_heap_count;

static bool is_main(const struct obmalloc_heap *heap) {
    return heap == obmalloc_heap_main();
}

static void *failed(int error) {
    errno = error;
    return NULL;
}

/* Blocks that wait are of no use to a request that the whole region could not hold. */
static bool may_fit(const struct obmalloc_heap *heap, size_t request_bytes) {
    return request_bytes < heap->pools.end - heap->pools.base;
}

#ifdef OBMALLOC_LOCK_NONE
static void *served(struct obmalloc_heap *heap, size_t alignment_bytes, size_t request_bytes) {
    void *block = NULL;
    obmalloc_lock_state before = obmalloc_lock();
    bool serves = heaps_exists(heap) && !heap->orphaned;
    if (serves) {
        block = pools_memalign(&heap->pools, alignment_bytes, request_bytes);
        if (!block && may_fit(heap, request_bytes)) {
            pools_reclaim(&heap->pools);
            block = pools_memalign(&heap->pools, alignment_bytes, request_bytes);
        }
        if (block) {
            heap->live_blocks++;
        } else {
            heap->failure_count++;
        }
    }
    obmalloc_unlock(before);
    if (serves) {
        guard_tell_damage(&heap->pools, "obmalloc_heap_malloc", __builtin_return_address(0));
    }
    guard_tell_damage(&obmalloc_heap, "obmalloc_heap_malloc", __builtin_return_address(0));
    return block ? block : failed(serves ? ENOMEM : EINVAL);
}
#else
/* One try. Stores whether the heap serves at all: it may have come to its end since the last one. */
static void *try_to_serve(struct obmalloc_heap *heap, size_t alignment_bytes, size_t request_bytes,
                          bool *serves) {
    void *block = NULL;
    obmalloc_lock_state before = obmalloc_lock();
    *serves = heaps_exists(heap) && !heap->orphaned;
    if (*serves) {
        block = pools_memalign(&heap->pools, alignment_bytes, request_bytes);
        heap->live_blocks += block != NULL;
    }
    obmalloc_unlock(before);
    return block;
}

static void count_failure(struct obmalloc_heap *heap) {
    obmalloc_lock_state before = obmalloc_lock();
    if (heaps_exists(heap)) {
        heap->failure_count++;
    }
    obmalloc_unlock(before);
}

static void *served(struct obmalloc_heap *heap, size_t alignment_bytes, size_t request_bytes) {
    bool serves;
    void *block = try_to_serve(heap, alignment_bytes, request_bytes, &serves);
    if (serves && !block && may_fit(heap, request_bytes)) {
        serve_reclaim(&heap->pools);
        block = try_to_serve(heap, alignment_bytes, request_bytes, &serves);
    }
    if (serves && !block) {
        count_failure(heap);
    }
    if (serves) {
        guard_tell_damage(&heap->pools, "obmalloc_heap_malloc", __builtin_return_address(0));
    }
    guard_tell_damage(&obmalloc_heap, "obmalloc_heap_malloc", __builtin_return_address(0));
    return block ? block : failed(serves ? ENOMEM : EINVAL);
}
#endif

/* served(), and whoever watches is told for whom. */
#ifdef OBMALLOC_WATCHED
#define served_to_caller(heap, kind, alignment_bytes, request_bytes)                               \
    told(served(heap, alignment_bytes, request_bytes), kind, alignment_bytes, request_bytes,       \
         __builtin_return_address(0))

static void *told(void *block, enum watch_kind kind, size_t alignment_bytes, size_t request_bytes,
                  const void *caller) {
    return kind == WATCH_MEMALIGN ? watch_aligned(block, alignment_bytes, request_bytes, caller)
                                  : watch_allocated(kind, block, request_bytes, caller);
}
#else
#define served_to_caller(heap, kind, alignment_bytes, request_bytes)                               \
    served(heap, alignment_bytes, request_bytes)
#endif

void *obmalloc_heap_malloc(struct obmalloc_heap *heap, size_t request_bytes) {
    return is_main(heap)
               ? malloc(request_bytes)
               : served_to_caller(heap, WATCH_MALLOC, POOLS_ALIGNMENT_BYTES, request_bytes);
}

void *obmalloc_heap_calloc(struct obmalloc_heap *heap, size_t element_count, size_t element_bytes) {
    if (is_main(heap)) {
        return calloc(element_count, element_bytes);
    }
    size_t request_bytes;
    if (__builtin_mul_overflow(element_count, element_bytes, &request_bytes)) {
        request_bytes = SIZE_MAX; /* fails, and is counted */
    }
    void *block = served_to_caller(heap, WATCH_CALLOC, POOLS_ALIGNMENT_BYTES, request_bytes);
    return block ? memset(block, 0, request_bytes) : NULL;
}

void *obmalloc_heap_memalign(struct obmalloc_heap *heap, size_t alignment_bytes,
                             size_t request_bytes) {
    if (!route_is_power_of_two(alignment_bytes)) {
        return failed(EINVAL);
    }
    return is_main(heap) ? memalign(alignment_bytes, request_bytes)
                         : served_to_caller(heap, WATCH_MEMALIGN, alignment_bytes, request_bytes);
}

enum pools_status heaps_free(struct obmalloc_heap *heap, void *block) {
    obmalloc_lock_state before = obmalloc_lock();
    pools_note_caller(&heap->pools, pools_noted_caller(&obmalloc_heap));
    enum pools_status status = pools_free(&heap->pools, block);
    if (status == POOLS_OK && --heap->live_blocks == 0 && heap->orphaned) {
        heaps_end(heap);
    }
    obmalloc_unlock(before);
    guard_tell_damage(&heap->pools, "free", pools_noted_caller(&obmalloc_heap));
    return status;
}

#ifdef OBMALLOC_LOCK_NONE
void *heaps_realloc(struct obmalloc_heap *heap, void *block, size_t request_bytes) {
    obmalloc_lock_state before = obmalloc_lock();
    void *result = pools_realloc(&heap->pools, block, request_bytes);
    if (!result && may_fit(heap, request_bytes)) {
        pools_reclaim(&heap->pools);
        result = pools_realloc(&heap->pools, block, request_bytes);
    }
    if (!result) {
        heap->failure_count++;
    }
    obmalloc_unlock(before);
    guard_tell_damage(&heap->pools, "realloc", pools_noted_caller(&obmalloc_heap));
    return result ? result : failed(ENOMEM);
}
#else
void *heaps_realloc(struct obmalloc_heap *heap, void *block, size_t request_bytes) {
    void *result = serve_realloc(&heap->pools, block, request_bytes);
    if (!result && may_fit(heap, request_bytes)) {
        serve_reclaim(&heap->pools);
        result = serve_realloc(&heap->pools, block, request_bytes);
    }
    if (!result) {
        count_failure(heap);
    }
    guard_tell_damage(&heap->pools, "realloc", pools_noted_caller(&obmalloc_heap));
    return result ? result : failed(ENOMEM);
}
#endif

/* Whose the block is that is said to be this heap's: POOLS_OK iff it is in its region, or, for the main
 * heap, in no other's; otherwise the misuse has been reported. */
static bool is_at_home(const struct obmalloc_heap *heap, const void *block, const char *entry_point,
                       const void *caller) {
    const struct obmalloc_heap *home = obmalloc_heap_of(block);
    if (home ? home == heap : is_main(heap)) {
        return true;
    }
    if (home) {
        heaps_other_heap_count++;
        obmalloc_tell_misuse(OBMALLOC_MISUSE_OTHER_HEAP, entry_point, block, caller);
    } else {
        obmalloc_report_misuse(OBMALLOC_MISUSE_FOREIGN, entry_point, block, caller);
    }
    return false;
}

void obmalloc_heap_free(struct obmalloc_heap *heap, void *block) {
    const void *caller = __builtin_return_address(0);
    if (block && is_at_home(heap, block, "obmalloc_heap_free", caller)) {
        if (is_main(heap)) {
            free(block);
        } else {
            watch_freeing(block, caller);
            pools_note_caller(&obmalloc_heap, caller);
            enum pools_status status = heaps_free(heap, block);
            if (status != POOLS_OK) {
                obmalloc_report_misuse(misuse_kind_of(status), "obmalloc_heap_free", block, caller);
            }
        }
    }
}

void *obmalloc_heap_realloc(struct obmalloc_heap *heap, void *block, size_t request_bytes) {
    const char *entry_point = "obmalloc_heap_realloc";
    const void *caller = __builtin_return_address(0);
    if (!block) {
        return obmalloc_heap_malloc(heap, request_bytes);
    }
    if (!is_at_home(heap, block, entry_point, caller)) {
        return failed(EINVAL);
    }
    if (is_main(heap)) {
        return realloc(block, request_bytes);
    }
    size_t usable_bytes;
    enum pools_status status = pools_block_bytes(&heap->pools, block, &usable_bytes);
    if (status != POOLS_OK) {
        obmalloc_report_misuse(misuse_kind_of(status), entry_point, block, caller);
        return failed(EINVAL);
    }
    watch_resizing(block, request_bytes, caller);
    void *result = heaps_realloc(heap, block, request_bytes);
    return watch_resized(block, result, request_bytes, caller);
}

size_t obmalloc_heap_usable_size(struct obmalloc_heap *heap, void *block) {
    const char *entry_point = "obmalloc_heap_usable_size";
    const void *caller = __builtin_return_address(0);
    if (!block || !is_at_home(heap, block, entry_point, caller)) {
        return 0;
    }
    if (is_main(heap)) {
        return malloc_usable_size(block);
    }
    size_t usable_bytes = 0;
    enum pools_status status = pools_block_bytes(&heap->pools, block, &usable_bytes);
    if (status != POOLS_OK) {
        obmalloc_report_misuse(misuse_kind_of(status), entry_point, block, caller);
    }
    return usable_bytes;
}
