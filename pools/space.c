// SPDX-License-Identifier: MIT
#include "space.h"

#include "bulk.h"
#include "chunk.h"
#include "map.h"
#include "space_give.h"

/* Looks of an aligned search, over all bins, before it goes on to bins where any chunk will do. */
#define ALIGNED_TRIES_TOTAL 12u

/* The map is cleared ahead, in steps of this many bytes, which are 1 KiB of the region. */
#define CLEAR_STEP_BYTES 16u

/* A place for a chunk: inside a free chunk, or at the untouched part (chunk == heap->untouched). */
struct place {
    uint32_t chunk; /* 0 = none found */
    uint32_t at;    /* the chunk to cut starts here, >= chunk */
};

__attribute__((noinline)) void space_clear_map(struct pools_heap *heap, uint32_t granule) {
    uint32_t from = heap->cleared_granules / 8u;
    uint32_t to = (granule / 8u + CLEAR_STEP_BYTES) & ~7u;
    uint32_t whole = heap->base - heap->start - MAP_SLACK_BYTES;
    to = to < whole ? to : whole;
    bulk_clear(byte_at(heap->base - to), to - from);
    seal_cleared(heap, to * 8u);
    heap->cleared_granules = to * 8u;
}

/* The untouched part begins at `untouched` from here on, further up than it did. */
static inline void raise_untouched(struct pools_heap *heap, uint32_t untouched) {
    uint32_t granule = map_granule(heap->base, untouched);
    seal_untouched(heap, untouched);
    heap->untouched = untouched;
    if (granule >= heap->cleared_granules) {
        space_clear_map(heap, granule);
    }
}

#ifdef __OPTIMIZE_SIZE__
void space_mark(struct pools_heap *heap, uint32_t address, uint32_t clear, uint32_t set) {
    map_change(heap->base, map_granule(heap->base, address), clear, set);
}
#endif

bool space_is_free(const struct pools_heap *heap, uint32_t chunk) {
    return chunk == heap->untouched || space_is_free_chunk(heap->base, chunk);
}

/* The first of the first few chunks of a bin that has `bytes`; 0 if none has. */
static inline uint32_t find_in_bin(struct pools_heap *heap, unsigned bin, uint32_t bytes) {
    uint32_t chunk = link_first(heap, bin);
    unsigned tries = bin == POOLS_BIN_COUNT - 1u ? POOLS_LAST_BIN_TRIES : POOLS_BIN_TRIES;
    while (chunk != 0 && *chunk_free_bytes(chunk) < bytes) {
        chunk = --tries == 0 ? 0 : link_chunk_behind(heap, chunk);
    }
    return chunk;
}

uint32_t space_find(struct pools_heap *heap, uint32_t bytes) {
    unsigned bin = space_bin_of(bytes);
    for (;;) {
        uint32_t filled = heap->bins_filled << bin;
        if ((filled & 0x80000000u) != 0) {
            uint32_t chunk = find_in_bin(heap, bin, bytes);
            if (chunk != 0) {
                return chunk;
            }
            filled ^= 0x80000000u;
        }
        uint32_t untouched_bytes = space_untouched_bytes(heap);
        if (filled != 0) {
            /* All that lie in a bin further up are long enough. */
            uint32_t chunk = link_first(heap, bin + (unsigned)__builtin_clz(filled));
            if (link_was_emptied(chunk)) {
                continue; /* once for each bin at most */
            }
            if (untouched_bytes < bytes || untouched_bytes >= *chunk_free_bytes(chunk)) {
                return chunk;
            }
        }
        return untouched_bytes >= bytes ? heap->untouched : 0;
    }
}

#ifdef __OPTIMIZE_SIZE__
/* Cuts `bytes` off the start of what space_find found. Returns the bytes that the chunk got. */
static uint32_t cut(struct pools_heap *heap, uint32_t chunk, uint32_t bytes) {
    uint32_t end = chunk + bytes;
    uint32_t marks = MAP_FIRST;
    if (chunk == heap->untouched) {
        raise_untouched(heap, end);
    } else {
        uint32_t whole = *chunk_free_bytes(chunk);
        space_unlink(heap, chunk);
        space_mark(heap, chunk + POOLS_ALIGNMENT_BYTES, MAP_FIRST, 0);
        if (whole - bytes < POOLS_CHUNK_BYTES_MIN) {
            space_mark(heap, chunk + whole - POOLS_ALIGNMENT_BYTES, MAP_FIRST, 0);
            return whole;
        }
        space_link(heap, end, whole - bytes);
        marks = MAP_FIRST | MAP_SECOND;
    }
    space_mark(heap, end, 0, marks);
    return bytes;
}
#else
/* The free chunk `chunk` begins at `rest` from here on, `bytes` long. */
static inline void move_start(struct pools_heap *heap, uint32_t chunk, uint32_t rest,
                              uint32_t bytes) {
    unsigned bin = space_bin_of(bytes);
    if (link_peek_previous(heap, chunk) != chunk_first_in(bin)) {
        space_unlink(heap, chunk);
        space_link(heap, rest, bytes);
        return;
    }
    /* First in its bin before and after: nothing but its address changes. */
    uint32_t next = link_peek_next(heap, chunk);
    link_set_next(heap, rest, next);
    link_set_previous(heap, rest, chunk_first_in(bin));
    *chunk_free_bytes(rest) = bytes;
    *chunk_mark(rest) = link_key(heap, rest + POOLS_ALIGNMENT_BYTES);
    link_note_chunk(heap, rest, bytes);
    *chunk_last_word(rest, bytes) = bytes;
    heap->bins[bin] = rest;
    if (next != 0) {
        link_set_previous(heap, next, rest);
    }
}

/* Cuts `bytes` off the start of what space_find found. Returns the bytes that the chunk got. */
static POOLS_INLINE uint32_t cut(struct pools_heap *heap, uint32_t chunk, uint32_t bytes) {
    uint32_t base = heap->base;
    uint32_t granule = map_granule(base, chunk);
    uint32_t granules = bytes / POOLS_ALIGNMENT_BYTES;
    if (chunk == heap->untouched) {
        raise_untouched(heap, chunk + bytes);
        map_change(base, granule + granules, 0, MAP_FIRST);
        return bytes;
    }
    uint32_t whole = *chunk_free_bytes(chunk);
    uint32_t rest = whole - bytes;
    if (rest < POOLS_CHUNK_BYTES_MIN) {
        space_unlink(heap, chunk);
        map_change(base, granule, MAP_SECOND, 0);
        map_change(base, granule + whole / POOLS_ALIGNMENT_BYTES - 1u, MAP_FIRST, 0);
        return whole;
    }
    move_start(heap, chunk, chunk + bytes, rest);
    if (granules <= SPACE_NEAR_GRANULES) {
        map_change(base, granule, MAP_SECOND, (MAP_FIRST | MAP_SECOND) >> granules);
    } else {
        map_change(base, granule, MAP_SECOND, 0);
        map_change(base, granule + granules, 0, MAP_FIRST | MAP_SECOND);
    }
    return bytes;
}
#endif

uint32_t space_cut(struct pools_heap *heap, uint32_t chunk, uint32_t bytes) {
    heap->used_chunks++;
    return cut(heap, chunk, bytes);
}

#ifndef __OPTIMIZE_SIZE__
uint32_t space_cut_end(struct pools_heap *heap, uint32_t chunk, uint32_t bytes) {
    uint32_t whole = *chunk_free_bytes(chunk);
    uint32_t rest = whole - bytes;
    heap->used_chunks++;
    space_unlink(heap, chunk);
    space_link(heap, chunk, rest);
    space_mark(heap, chunk + rest - POOLS_ALIGNMENT_BYTES, 0, MAP_FIRST | MAP_SECOND);
    space_mark(heap, chunk + whole - POOLS_ALIGNMENT_BYTES, MAP_FIRST, 0);
    return chunk + rest;
}
#endif

void space_carve(struct pools_heap *heap, uint32_t bytes, uint32_t starts, uint32_t count) {
    uint32_t chunk = heap->untouched;
    raise_untouched(heap, chunk + bytes);
    space_mark(heap, chunk, 0, starts);
    heap->used_chunks += count;
}

static uint32_t aligned_start(uint32_t chunk, uint32_t alignment, uint32_t offset_bytes) {
    uint32_t at = ((chunk + offset_bytes + alignment - 1u) & ~(alignment - 1u)) - offset_bytes;
    /* What stays before it must be able to be a chunk. */
    return at - chunk == POOLS_ALIGNMENT_BYTES ? at + alignment : at;
}

static struct place find_aligned(struct pools_heap *heap, uint32_t bytes, uint32_t alignment,
                                 uint32_t offset_bytes) {
    unsigned tries = 0;
    uint32_t filled = heap->bins_filled & 0xFFFFFFFFu >> space_bin_of(bytes);
    while (filled != 0) {
        unsigned bin = (unsigned)__builtin_clz(filled);
        uint32_t chunk = link_first(heap, bin);
        for (unsigned in_bin = 0; chunk != 0 && in_bin < POOLS_BIN_TRIES; in_bin++) {
            struct place place = {chunk, aligned_start(chunk, alignment, offset_bytes)};
            if (place.at - chunk + bytes <= *chunk_free_bytes(chunk)) {
                return place;
            }
            tries++;
            chunk = link_chunk_behind(heap, chunk);
        }
        filled &= ~space_bin_bit(bin);
        if (tries >= ALIGNED_TRIES_TOTAL) {
            /* Beyond the bin of such a size, whatever comes first will do. */
            filled &= 0x7FFFFFFFu >> space_bin_of(bytes + 2u * alignment);
        }
    }
    struct place place = {heap->untouched, aligned_start(heap->untouched, alignment, offset_bytes)};
    uint32_t skipped = place.at - place.chunk;
    uint32_t room = space_untouched_bytes(heap);
    if (skipped > room || bytes > room - skipped) {
        place.chunk = 0;
    }
    return place;
}

uint32_t space_take_aligned(struct pools_heap *heap, uint32_t bytes, uint32_t alignment,
                            uint32_t offset_bytes, uint32_t *got_bytes) {
    struct place place = find_aligned(heap, bytes, alignment, offset_bytes);
    if (place.chunk == 0) {
        return 0;
    }
    uint32_t lead = place.at - place.chunk;
    if (lead != 0) {
        uint32_t first_of_rest = MAP_FIRST;
#ifndef __OPTIMIZE_SIZE__
        uint32_t base = heap->base;
        uint32_t granule = map_granule(base, place.chunk);
        uint32_t lead_granules = lead / POOLS_ALIGNMENT_BYTES;
#endif
        if (place.chunk == heap->untouched) {
            raise_untouched(heap, place.at);
        } else {
            /* What follows the lead becomes a free chunk of its own for a moment. */
            uint32_t whole = *chunk_free_bytes(place.chunk);
            space_unlink(heap, place.chunk);
            space_link(heap, place.at, whole - lead);
            first_of_rest = MAP_FIRST | MAP_SECOND;
        }
#ifdef __OPTIMIZE_SIZE__
        space_mark(heap, place.at, 0, first_of_rest);
        space_mark(heap, place.at - POOLS_ALIGNMENT_BYTES, 0, MAP_FIRST);
        space_mark(heap, place.chunk, 0, MAP_FIRST | MAP_SECOND);
#else
        map_change(base, granule + lead_granules, 0, first_of_rest);
        map_change(base, granule + lead_granules - 1u, 0, MAP_FIRST);
        map_change(base, granule, 0, MAP_FIRST | MAP_SECOND);
#endif
        space_link(heap, place.chunk, lead);
    }
    *got_bytes = space_cut(heap, place.at, bytes);
    return place.at;
}

#ifdef __OPTIMIZE_SIZE__
/* Bit by bit what space_give_at does with one word. */
void space_give(struct pools_heap *heap, uint32_t chunk, uint32_t bytes) {
    uint32_t next = chunk + bytes;
    uint32_t last = chunk - POOLS_ALIGNMENT_BYTES;
    heap->used_chunks--;
    if ((map_window(heap->base, map_granule(heap->base, last)) & MAP_FIRST) != 0 &&
        link_is_sound_before(heap, chunk)) {
        uint32_t before_bytes = chunk_bytes_before(chunk);
        chunk -= before_bytes;
        space_unlink(heap, chunk);
        link_recall_chunk(heap, chunk, before_bytes);
        space_mark(heap, last, MAP_FIRST | MAP_SECOND | MAP_THIRD, 0);
    }
    if (next == heap->untouched) {
        space_lower_untouched(heap, chunk);
        return;
    }
    if (space_is_free_chunk(heap->base, next) && link_is_sound_here(heap, next)) {
        uint32_t next_bytes = *chunk_free_bytes(next);
        space_unlink(heap, next);
        link_bury_chunk(heap, next, next_bytes);
        space_mark(heap, next, MAP_FIRST | MAP_SECOND, 0);
        next += next_bytes;
    }
    space_mark(heap, chunk, 0, MAP_FIRST | MAP_SECOND);
    space_mark(heap, next - POOLS_ALIGNMENT_BYTES, 0, MAP_FIRST);
    space_link(heap, chunk, next - chunk);
}
#else
void space_give(struct pools_heap *heap, uint32_t chunk, uint32_t bytes) {
    uint32_t granule = map_granule(heap->base, chunk) - 1u;
    uint32_t address = map_address(heap->base, granule);
    space_give_at(heap, chunk, bytes, address, granule % 8u, map_read(address));
}
#endif

uint32_t space_shrink(struct pools_heap *heap, uint32_t chunk, uint32_t old_bytes, uint32_t bytes) {
    uint32_t rest = old_bytes - bytes;
    if (rest < POOLS_CHUNK_BYTES_MIN) {
        return old_bytes;
    }
    space_mark(heap, chunk + bytes, 0, MAP_FIRST);
    heap->used_chunks++;
    space_give(heap, chunk + bytes, rest);
    return bytes;
}

/* Bytes that a used chunk ending at `next` could take there: a free chunk whole, or the untouched
 * part. */
static uint32_t room_at(const struct pools_heap *heap, uint32_t next) {
    if (next == heap->untouched) {
        return space_untouched_bytes(heap);
    }
    return space_is_free_chunk(heap->base, next) && link_is_sound(heap, next)
               ? *chunk_free_bytes(next)
               : 0;
}

/* Makes the free memory at `next` part of the used chunk before it: `bytes` of it, or 8 more.
 * Returns the bytes taken. */
static uint32_t swallow(struct pools_heap *heap, uint32_t next, uint32_t bytes) {
#ifdef __OPTIMIZE_SIZE__
    uint32_t taken = cut(heap, next, bytes);
    space_mark(heap, next, MAP_FIRST, 0);
#else
    uint32_t base = heap->base;
    uint32_t granule = map_granule(base, next);
    uint32_t taken = cut(heap, next, bytes);
    map_change(base, granule, MAP_FIRST, 0);
#endif
    return taken;
}

uint32_t space_grow(struct pools_heap *heap, uint32_t chunk, uint32_t old_bytes, uint32_t bytes) {
    uint32_t next = chunk + old_bytes;
    if (room_at(heap, next) < bytes - old_bytes) {
        return 0;
    }
    return old_bytes + swallow(heap, next, bytes - old_bytes);
}

uint32_t space_slide_room(const struct pools_heap *heap, uint32_t chunk, uint32_t chunk_bytes) {
    uint32_t before_granule = map_granule(heap->base, chunk) - 1u;
    if ((map_window(heap->base, before_granule) & MAP_FIRST) == 0 ||
        !link_before_is_sound(heap, chunk)) {
        return 0;
    }
    return chunk_bytes_before(chunk) + chunk_bytes + room_at(heap, chunk + chunk_bytes);
}

__attribute__((always_inline)) static inline uint32_t
annex_before(struct pools_heap *heap, uint32_t chunk, uint32_t old_bytes, uint32_t bytes,
             uint32_t *whole_bytes) {
#ifndef __OPTIMIZE_SIZE__
    uint32_t base = heap->base;
#endif
    uint32_t before_bytes = chunk_bytes_before(chunk);
    uint32_t to = chunk - before_bytes;
    uint32_t whole = before_bytes + old_bytes;
    space_unlink(heap, to);
#ifdef __OPTIMIZE_SIZE__
    space_mark(heap, chunk - POOLS_ALIGNMENT_BYTES, MAP_FIRST | MAP_SECOND | MAP_THIRD, 0);
    space_mark(heap, to, MAP_SECOND, MAP_FIRST);
#else
    map_change(base, map_granule(base, chunk) - 1u, MAP_FIRST | MAP_FIRST >> 1 | MAP_FIRST >> 2, 0);
    map_change(base, map_granule(base, to), MAP_SECOND, MAP_FIRST);
#endif
    if (whole < bytes) {
        whole += swallow(heap, to + whole, bytes - whole);
    }
    *whole_bytes = whole;
    return to;
}

uint32_t space_annex_before(struct pools_heap *heap, uint32_t chunk, uint32_t old_bytes,
                            uint32_t bytes, uint32_t *whole_bytes) {
    return annex_before(heap, chunk, old_bytes, bytes, whole_bytes);
}

uint32_t space_slide(struct pools_heap *heap, uint32_t chunk, uint32_t old_bytes, uint32_t bytes,
                     uint32_t *new_bytes) {
    uint32_t whole;
    uint32_t to = annex_before(heap, chunk, old_bytes, bytes, &whole);
    bulk_copy(word_at(to), word_at(chunk), old_bytes);
    *new_bytes = whole > bytes ? space_shrink(heap, to, whole, bytes) : whole;
    return to;
}
