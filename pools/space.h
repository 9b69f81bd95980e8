// SPDX-License-Identifier: MIT
/*
 * The space: the region as chunks. Finds a free chunk, cuts it, takes it back and merges it.
 * Knows nothing of classes, pools or policies. Ports the part of obmalloc that arenas play.
 *
 * Sizes are bytes, multiples of 8, POOLS_CHUNK_BYTES_MIN at least. A chunk that a function returns
 * has the map bits of a small block; a large block's second bit and header are the caller's.
 *
 * Cost: every function is constant but for POOLS_BIN_TRIES looks in a bin (in the last bin, at as many
 * as the longest region can hold), and for the map bytes cleared when untouched memory is reached for
 * the first time (one for each 64 bytes).
 */
#ifndef POOLS_SPACE_H
#define POOLS_SPACE_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__ARM_FEATURE_SAT)
#include <arm_acle.h>
#endif

#include "map.h"

/* The bin of free chunks of this size: two a doubling, the last one for all above. */
/*@ requires bytes >= POOLS_CHUNK_BYTES_MIN;
    assigns \nothing;
    ensures \result < POOLS_BIN_COUNT;
    ensures is_bin: \result == bin_of(bytes);
    ensures not_shorter: bin_first(\result) <= bytes;
    ensures not_longer: \result < POOLS_BIN_COUNT - 1 ==> bytes < bin_first(\result + 1);
    ensures bins_above: \forall integer bin; 0 <= bin < POOLS_BIN_COUNT ==>
      (bin > \result <==> bin_first(bin) > bytes);
*/
POOLS_IN_HEADER unsigned space_bin_of(uint32_t bytes) {
    unsigned zeros = (unsigned)__builtin_clz(bytes);
    unsigned bin = 52u - 2u * zeros + (bytes << zeros >> 30);
#if defined(__ARM_FEATURE_SAT)
    return __usat((int32_t)bin, 5);
#else
    return bin < POOLS_BIN_COUNT - 1u ? bin : POOLS_BIN_COUNT - 1u;
#endif
}

/* The bit of a bin in bins_filled: the smallest sizes have the highest bit. */
/*@ requires bin < POOLS_BIN_COUNT;
    assigns \nothing;
    ensures \forall integer k; 0 <= k < 32 ==> (bit(\result, k) <==> k == 31 - bin);
*/
static inline uint32_t space_bin_bit(unsigned bin) {
    return 0x80000000u >> bin;
}

/* Clears, then sets bits of the map from the granule at `address` on, as map_change does. */
#ifdef __OPTIMIZE_SIZE__
void space_mark(struct pools_heap *heap, uint32_t address, uint32_t clear, uint32_t set);
#else
/*@ requires \valid_read(heap) && address >= heap->base && in_map(heap->base, ((address - heap->base) / 8));
    requires in_sight: \forall integer k; 0 <= k < ((address - heap->base) / 8) % 8 ==> !bit(clear, k) && !bit(set, k);
    assigns proof_marks[((address - heap->base) / 8) - ((address - heap->base) / 8) % 8 .. ((address - heap->base) / 8) - ((address - heap->base) / 8) % 8 + 31];
    ensures is_set: \forall integer g; ((address - heap->base) / 8) <= g < ((address - heap->base) / 8) + 32 - ((address - heap->base) / 8) % 8 ==>
      bit(set, 31 + ((address - heap->base) / 8) - g) ==> marked(g);
    ensures is_cleared: \forall integer g; ((address - heap->base) / 8) <= g < ((address - heap->base) / 8) + 32 - ((address - heap->base) / 8) % 8 ==>
      bit(clear, 31 + ((address - heap->base) / 8) - g) && !bit(set, 31 + ((address - heap->base) / 8) - g) ==> !marked(g);
    ensures is_kept: \forall integer g; ((address - heap->base) / 8) <= g < ((address - heap->base) / 8) + 32 - ((address - heap->base) / 8) % 8 ==>
      !bit(clear, 31 + ((address - heap->base) / 8) - g) && !bit(set, 31 + ((address - heap->base) / 8) - g) ==>
      (marked(g) <==> marked{Pre}(g));
    ensures kept_before: \forall integer g; ((address - heap->base) / 8) - ((address - heap->base) / 8) % 8 <= g < ((address - heap->base) / 8) ==>
      (marked(g) <==> marked{Pre}(g));
*/
static inline void space_mark(struct pools_heap *heap, uint32_t address, uint32_t clear,
                              uint32_t set) {
    map_change(heap->base, map_granule(heap->base, address), clear, set);
}
#endif

/* A free chunk of at least `bytes`, or the untouched part, which competes by its size with chunks of
 * bins further up, so that it is cut last and stays in one piece. Returns its address, or 0 iff none was found. */
uint32_t space_find(struct pools_heap *heap, uint32_t bytes);

/* Clears the map so far that it is defined for `granule`. */
void space_clear_map(struct pools_heap *heap, uint32_t granule);

/* Makes the start of what space_find found a used chunk. Returns the bytes that it got: what was
 * asked for, or 8 more. */
uint32_t space_cut(struct pools_heap *heap, uint32_t chunk, uint32_t bytes);

#ifndef __OPTIMIZE_SIZE__
/* Makes the end of a free chunk that is longer by POOLS_CHUNK_BYTES_MIN at least a used chunk. Returns that. */
uint32_t space_cut_end(struct pools_heap *heap, uint32_t chunk, uint32_t bytes);
#endif

/* Takes `bytes` off the untouched part, which must hold them, as `count` used chunks. starts: their
 * map bits, the first one's highest, and behind them where the untouched part then starts; it must lie
 * within MAP_WINDOW_GRANULES. */
void space_carve(struct pools_heap *heap, uint32_t bytes, uint32_t starts, uint32_t count);

/* A used chunk of `bytes`, or 8 more, with (chunk + offset_bytes) a multiple of `alignment`, a power of two, 16 or more. */
uint32_t space_take_aligned(struct pools_heap *heap, uint32_t bytes, uint32_t alignment,
                            uint32_t offset_bytes, uint32_t *got_bytes);

/* Takes a used chunk back and merges it with its free neighbours. */
void space_give(struct pools_heap *heap, uint32_t chunk, uint32_t bytes);

/* Makes a used chunk of `old_bytes` one of `bytes`, fewer; what is left over is given back if it is
 * a chunk's length. Returns the bytes it then has. */
uint32_t space_shrink(struct pools_heap *heap, uint32_t chunk, uint32_t old_bytes, uint32_t bytes);

/* Grows a used chunk of `old_bytes` to `bytes`, or 8 more, into what follows it. Returns the bytes
 * it then has, or 0 if there is no room. */
uint32_t space_grow(struct pools_heap *heap, uint32_t chunk, uint32_t old_bytes, uint32_t bytes);

/* Bytes of the free chunk before a used chunk, plus its own, plus what could be taken after it; 0
 * if there is no free chunk before. */
uint32_t space_slide_room(const struct pools_heap *heap, uint32_t chunk, uint32_t chunk_bytes);

/* Moves a used chunk with its contents down into the free chunk before it and makes it `bytes`
 * long, or 8 more; space_slide_room told that there is room. Stores the bytes it then has. Returns
 * its new address. */
uint32_t space_slide(struct pools_heap *heap, uint32_t chunk, uint32_t old_bytes, uint32_t bytes,
                     uint32_t *new_bytes);

/* The start of it: makes the free chunk before a used one, itself and what is still wanting after it one
 * used chunk, and stores its bytes. Contents stay where they are. Returns its address. */
uint32_t space_annex_before(struct pools_heap *heap, uint32_t chunk, uint32_t old_bytes,
                            uint32_t bytes, uint32_t *whole_bytes);

/* Returns true iff no used chunk starts at `chunk`: it is free, or the untouched part. */
bool space_is_free(const struct pools_heap *heap, uint32_t chunk);

/* The highest address that was ever part of a chunk. */
/*@ requires \valid_read(heap);
    assigns \nothing;
    ensures \result == \max(heap->untouched, heap->high_water);
*/
static inline uint32_t space_high_water(const struct pools_heap *heap) {
    return heap->untouched > heap->high_water ? heap->untouched : heap->high_water;
}

/*@ requires \valid_read(heap) && heap->untouched <= heap->end;
    assigns \nothing;
    ensures \result == heap->end - heap->untouched;
*/
static inline uint32_t space_untouched_bytes(const struct pools_heap *heap) {
    return heap->end - heap->untouched;
}

#endif
