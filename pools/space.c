// SPDX-License-Identifier: MIT
#include "space.h"

#include <string.h>

#include "chunk.h"

/* Looks of an aligned search, over all bins, before it goes on to bins where any chunk will do. */
#define ALIGNED_TRIES_TOTAL 12u

static const struct space_place no_place = {0, 0};

/* The first bin at or above `bin` that holds a chunk; POOLS_BIN_COUNT if there is none. */
static inline unsigned next_filled_bin(const struct pools_heap *heap, unsigned bin) {
    uint32_t word = bin / 32u;
    if (word > 1u) {
        return POOLS_BIN_COUNT;
    }
    uint32_t filled = heap->bins_filled[word] & (0xFFFFFFFFu << (bin % 32u));
    if (filled == 0 && word == 0) {
        word = 1;
        filled = heap->bins_filled[1];
    }
    return filled == 0 ? POOLS_BIN_COUNT : word * 32u + (unsigned)__builtin_ctz(filled);
}

static unsigned last_filled_bin(const struct pools_heap *heap) {
    if (heap->bins_filled[1] != 0) {
        return 63u - (unsigned)__builtin_clz(heap->bins_filled[1]);
    }
    return heap->bins_filled[0] == 0 ? 0 : 31u - (unsigned)__builtin_clz(heap->bins_filled[0]);
}

static inline void link_free(struct pools_heap *heap, uint32_t chunk, uint32_t bytes) {
    unsigned bin = space_bin_of(bytes);
    uint32_t head = heap->bins[bin];
    *chunk_next(chunk) = head;
    *chunk_previous(chunk) = 0;
    *chunk_last_word(chunk, bytes) = bytes;
    if (head != 0) {
        *chunk_previous(head) = chunk;
    } else {
        heap->bins_filled[bin / 32u] |= 1u << (bin % 32u);
    }
    heap->bins[bin] = chunk;
    /* Never beside another free chunk, so the chunk before this one is not free. */
    chunk_write(chunk, bytes | CHUNK_FREE);
    *word_at(chunk + bytes) |= CHUNK_PREVIOUS_FREE;
}

static inline void unlink_free(struct pools_heap *heap, uint32_t chunk, uint32_t bytes) {
    uint32_t next = *chunk_next(chunk);
    uint32_t previous = *chunk_previous(chunk);
    if (next != 0) {
        *chunk_previous(next) = previous;
    }
    if (previous != 0) {
        *chunk_next(previous) = next;
    } else {
        unsigned bin = space_bin_of(bytes);
        heap->bins[bin] = next;
        if (next == 0) {
            heap->bins_filled[bin / 32u] &= ~(1u << (bin % 32u));
        }
    }
    *word_at(chunk + bytes) &= ~CHUNK_PREVIOUS_FREE;
}

/* Clears the pool map up to the pool in which the last byte before high_water lies. */
static void reach(struct pools_heap *heap) {
    uint32_t reached_bytes = heap->reached_granules * POOLS_ALIGNMENT_BYTES;
    uint32_t first = reached_bytes / POOLS_POOL_BYTES;
    uint32_t end = (heap->high_water - heap->base + POOLS_POOL_BYTES - 1u) / POOLS_POOL_BYTES;
    if (end == first + 1u) {
        *byte_at(heap->base + 8u + first) = 0;
    } else {
        memset(byte_at(heap->base + 8u + first), 0, end - first);
    }
    heap->reached_granules = end * (POOLS_POOL_BYTES / POOLS_ALIGNMENT_BYTES);
}

/* The untouched part begins at `chunk` from here on. */
static inline void set_untouched(struct pools_heap *heap, uint32_t chunk) {
    heap->untouched = chunk;
    if (chunk > heap->high_water) {
        heap->high_water = chunk;
        if (chunk - heap->base > heap->reached_granules * POOLS_ALIGNMENT_BYTES) {
            reach(heap);
        }
    }
}

static uint32_t aligned_header(uint32_t chunk, uint32_t alignment, uint32_t origin) {
    uint32_t offset = chunk + CHUNK_HEADER_BYTES - origin;
    uint32_t at = ((offset + alignment - 1u) & ~(alignment - 1u)) + origin - CHUNK_HEADER_BYTES;
    /* What stays before it must be able to be a free chunk. */
    return at - chunk == 8u ? at + alignment : at;
}

static struct space_place find_untouched(const struct pools_heap *heap, uint32_t bytes,
                                         uint32_t alignment, uint32_t origin) {
    struct space_place place = {heap->untouched,
                                aligned_header(heap->untouched, alignment, origin)};
    uint32_t skipped = place.at - place.chunk;
    uint32_t room = space_untouched_bytes(heap);
    return skipped <= room && bytes <= room - skipped ? place : no_place;
}

/* The smallest of the first few chunks of a bin that has one of at least `bytes` and of less than
 * `less_than`; 0 if none is. */
static uint32_t smallest_in_bin(const struct pools_heap *heap, unsigned bin, uint32_t bytes,
                                uint32_t less_than) {
    uint32_t best = 0;
    uint32_t chunk = heap->bins[bin];
    for (unsigned tries = 0; chunk != 0 && tries < POOLS_BIN_TRIES; tries++) {
        uint32_t size = chunk_bytes(chunk_read(chunk));
        if (size >= bytes && size < less_than) {
            best = chunk;
            less_than = size;
        }
        chunk = *chunk_next(chunk);
    }
    return best;
}

uint32_t space_find(const struct pools_heap *heap, uint32_t bytes) {
    if (bytes > POOLS_REGION_BYTES_MAX) {
        return 0;
    }
    unsigned bin = space_bin_of(bytes);
    if (bytes <= SPACE_EXACT_BYTES_MAX && heap->bins[bin] != 0) {
        return heap->bins[bin];
    }
    uint32_t untouched_bytes = space_untouched_bytes(heap);
    bool untouched_fits = untouched_bytes >= bytes;
    uint32_t less_than = untouched_fits ? untouched_bytes : 0xFFFFFFFFu;
    uint32_t best = 0;
    if (bytes > SPACE_EXACT_BYTES_MAX && heap->bins[bin] != 0) {
        best = smallest_in_bin(heap, bin, bytes, less_than);
    }
    if (best == 0) {
        bin = next_filled_bin(heap, bin + 1u);
        if (bin < POOLS_BIN_COUNT) {
            best = smallest_in_bin(heap, bin, bytes, less_than);
        }
    }
    return best == 0 && untouched_fits ? heap->untouched : best;
}

struct space_place space_find_aligned(const struct pools_heap *heap, uint32_t bytes,
                                      uint32_t alignment, uint32_t origin) {
    if (bytes <= POOLS_REGION_BYTES_MAX && alignment <= POOLS_REGION_BYTES_MAX) {
        unsigned tries = 0;
        unsigned bin = next_filled_bin(heap, space_bin_of(bytes));
        while (bin < POOLS_BIN_COUNT) {
            uint32_t chunk = heap->bins[bin];
            for (unsigned in_bin = 0; chunk != 0 && in_bin < POOLS_BIN_TRIES; in_bin++) {
                uint32_t at = aligned_header(chunk, alignment, origin);
                if (at - chunk + bytes <= chunk_bytes(chunk_read(chunk))) {
                    struct space_place place = {chunk, at};
                    return place;
                }
                tries++;
                chunk = *chunk_next(chunk);
            }
            unsigned next = bin + 1u;
            if (tries >= ALIGNED_TRIES_TOTAL) {
                uint32_t any = bytes + 2u * alignment;
                if (any > POOLS_REGION_BYTES_MAX) {
                    break;
                }
                unsigned sure = space_bin_of(any) + 1u;
                next = sure > next ? sure : next;
            }
            bin = next_filled_bin(heap, next);
        }
    }
    return find_untouched(heap, bytes, alignment, origin);
}

bool space_is_largest(const struct pools_heap *heap, uint32_t chunk) {
    if (chunk == heap->untouched) {
        return true;
    }
    uint32_t bytes = chunk_bytes(chunk_read(chunk));
    return bytes > space_untouched_bytes(heap) && space_bin_of(bytes) == last_filled_bin(heap);
}

uint32_t space_cut(struct pools_heap *heap, uint32_t chunk, uint32_t bytes) {
    if (chunk == heap->untouched) {
        set_untouched(heap, chunk + bytes);
    } else {
        uint32_t whole = chunk_bytes(chunk_read(chunk));
        unlink_free(heap, chunk, whole);
        if (whole - bytes < CHUNK_BYTES_MIN) {
            bytes = whole;
        } else {
            link_free(heap, chunk + bytes, whole - bytes);
        }
    }
    chunk_write(chunk, bytes | CHUNK_USED);
    heap->used_bytes += bytes;
    return chunk;
}

uint32_t space_cut_aligned(struct pools_heap *heap, struct space_place place, uint32_t bytes) {
    uint32_t lead = place.at - place.chunk;
    if (lead == 0) {
        return space_cut(heap, place.chunk, bytes);
    }
    if (place.chunk == heap->untouched) {
        set_untouched(heap, place.at);
    } else {
        uint32_t whole = chunk_bytes(chunk_read(place.chunk));
        unlink_free(heap, place.chunk, whole);
        uint32_t rest = whole - lead - bytes;
        if (rest < CHUNK_BYTES_MIN) {
            bytes += rest;
        } else {
            link_free(heap, place.at + bytes, rest);
        }
    }
    if (place.at == heap->untouched) {
        set_untouched(heap, place.at + bytes);
    }
    chunk_write(place.at, bytes | CHUNK_USED);
    link_free(heap, place.chunk, lead);
    heap->used_bytes += bytes;
    return place.at;
}

void space_give(struct pools_heap *heap, uint32_t chunk) {
    uint32_t header = chunk_read(chunk);
    uint32_t bytes = chunk_bytes(header);
    heap->used_bytes -= bytes;
    chunk_erase(chunk);
    uint32_t next = chunk + bytes;
    if ((header & CHUNK_PREVIOUS_FREE) != 0) {
        uint32_t before_bytes = *word_at(chunk - 4u);
        chunk -= before_bytes;
        bytes += before_bytes;
        unlink_free(heap, chunk, before_bytes);
    }
    if (next == heap->untouched) {
        chunk_erase(chunk);
        set_untouched(heap, chunk);
        return;
    }
    uint32_t next_header = chunk_read(next);
    if (chunk_kind(next_header) == CHUNK_FREE) {
        uint32_t next_bytes = chunk_bytes(next_header);
        unlink_free(heap, next, next_bytes);
        chunk_erase(next);
        bytes += next_bytes;
    }
    link_free(heap, chunk, bytes);
}

void space_shrink(struct pools_heap *heap, uint32_t chunk, uint32_t bytes) {
    uint32_t header = chunk_read(chunk);
    uint32_t rest = chunk_bytes(header) - bytes;
    if (rest < CHUNK_BYTES_MIN) {
        return;
    }
    chunk_write(chunk, bytes | (header & CHUNK_FLAG_MASK));
    chunk_write(chunk + bytes, rest | CHUNK_USED);
    space_give(heap, chunk + bytes);
}

/* Bytes that a used chunk ending at `next` could take there: a free chunk whole, or the untouched
 * part. */
static uint32_t room_after(const struct pools_heap *heap, uint32_t next) {
    if (next == heap->untouched) {
        return space_untouched_bytes(heap);
    }
    uint32_t header = chunk_read(next);
    return chunk_kind(header) == CHUNK_FREE ? chunk_bytes(header) : 0;
}

/* Makes what follows the used chunk part of it: `bytes` of the untouched part, or a free chunk
 * whole. Returns the bytes taken. */
static uint32_t swallow(struct pools_heap *heap, uint32_t next, uint32_t bytes) {
    if (next == heap->untouched) {
        set_untouched(heap, next + bytes);
        return bytes;
    }
    uint32_t next_bytes = chunk_bytes(chunk_read(next));
    unlink_free(heap, next, next_bytes);
    chunk_erase(next);
    return next_bytes;
}

bool space_grow(struct pools_heap *heap, uint32_t chunk, uint32_t bytes) {
    uint32_t header = chunk_read(chunk);
    uint32_t old_bytes = chunk_bytes(header);
    uint32_t next = chunk + old_bytes;
    if (room_after(heap, next) < bytes - old_bytes) {
        return false;
    }
    uint32_t taken = swallow(heap, next, bytes - old_bytes);
    heap->used_bytes += taken;
    chunk_write(chunk, (old_bytes + taken) | (header & CHUNK_FLAG_MASK));
    space_shrink(heap, chunk, bytes);
    return true;
}

uint32_t space_slide_bytes(const struct pools_heap *heap, uint32_t chunk) {
    uint32_t header = chunk_read(chunk);
    if ((header & CHUNK_PREVIOUS_FREE) == 0) {
        return 0;
    }
    uint32_t bytes = chunk_bytes(header);
    return *word_at(chunk - 4u) + bytes + room_after(heap, chunk + bytes);
}

uint32_t space_slide(struct pools_heap *heap, uint32_t chunk, uint32_t bytes) {
    uint32_t old_bytes = chunk_bytes(chunk_read(chunk));
    uint32_t before_bytes = *word_at(chunk - 4u);
    uint32_t to = chunk - before_bytes;
    uint32_t whole = before_bytes + old_bytes;
    unlink_free(heap, to, before_bytes);
    heap->used_bytes += before_bytes;
    if (whole < bytes) {
        uint32_t taken = swallow(heap, chunk + old_bytes, bytes - whole);
        heap->used_bytes += taken;
        whole += taken;
    }
    chunk_erase(chunk);
    memmove(word_at(to + CHUNK_HEADER_BYTES), word_at(chunk + CHUNK_HEADER_BYTES),
            old_bytes - CHUNK_HEADER_BYTES);
    chunk_write(to, whole | CHUNK_USED);
    space_shrink(heap, to, bytes);
    return to;
}
