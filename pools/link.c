// SPDX-License-Identifier: MIT
#include "link.h"

#ifdef POOLS_LINKS_ENCODED

#include "identity.h"
#include "space.h"

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

/* A link may lead there: to a chunk, or to nil. */
static bool is_place(const struct pools_heap *heap, uint32_t address) {
    return address == heap->base || identity_is_marked(heap, address);
}

uint32_t link_next(const struct pools_heap *heap, uint32_t block) {
    if (block == heap->base || !heap_is_open(heap) || !link_says_freed(heap, block)) {
        return 0;
    }
    uint32_t next = link_peek(heap, block);
    return is_place(heap, next) ? next : 0;
}

uint32_t link_behind_first(struct pools_heap *heap, uint32_t *pool) {
    uint32_t block = *pool;
    uint32_t next = link_next(heap, block);
    if (next == 0 && block != heap->base && heap_is_open(heap)) {
        note_damage(heap, block);
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
    return heap_is_open(heap) && address > heap->base && address < heap->end - 8u &&
           address % POOLS_ALIGNMENT_BYTES == 0 && link_says_freed(heap, address);
}

uint32_t link_freed_by(const struct pools_heap *heap, uint32_t address) {
    if (link_is_buried(heap, address)) {
        return word_at(address)[2];
    }
    return heap_is_open(heap) && link_is_sound(heap, address) &&
                   *chunk_free_bytes(address) > POOLS_CHUNK_BYTES_MIN
               ? word_at(address)[4]
               : 0;
}

static bool sizes_agree(const struct pools_heap *heap, uint32_t chunk) {
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

bool link_is_sound_before(struct pools_heap *heap, uint32_t chunk) {
    uint32_t bytes = chunk_bytes_before(chunk);
    bool is_sound = bytes < chunk - heap->base && link_is_sound(heap, chunk - bytes) &&
                    *chunk_free_bytes(chunk - bytes) == bytes;
    if (!is_sound) {
        note_damage(heap, chunk - 4u);
    }
    return is_sound;
}

uint32_t link_first(struct pools_heap *heap, unsigned bin) {
    uint32_t chunk = heap->bins[bin];
    if (!link_is_sound_here(heap, chunk)) {
        heap->bins[bin] = 0;
        heap->bins_filled &= ~space_bin_bit(bin);
        chunk = 0;
    }
    return chunk;
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
