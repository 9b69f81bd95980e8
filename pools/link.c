// SPDX-License-Identifier: MIT
#include "link.h"

#ifdef POOLS_LINKS_ENCODED

#include "identity.h"
#include "space_give.h"

/* 2^32 over the golden ratio: heaps side by side get secrets that differ in all bits. */
#define SCATTER 2654435761u

void link_open(struct pools_heap *heap) {
    heap->secret = (uint32_t)(uintptr_t)heap * SCATTER | 1u;
}

static void note_damage(struct pools_heap *heap, uint32_t address) {
    if (heap->damage == 0) {
        heap->damage = address;
    }
}

bool seal_holds_here(struct pools_heap *heap) {
    bool holds = seal_holds(heap);
    if (!holds) {
        note_damage(heap, (uint32_t)(uintptr_t)&heap->base);
    }
    return holds;
}

/* True iff the address is a multiple of 8 from base up to the untouched part. */
static inline bool is_inside(const struct pools_heap *heap, uint32_t address) {
    return address - heap->base < heap->untouched - heap->base &&
           address % POOLS_ALIGNMENT_BYTES == 0;
}

/* A link may lead there: to a chunk, or to nil. As identity_is_marked, but not out of line. */
static inline bool is_place(const struct pools_heap *heap, uint32_t address) {
    return address == heap->base ||
           (is_inside(heap, address) &&
            (map_window(heap->base, map_granule(heap->base, address)) & MAP_FIRST) != 0);
}

uint32_t link_small_bytes(const struct pools_heap *heap, uint32_t base, uint32_t granule) {
    bool has_end = (map_window(base, map_granule(base, heap->untouched)) & MAP_FIRST) != 0;
    return has_end ? identity_small_bytes(base, granule) : 0;
}

/* True iff the map has a small block of so many granules there. `block` may be anything. */
static inline bool spans(const struct pools_heap *heap, uint32_t block, uint32_t granules) {
    uint32_t granule = map_granule(heap->base, block);
    if (!is_inside(heap, block)) {
        return false;
    }
    if (map_sight(heap->base, granule) == granules) {
        return true;
    }
    /* One look may be too short. */
    return (map_window(heap->base, granule) & MAP_FIRST) != 0 &&
           link_small_bytes(heap, heap->base, granule) == granules * POOLS_ALIGNMENT_BYTES;
}

/* What a ready block's words say. */
static inline uint32_t next_of(const struct pools_heap *heap, uint32_t block) {
    uint32_t next = link_peek(heap, block);
    return link_says_freed(heap, block) && is_place(heap, next) ? next : 0;
}

uint32_t link_next(const struct pools_heap *heap, uint32_t block, uint32_t granules) {
    return spans(heap, block, granules) ? next_of(heap, block) : 0;
}

uint32_t link_behind_first(struct pools_heap *heap, uint32_t *pool) {
    uint32_t block = *pool;
    if (block == heap->base || !seal_near_holds(heap) || !heap_is_open(heap)) {
        return 0;
    }
    bool is_block = spans(heap, block, (uint32_t)(pool - heap->pools));
    uint32_t next = is_block ? next_of(heap, block) : 0;
    if (next == 0) {
        note_damage(heap, is_block ? block : (uint32_t)(uintptr_t)pool);
        *pool = heap->base;
    }
    return next;
}

/* What is XORed into a link: nothing where it is a pool's. */
static uint32_t mask_of(const struct pools_heap *heap, const pools_word *link) {
    bool is_pool = (uintptr_t)link - (uintptr_t)heap < sizeof *heap;
    return is_pool ? 0 : link_mask(heap, (uint32_t)(uintptr_t)link);
}

uint32_t link_target(const struct pools_heap *heap, const pools_word *link) {
    return *link ^ mask_of(heap, link);
}

void link_store(struct pools_heap *heap, pools_word *link, uint32_t next) {
    *link = next ^ mask_of(heap, link);
}

void link_recall_chunk(struct pools_heap *heap, uint32_t chunk, uint32_t bytes) {
    heap->freed_by = bytes > POOLS_CHUNK_BYTES_MIN ? word_at(chunk)[4] : 0;
}

void link_bury_chunk(struct pools_heap *heap, uint32_t chunk, uint32_t bytes) {
    word_at(chunk)[1] = link_key(heap, chunk);
    word_at(chunk)[2] = bytes > POOLS_CHUNK_BYTES_MIN ? word_at(chunk)[4] : 0;
}

bool link_is_buried(const struct pools_heap *heap, uint32_t address) {
    return seal_holds(heap) && heap_is_open(heap) && address > heap->base &&
           address < heap->end - 8u && address % POOLS_ALIGNMENT_BYTES == 0 &&
           link_says_freed(heap, address);
}

uint32_t link_freed_by(const struct pools_heap *heap, uint32_t address) {
    if (link_is_buried(heap, address)) {
        return word_at(address)[2];
    }
    return seal_holds(heap) && heap_is_open(heap) && link_is_sound(heap, address) &&
                   *chunk_free_bytes(address) > POOLS_CHUNK_BYTES_MIN
               ? word_at(address)[4]
               : 0;
}

static bool sizes_agree(const struct pools_heap *heap, uint32_t chunk) {
    if (!link_fits(heap, chunk, POOLS_CHUNK_BYTES_MIN)) {
        return false; /* its words would lie behind the region */
    }
    uint32_t bytes = *chunk_free_bytes(chunk);
    return bytes >= POOLS_CHUNK_BYTES_MIN && bytes % POOLS_ALIGNMENT_BYTES == 0 &&
           bytes <= heap->untouched - chunk && *chunk_last_word(chunk, bytes) == bytes &&
           (bytes == POOLS_CHUNK_BYTES_MIN ||
            *chunk_mark(chunk) == link_key(heap, chunk + POOLS_ALIGNMENT_BYTES));
}

static bool neighbours_agree(const struct pools_heap *heap, uint32_t chunk) {
    uint32_t next = link_peek_next(heap, chunk);
    uint32_t previous = link_peek_previous(heap, chunk);
    if (next != 0 && (!identity_is_marked(heap, next) || link_peek_previous(heap, next) != chunk)) {
        return false;
    }
    if (previous <= chunk_first_in(POOLS_BIN_COUNT - 1u)) {
        return heap->bins[previous / 2u] == chunk;
    }
    return identity_is_marked(heap, previous) && link_peek_next(heap, previous) == chunk;
}

bool link_is_sound(const struct pools_heap *heap, uint32_t chunk) {
    if (!identity_is_marked(heap, chunk)) {
        return false;
    }
    uint32_t window = map_window(heap->base, map_granule(heap->base, chunk));
    return (window & MAP_SECOND) != 0 && !chunk_is_large(chunk) && sizes_agree(heap, chunk) &&
           neighbours_agree(heap, chunk);
}

bool link_is_sound_here(struct pools_heap *heap, uint32_t chunk) {
    bool is_sound = link_is_sound(heap, chunk);
    if (!is_sound) {
        note_damage(heap, chunk);
    }
    return is_sound;
}

bool link_before_is_sound(const struct pools_heap *heap, uint32_t chunk) {
    uint32_t bytes = chunk_bytes_before(chunk);
    return bytes < chunk - heap->base && link_is_sound(heap, chunk - bytes) &&
           *chunk_free_bytes(chunk - bytes) == bytes;
}

bool link_is_sound_before(struct pools_heap *heap, uint32_t chunk) {
    bool is_sound = link_before_is_sound(heap, chunk);
    if (!is_sound) {
        note_damage(heap, chunk - 4u);
    }
    return is_sound;
}

/* True iff the bin leads to a chunk that is the first of its own bin. */
static bool is_head(const struct pools_heap *heap, unsigned bin) {
    uint32_t chunk = heap->bins[bin];
    return identity_is_marked(heap, chunk) && space_is_free_chunk(heap->base, chunk) &&
           link_peek_previous(heap, chunk) == chunk_first_in(bin);
}

/* The chunk, where it is one that has been written to; else what leads there. */
static void note_bin(struct pools_heap *heap, unsigned bin) {
    uint32_t chunk = heap->bins[bin];
    bool is_chunk = identity_is_marked(heap, chunk) && !link_is_sound(heap, chunk);
    note_damage(heap, is_chunk ? chunk : (uint32_t)(uintptr_t)&heap->bins[bin]);
}

uint32_t link_first(struct pools_heap *heap, unsigned bin) {
    if (is_head(heap, bin) && link_is_sound(heap, heap->bins[bin])) {
        return heap->bins[bin];
    }
    note_bin(heap, bin);
    heap->bins[bin] = 0;
    heap->bins_filled &= ~space_bin_bit(bin);
    return 0;
}

uint32_t link_head(struct pools_heap *heap, unsigned bin) {
    if (heap->bins[bin] != 0 && !is_head(heap, bin)) {
        note_bin(heap, bin);
        return 0;
    }
    return heap->bins[bin];
}

uint32_t link_look_first(const struct pools_heap *heap, unsigned bin) {
    return is_head(heap, bin) && link_is_sound(heap, heap->bins[bin]) ? heap->bins[bin] : 0;
}

uint32_t link_look_behind(const struct pools_heap *heap, uint32_t chunk) {
    uint32_t next = link_peek_next(heap, chunk);
    return next != 0 && link_is_sound(heap, next) ? next : 0;
}

uint32_t link_chunk_behind(struct pools_heap *heap, uint32_t chunk) {
    uint32_t next = link_peek_next(heap, chunk);
    if (next != 0 && !link_is_sound_here(heap, next)) {
        link_set_next(heap, chunk, 0);
        next = 0;
    }
    return next;
}

#else
typedef int link_is_plain; /* a file wants a declaration */
#endif
