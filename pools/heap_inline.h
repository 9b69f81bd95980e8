// SPDX-License-Identifier: MIT
/*
 * The paths that most calls take, for the caller to inline. Each does its work without a call, or
 * changes nothing and leaves the work to the full function.
 *
 * Each wants an open heap: one on which pools_open returned POOLS_OK; or one whose pools are all
 * empty and whose fast_free_granules is 0: then all decline everything.
 */
#ifndef POOLS_HEAP_INLINE_H
#define POOLS_HEAP_INLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "bulk.h"
#include "link.h"
#include "map.h"
#include "pools.h"
#include "seal.h"

/* Told by how many blocks the pool of a class grows (or shrinks: -1). Where somebody counts, POOLS_READY_HEADER
 * defines it, and pools/ is compiled without its assembly, which tells nobody. */
#ifdef POOLS_READY_HEADER
#include POOLS_READY_HEADER
#else
#define pools_ready_changed(heap, granules, change) ((void)0)
#endif

/*@ requires \valid_read(heap);
    assigns \nothing;
    ensures \result <==> heap->untouched != heap->base;
*/
static inline bool heap_is_open(const struct pools_heap *heap) {
    return heap->untouched != heap->base;
}

/*@ requires \valid_read(heap) && heap->base <= heap->end;
    assigns \nothing;
    ensures \result <==> heap->base <= address_of(address) < heap->end;
*/
static inline bool pools_owns(const struct pools_heap *heap, const void *address) {
    return (uintptr_t)address - heap->base < (uintptr_t)(heap->end - heap->base);
}

/* Granules of the block for a request, 2..31; 0 for a request that is too large for a pool. */
/*@ assigns \nothing;
    ensures \result == class_of(request_bytes);
    ensures holds_it: request_bytes <= POOLS_POOLED_BYTES_MAX ==> request_bytes <= 8 * \result;
    ensures no_shorter: \result > POOLS_CLASS_FIRST ==> 8 * (\result - 1) < request_bytes;
    ensures is_class: \result == 0 || POOLS_CLASS_FIRST <= \result <= POOLS_CLASS_LAST;
*/
static inline uint32_t pools_class_of(size_t request_bytes) {
    size_t above = request_bytes - 9u;
    if (above <= POOLS_POOLED_BYTES_MAX - 9u) {
        return (uint32_t)above / 8u + POOLS_CLASS_FIRST;
    }
    return request_bytes <= 8u ? POOLS_CLASS_FIRST : 0;
}

/* Returns a block of a pool at hand, or NULL when there is none for this size. */
/*@ requires open_heap(heap) && pools_lead_to_blocks(heap);
    requires links: \forall integer g; 2 <= g <= 31 ==>
      word(heap->pools[g]) == 0 || chunk_at(word(heap->pools[g]));
    assigns heap->pools[2 .. 31], proof_words[BASE / 4 .. END / 4 - 1];
    ensures declines: \result == \null <==> class_of(request_bytes) == 0 ||
      \old(word(heap->pools[class_of(request_bytes)])) == 0;
    ensures changes_nothing: \result == \null ==> same_words{Pre, Here}(0, 0) &&
      \forall integer g; 0 <= g <= 32 ==> heap->pools[g] == \at(heap->pools[g], Pre);
    ensures takes_first: \result != \null ==>
      \result == &proof_words[\at(heap->pools[class_of(request_bytes)], Pre) / 4];
    ensures next_is_first: \result != \null ==> heap->pools[class_of(request_bytes)] ==
      \at(word(heap->pools[class_of(request_bytes)]), Pre);
    ensures other_pools: \forall integer g; 0 <= g <= 32 && g != class_of(request_bytes) ==>
      heap->pools[g] == \at(heap->pools[g], Pre);
    ensures other_words: \result != \null ==>
      same_words{Pre, Here}(\at(heap->pools[class_of(request_bytes)], Pre) + 4, 0);
    ensures pools_lead_to_blocks(heap);
*/
static inline void *pools_malloc_fast(struct pools_heap *heap, size_t request_bytes) {
    uint32_t granules = pools_class_of(request_bytes);
    if (__builtin_expect(granules == 0, 0)) {
        return NULL;
    }
    uint32_t *pool = &heap->pools[granules];
    uint32_t block = *pool;
    uint32_t next = link_behind_first(heap, pool);
    if (__builtin_expect(next == 0, 0)) {
        return NULL;
    }
    *pool = next;
    pools_ready_changed(heap, granules, -1);
    link_make_live(block, next);
    return word_at(block);
}

/* Where in the region an address lies, in granules from base; beyond any region for addresses below
 * it and for those that are no multiple of 8. */
/*@ requires \valid_read(heap) && heap->base == BASE;
    assigns \nothing;
    ensures within: BASE <= address_of(address) && (address_of(address) - BASE) % 8 == 0 ==>
      \result == (address_of(address) - BASE) / 8;
    ensures beyond: BASE > address_of(address) || (address_of(address) - BASE) % 8 != 0 ==>
      \result >= (END - BASE) / 8;
*/
static inline uint32_t pools_granule(const struct pools_heap *heap, const void *address) {
    uintptr_t offset = (uintptr_t)address - heap->base;
#if UINTPTR_MAX > 0xFFFFFFFFu
    if (offset > 0xFFFFFFFFu) {
        return 0xFFFFFFFFu;
    }
#endif
    /* Rotated, so that the three lowest bits become the highest. */
    return (uint32_t)offset >> 3 | (uint32_t)offset << 29;
}

/* Puts a live block of up to 248 bytes into the pool of its size. Returns true iff it did. */
/*@ requires open_heap(heap) && pools_lead_to_blocks(heap);
    requires nil_is_no_chunk: !marked(0);
    requires limit: heap->fast_free_granules <= (heap->untouched - BASE) / 8;
    assigns heap->pools[2 .. 31], proof_words[BASE / 4 .. END / 4 - 1];
    ensures changes_nothing: !\result ==> same_words{Pre, Here}(0, 0) &&
      \forall integer g; 0 <= g <= 32 ==> heap->pools[g] == \at(heap->pools[g], Pre);
    ensures is_chunk: \result ==> granule_at(address_of(block)) &&
      address_of(block) + 8 <= heap->untouched && marked((address_of(block) - BASE) / 8);
    ensures was_not_ready: \result ==> \at(word(address_of(block) + 4), Pre) != key_of(heap);
    ensures is_first: \result ==> \exists integer g; 2 <= g <= 31 &&
      heap->pools[g] == address_of(block) &&
      word(address_of(block)) == \at(heap->pools[g], Pre) &&
      marked((address_of(block) - BASE) / 8 + g) &&
      \forall integer h; 0 <= h <= 32 && h != g ==> heap->pools[h] == \at(heap->pools[h], Pre);
    ensures is_ready: \result ==> word(address_of(block) + 4) == key_of(heap);
    ensures other_words: \result ==>
      same_words{Pre, Here}(address_of(block), address_of(block) + 4);
    ensures ready_stay_ready: \forall integer a; granule_at(a) && word{Pre}(a + 4) == key_of(heap) ==>
      word(a) == word{Pre}(a) && word(a + 4) == key_of(heap);
*/
static inline bool pools_free_fast(struct pools_heap *heap, void *block) {
    uint32_t granule = pools_granule(heap, block);
    if (granule >= link_fast_granules(heap)) {
        return false;
    }
    uint32_t *pool = &heap->pools[map_sight(heap->base, granule)];
    uint32_t next = *pool;
    uint32_t address = (uint32_t)(uintptr_t)block;
    if (__builtin_expect(next == 0 || link_says_freed(heap, address), 0) ||
        !link_may_wait(heap, address, (uint32_t)(pool - heap->pools))) {
        return false;
    }
    link_make_ready(heap, address, next);
    *pool = address;
    pools_ready_changed(heap, (uint32_t)(pool - heap->pools), 1);
    return true;
}

/* A block of a pool at hand, else what pools_malloc finds. */
#ifdef __OPTIMIZE_SIZE__
void *pools_malloc_any(struct pools_heap *heap, size_t request_bytes);
#else
static inline void *pools_malloc_any(struct pools_heap *heap, size_t request_bytes) {
    void *ready = pools_malloc_fast(heap, request_bytes);
    return ready != NULL ? ready : pools_malloc(heap, request_bytes);
}
#endif

/* CPython's rule: a block is left for a shorter one only if that saves a quarter. */
/*@ requires block_bytes <= POOLS_REGION_BYTES_MAX;
    assigns \nothing;
    ensures \result <==> 3 * block_bytes < 4 * request_bytes && request_bytes <= block_bytes;
*/
static inline bool pools_wastes_little(uint32_t request_bytes, uint32_t block_bytes) {
    return request_bytes <= block_bytes && request_bytes * 4u > block_bytes * 3u;
}

/* Resizes a live block of up to 248 bytes while memory is plenty: leaves it where it is, or moves it
 * to a ready block of the wanted size. Returns the block, or NULL when that cannot be done. */
static inline void *pools_realloc_fast(struct pools_heap *heap, void *block, size_t request_bytes) {
    uint32_t granule = pools_granule(heap, block);
    if (granule >= link_fast_granules(heap)) {
        return NULL;
    }
    uint32_t granules = map_sight(heap->base, granule);
    uint32_t *old_pool = &heap->pools[granules];
    uint32_t old_next = *old_pool;
    uint32_t address = (uint32_t)(uintptr_t)block;
    uint32_t wanted = pools_class_of(request_bytes);
    if (old_next == 0 || wanted == 0 || link_says_freed(heap, address) ||
        !link_may_wait(heap, address, granules)) {
        return NULL;
    }
    if (pools_wastes_little((uint32_t)request_bytes, granules * POOLS_ALIGNMENT_BYTES)) {
        return block;
    }
    if (wanted == granules) {
        return block; /* no class is shorter that holds it */
    }
    uint32_t moved = heap->pools[wanted];
    uint32_t next = link_behind_first(heap, &heap->pools[wanted]);
    if (next == 0 || request_bytes == 0) {
        return NULL;
    }
    heap->pools[wanted] = next;
    bulk_copy_short(moved, address, wanted < granules ? wanted : granules);
    link_make_ready(heap, address, old_next);
    *old_pool = address;
    pools_ready_changed(heap, wanted, -1);
    pools_ready_changed(heap, granules, 1);
    return word_at(moved);
}

#endif
