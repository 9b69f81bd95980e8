// SPDX-License-Identifier: MIT
/*
 * The words that freed memory carries from block to block and from chunk to chunk, and how far they are
 * trusted. Three kinds of heap, chosen at build:
 *
 *   (none)                a link is an address. A ready block's second word is the heap's address, its
 *                         key, by which free knows it again.
 *   POOLS_KEYLESS         there is no key: a block may be freed twice, and nobody notices.
 *   POOLS_LINKS_ENCODED   a link is stored XORed with the heap's secret and the address at which it
 *                         stands, and the key is these two. So whatever is written into freed memory is told
 *                         from a link: one that is decoded must be a multiple of 8 among the chunks, with a bit in
 *                         the map; a ready block must hold its key; a free chunk's two sizes must agree, and its
 *                         neighbours in the bin must point back. What does not is damage: it is noted in the heap,
 *                         followed by nobody, and lost together with what could be found by it alone. The heads of pools
 *                         and bins are verified in the same way, because the heap's own words may be damaged, too; of what
 *                         no block or chunk can tell there are seals (seal.h). Wants POOLS_IN_C.
 *
 * With encoded links a freed block also says who freed it, in its third word. Behind a block that has
 * been merged the second and third word stay as long as nothing else is written there.
 *
 *   ready block   + 0 next, encoded   + 4 key   + 8 who freed it
 *   free chunk    + 0 next, + 4 previous, both encoded   + 8 bytes   + 12 key of chunk + 8
 *                 + 16 who freed what was merged last, in a chunk of 24 bytes and more   last word: bytes
 */
#ifndef POOLS_LINK_H
#define POOLS_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "chunk.h"
#include "heap.h"
#include "map.h"
#include "seal.h"
#include "word.h"

#if defined(POOLS_KEYLESS) && defined(POOLS_LINKS_ENCODED)
#error "POOLS_KEYLESS and POOLS_LINKS_ENCODED exclude one another: define one of them at most"
#endif

/* What a ready block says in its second word. A live block may say it too, by chance or on purpose:
 * then it is looked for in its pool. */
/*@ assigns \nothing;
    ensures \result == key_of(heap);
*/
static inline uint32_t pools_key(const struct pools_heap *heap) {
    return (uint32_t)(uintptr_t)heap;
}

#ifdef POOLS_LINKS_ENCODED

#ifndef POOLS_IN_C
#error "POOLS_LINKS_ENCODED wants POOLS_IN_C: the assembly knows plain links only"
#endif

/* Odd, so that no encoded link is a 0 or a multiple of 8, as words of a program often are. */
static inline uint32_t link_mask(const struct pools_heap *heap, uint32_t address) {
    return heap->secret ^ address;
}

static inline uint32_t link_key(const struct pools_heap *heap, uint32_t block) {
    return link_mask(heap, block);
}

/* A previous chunk stays even: the bit tells a free chunk from a large block. */
static inline uint32_t link_mask_previous(const struct pools_heap *heap, uint32_t chunk) {
    return link_mask(heap, chunk) & ~CHUNK_LARGE;
}

/* The word of a ready block decoded, whatever it is. */
static inline uint32_t link_peek(const struct pools_heap *heap, uint32_t block) {
    return *word_at(block) ^ link_mask(heap, block);
}

static inline uint32_t link_peek_next(const struct pools_heap *heap, uint32_t chunk) {
    return *chunk_next(chunk) ^ link_mask(heap, chunk);
}

static inline uint32_t link_peek_previous(const struct pools_heap *heap, uint32_t chunk) {
    return *chunk_previous(chunk) ^ link_mask_previous(heap, chunk);
}

static inline void link_set_next(struct pools_heap *heap, uint32_t chunk, uint32_t next) {
    *chunk_next(chunk) = next ^ link_mask(heap, chunk);
}

static inline void link_set_previous(struct pools_heap *heap, uint32_t chunk, uint32_t previous) {
    *chunk_previous(chunk) = previous ^ link_mask_previous(heap, chunk);
}

/* The block behind a ready one of so many granules; 0 iff this one is nil or not such a block, or the link is
 * damaged. `block` may be anything. For a heap whose seals hold. */
uint32_t link_next(const struct pools_heap *heap, uint32_t block, uint32_t granules);

/* The block behind a pool's first one; 0 iff the pool is empty, or the heap is damaged or closed. A pool whose
 * first block is damaged, or that leads to no such block, is emptied. */
uint32_t link_behind_first(struct pools_heap *heap, uint32_t *pool);

/* link: a pool, or a sound ready block of it. */
uint32_t link_target(const struct pools_heap *heap, const pools_word *link);
void link_store(struct pools_heap *heap, pools_word *link, uint32_t next);

static inline bool link_says_freed(const struct pools_heap *heap, uint32_t block) {
    return word_at(block)[1] == link_key(heap, block);
}

/* Before a block goes back: it says so, and who it was. */
static inline void link_bury(struct pools_heap *heap, uint32_t block) {
    word_at(block)[1] = link_key(heap, block);
    word_at(block)[2] = heap->freed_by;
}

/* The same of a free chunk that becomes a part of the one before it. */
void link_bury_chunk(struct pools_heap *heap, uint32_t chunk, uint32_t bytes);

/* Makes a block ready whose link is `next`. */
static inline void link_make_ready(struct pools_heap *heap, uint32_t block, uint32_t next) {
    word_at(block)[0] = next ^ link_mask(heap, block);
    link_bury(heap, block);
}

/* A block leaves its pool to be merged, or a chunk its bin: who freed it is remembered for what it becomes. */
static inline void link_recall(struct pools_heap *heap, uint32_t block) {
    heap->freed_by = word_at(block)[2];
}

void link_recall_chunk(struct pools_heap *heap, uint32_t chunk, uint32_t bytes);

static inline void link_note_chunk(struct pools_heap *heap, uint32_t chunk, uint32_t bytes) {
    if (bytes > POOLS_CHUNK_BYTES_MIN) {
        word_at(chunk)[4] = heap->freed_by;
    }
}

/* Cost: constant, some 60 instructions. Returns true iff a free chunk is there and all its words agree. */
bool link_is_sound(const struct pools_heap *heap, uint32_t chunk);

/* As link_is_sound, of the chunk that ends where `chunk` starts; notes damage. */
bool link_is_sound_before(struct pools_heap *heap, uint32_t chunk);

/* As link_is_sound; notes damage. */
bool link_is_sound_here(struct pools_heap *heap, uint32_t chunk);

/* As link_is_sound_before, of a heap that nobody may write to. */
bool link_before_is_sound(const struct pools_heap *heap, uint32_t chunk);

/* True iff a chunk may be so long. */
static inline bool link_fits(const struct pools_heap *heap, uint32_t chunk, uint32_t bytes) {
    return bytes <= heap->untouched - chunk;
}

/* As identity_small_bytes; but the map is not read beyond its end, whatever is missing in it. base: the heap's. */
uint32_t link_small_bytes(const struct pools_heap *heap, uint32_t base, uint32_t granule);

/* The limit of the fast paths of free and realloc: fast_free_granules says only whether there is one. */
static inline uint32_t link_fast_granules(const struct pools_heap *heap) {
    return heap->fast_free_granules != 0 && seal_near_holds(heap)
               ? map_granule(heap->base, heap->untouched)
               : 0;
}

/* True iff there is a pool for so many granules, and a block may be so long. */
static inline bool link_may_wait(const struct pools_heap *heap, uint32_t block, uint32_t granules) {
    return granules - POOLS_CLASS_FIRST <= POOLS_CLASS_LAST - POOLS_CLASS_FIRST &&
           link_fits(heap, block, granules * POOLS_ALIGNMENT_BYTES);
}

/* drain_class, which is an index. */
static inline uint32_t link_drain_class(const struct pools_heap *heap) {
    return heap->drain_class <= POOLS_CLASS_LAST ? heap->drain_class : POOLS_CLASS_LAST;
}

/* True iff a large block's chunk may be so long: damaged words of another kind can agree by chance. */
static inline bool link_large_fits(const struct pools_heap *heap, uint32_t chunk, uint32_t bytes) {
    return bytes > POOLS_POOLED_BYTES_MAX && bytes % POOLS_ALIGNMENT_BYTES == 0 &&
           link_fits(heap, chunk, bytes);
}

/* The first chunk of a bin that is said to hold one, sound; 0 = it has been emptied, because there is none, or a
 * damaged one. */
uint32_t link_first(struct pools_heap *heap, unsigned bin);

/* The first chunk of a bin, as far as a new one may be put before it; 0 = none, or no such. Notes damage. */
uint32_t link_head(struct pools_heap *heap, unsigned bin);

/* The same for those who only look, and the chunk behind it; both sound, or 0. */
uint32_t link_look_first(const struct pools_heap *heap, unsigned bin);
uint32_t link_look_behind(const struct pools_heap *heap, uint32_t chunk);

/* The chunk behind a sound one in its bin, sound; 0 = none. A list is cut where it is damaged. */
uint32_t link_chunk_behind(struct pools_heap *heap, uint32_t chunk);

/* True iff link_first of a bin that was said to hold a chunk has just emptied it. */
static inline bool link_was_emptied(uint32_t first_chunk) {
    return first_chunk == 0;
}

/* True iff a freed block was here of which nothing but its first word has been written over. */
bool link_is_buried(const struct pools_heap *heap, uint32_t address);

/* Who freed the memory at the address, where that is told; else 0. */
uint32_t link_freed_by(const struct pools_heap *heap, uint32_t address);

/* For pools_open. */
void link_open(struct pools_heap *heap);

#else

/* Macros, so that the compiler sees what it would see without them: the default build costs no instruction more. */
#define link_key(heap, block)                    pools_key(heap)
#define link_peek(heap, block)                   (*word_at(block))
#define link_peek_next(heap, chunk)              (*chunk_next(chunk))
#define link_peek_previous(heap, chunk)          (*chunk_previous(chunk))
#define link_set_next(heap, chunk, next)         (*chunk_next(chunk) = (next))
#define link_set_previous(heap, chunk, previous) (*chunk_previous(chunk) = (previous))
#define link_next(heap, block, granules)         (*word_at(block))
#define link_behind_first(heap, pool)            (*word_at(*(pool)))
#define link_target(heap, link)                  (*(link))
#define link_store(heap, link, next)             (*(link) = (next))
#define link_bury(heap, block)                   ((void)0)
#define link_bury_chunk(heap, chunk, bytes)      ((void)0)
#define link_recall(heap, block)                 ((void)0)
#define link_recall_chunk(heap, chunk, bytes)    ((void)0)
#define link_note_chunk(heap, chunk, bytes)      ((void)0)
#define link_is_sound(heap, chunk)               true
#define link_is_sound_here(heap, chunk)          true
#define link_is_sound_before(heap, chunk)        true
#define link_before_is_sound(heap, chunk)        true
#define link_fits(heap, chunk, bytes)            true
#define link_large_fits(heap, chunk, bytes)      true
#define link_small_bytes(heap, base, granule)    identity_small_bytes(base, granule)
#define link_fast_granules(heap)                 ((heap)->fast_free_granules)
#define link_may_wait(heap, block, granules)     true
#define link_drain_class(heap)                   ((heap)->drain_class)
#define link_first(heap, bin)                    ((heap)->bins[bin])
#define link_head(heap, bin)                     ((heap)->bins[bin])
#define link_look_first(heap, bin)               ((heap)->bins[bin])
#define link_look_behind(heap, chunk)            (*chunk_next(chunk))
#define link_chunk_behind(heap, chunk)           (*chunk_next(chunk))
#define link_was_emptied(first_chunk)            false
#define link_open(heap)                          ((void)0)

#ifdef POOLS_KEYLESS
#define link_says_freed(heap, block)       false
#define link_make_ready(heap, block, next) (word_at(block)[0] = (next))
#else
#define link_says_freed(heap, block) (word_at(block)[1] == pools_key(heap))
#define link_make_ready(heap, block, next)                                                         \
    do {                                                                                           \
        word_at(block)[0] = (next);                                                                \
        word_at(block)[1] = pools_key(heap);                                                       \
    } while (0)
#endif

#endif

/* A ready block holds its key, where blocks have one. */
#ifdef POOLS_KEYLESS
#define link_is_keyed(heap, block) true
#else
#define link_is_keyed(heap, block) (word_at(block)[1] == link_key(heap, block))
#endif

/* What free must look at more closely before it takes a block for a live one. is_behind_mark: the map has a bit for
 * the granule before, so that the block may be a free chunk's second granule, which holds the key in any case. */
#ifdef POOLS_KEYLESS
#define link_is_suspect(heap, block, is_behind_mark)                                               \
    ((is_behind_mark) && word_at(block)[1] == pools_key(heap))
#else
#define link_is_suspect(heap, block, is_behind_mark) link_says_freed(heap, block)
#endif

/* Says that a block is live: its second word becomes anything but its key. */
#ifdef POOLS_KEYLESS
#define link_make_live(block, no_key) ((void)0)
#else
#define link_make_live(block, no_key) (word_at(block)[1] = (no_key))
#endif

/* ---- for the caller of the pools */

/* The first damage that a heap has met since it was asked last, an address; 0 = none. */
static inline uint32_t pools_take_damage(struct pools_heap *heap) {
#ifdef POOLS_LINKS_ENCODED
    uint32_t address = heap->damage;
    heap->damage = 0;
    return address;
#else
    (void)heap;
    return 0;
#endif
}

/* Notes what a caller of the pools has found damaged: an address outside of the region, for whatever can be found by
 * it. */
#ifdef POOLS_LINKS_ENCODED
static inline void pools_note_damage(struct pools_heap *heap, const void *address) {
    if (heap->damage == 0) {
        heap->damage = (uint32_t)(uintptr_t)address;
    }
}
#endif

/* Who freed the block that was at an address of the program; 0 = that is not known (any more). */
static inline const void *pools_freed_by(const struct pools_heap *heap, const void *block) {
#ifdef POOLS_LINKS_ENCODED
    return (const void *)(uintptr_t)link_freed_by(heap, (uint32_t)(uintptr_t)block);
#else
    (void)heap;
    (void)block;
    return (const void *)0;
#endif
}

/* Who frees from here on, an address of the program; and who has been named last. */
#ifdef POOLS_LINKS_ENCODED
#define pools_note_caller(heap, caller) ((void)((heap)->freed_by = (uint32_t)(uintptr_t)(caller)))
#define pools_noted_caller(heap)        ((const void *)(uintptr_t)(heap)->freed_by)
#else
#define pools_note_caller(heap, caller) ((void)0)
#define pools_noted_caller(heap)        ((const void *)0)
#endif

#endif
