// SPDX-License-Identifier: MIT
/*
 * The map: one bit for each granule, where chunks start. See heap.h for what the bits say.
 *
 * It lies below base and grows downwards, granule 0 being the highest bit of the byte at base - 1.
 * So a word read at any byte of it has its first granule in its highest bit, on a little-endian
 * machine, and CLZ counts granules.
 */
#ifndef POOLS_MAP_H
#define POOLS_MAP_H

#include "heap.h"
#include "word.h"

/* The bit of a window's first granule, of its second, and so on. */
#define MAP_FIRST  0x80000000u
#define MAP_SECOND 0x40000000u
#define MAP_THIRD  0x20000000u

/* Bytes that a window at the map's last granule reads beyond it, rounded up to a granule. */
#define MAP_SLACK_BYTES 8u

/* Granules that a window shows at least, wherever it starts within a byte. */
#define MAP_WINDOW_GRANULES 25u

/*@ requires in_map(base, granule);
    assigns \nothing;
    ensures \result == base - 4 - granule / 8;
*/
static inline uint32_t map_address(uint32_t base, uint32_t granule) {
    return base - 4u - granule / 8u;
}

#if defined(__ARM_FEATURE_UNALIGNED) || defined(__x86_64__) || defined(__aarch64__)
struct __attribute__((packed, may_alias)) map_unaligned {
    uint32_t word;
};

/* A word of the map at any address, and the same written. */
/*@ requires map_word(address);
    assigns \nothing;
    ensures shows(\result, first_in_sight(address));
*/
static inline uint32_t map_read(uint32_t address) {
    return ((const struct map_unaligned *)(uintptr_t)address)->word;
}

/*@ requires map_word(address);
    assigns proof_marks[first_in_sight(address) .. first_in_sight(address) + 31];
    ensures shows(word, first_in_sight(address));
*/
static inline void map_write(uint32_t address, uint32_t word) {
    ((struct map_unaligned *)(uintptr_t)address)->word = word;
}

/* The bits from `granule` on, in the highest MAP_WINDOW_GRANULES or more; zeros follow. */
/*@ requires in_map(base, granule);
    assigns \nothing;
    ensures sight: \forall integer g; granule <= g < granule + 32 - granule % 8 ==>
      (marked(g) <==> bit(\result, 31 + granule - g));
    ensures zeros_follow: \forall integer k; 0 <= k < granule % 8 ==> !bit(\result, k);
*/
static inline uint32_t map_window(uint32_t base, uint32_t granule) {
    return map_read(map_address(base, granule)) << granule % 8u;
}

/* Clears, then sets bits from `granule` on, given as in a window; the first 25 at most. */
/*@ requires in_map(base, granule);
    requires in_sight: \forall integer k; 0 <= k < granule % 8 ==> !bit(clear, k) && !bit(set, k);
    assigns proof_marks[granule - granule % 8 .. granule - granule % 8 + 31];
    ensures is_set: \forall integer g; granule <= g < granule + 32 - granule % 8 ==>
      bit(set, 31 + granule - g) ==> marked(g);
    ensures is_cleared: \forall integer g; granule <= g < granule + 32 - granule % 8 ==>
      bit(clear, 31 + granule - g) && !bit(set, 31 + granule - g) ==> !marked(g);
    ensures is_kept: \forall integer g; granule <= g < granule + 32 - granule % 8 ==>
      !bit(clear, 31 + granule - g) && !bit(set, 31 + granule - g) ==>
      (marked(g) <==> marked{Pre}(g));
    ensures kept_before: \forall integer g; granule - granule % 8 <= g < granule ==>
      (marked(g) <==> marked{Pre}(g));
*/
static inline void map_change(uint32_t base, uint32_t granule, uint32_t clear, uint32_t set) {
    uint32_t address = map_address(base, granule);
    uint32_t shift = granule % 8u;
    uint32_t word = map_read(address);
    word &= ~(clear >> shift);
    word |= set >> shift;
    map_write(address, word);
}
#else
/* The same where words must be aligned, out of line because they are long: map.c. */
uint32_t map_read(uint32_t address);
void map_write(uint32_t address, uint32_t word);
uint32_t map_window(uint32_t base, uint32_t granule);
void map_change(uint32_t base, uint32_t granule, uint32_t clear, uint32_t set);
#endif

/* Granules of the small block that starts at `granule`, as far as one look shows it: 0 or 1 if no small
 * block starts there, 0 or 32 if its end is not in sight. */
#if defined(__ARM_FEATURE_CLZ) || !defined(__arm__)
/*@ requires in_map(base, granule);
    assigns \nothing;
    ensures not_marked: !marked(granule) ==> \result == 0;
    ensures \result <= 32 && (marked(granule) ==> 1 <= \result);
    ensures next: 1 <= \result <= 31 ==> marked(granule + \result);
    ensures none_between: \forall integer g; marked(granule) && granule < g < granule + \result &&
      g < granule + 32 - granule % 8 ==> !marked(g);
*/
static inline uint32_t map_sight(uint32_t base, uint32_t granule) {
    /* The block's own bit away: what is left starts with as many zeros as it has granules. */
    uint32_t window = map_window(base, granule) ^ MAP_FIRST;
    return window == 0 ? 32u : (uint32_t)__builtin_clz(window);
}
#else
/* By a byte: the place of its highest bit, counted from 1; 0 = none. */
extern const uint8_t map_first_bit[256];

static inline uint32_t map_sight(uint32_t base, uint32_t granule) {
    uint32_t bits = *word_at(base - 4u - granule / 32u * 4u) << granule % 32u;
    return (bits & MAP_FIRST) == 0 ? 0 : map_first_bit[bits << 1 >> 24];
}
#endif

/* A word of the map turned so that its granule `shift` (0..7) comes first, and back. */
/*@ requires shift <= 7;
    assigns \nothing;
    ensures turned: \forall integer k; shift <= k < 32 ==> (bit(\result, k) <==> bit(word, k - shift));
    ensures wrapped: \forall integer k; 0 <= k < shift ==> (bit(\result, k) <==> bit(word, k + 32 - shift));
*/
static inline uint32_t map_turn_left(uint32_t word, uint32_t shift) {
    return word << shift | word >> ((32u - shift) & 31u);
}

/*@ requires shift <= 7;
    assigns \nothing;
    ensures turned: \forall integer k; 0 <= k < 32 - shift ==> (bit(\result, k) <==> bit(word, k + shift));
    ensures wrapped: \forall integer k; 32 - shift <= k < 32 ==>
      (bit(\result, k) <==> bit(word, k + shift - 32));
*/
static inline uint32_t map_turn_right(uint32_t word, uint32_t shift) {
    return word >> shift | word << ((32u - shift) & 31u);
}

/*@ requires base <= address;
    assigns \nothing;
    ensures \result == (address - base) / 8;
*/
static inline uint32_t map_granule(uint32_t base, uint32_t address) {
    return (address - base) / POOLS_ALIGNMENT_BYTES;
}

/* Bytes of the map that a region of so many bytes needs. A byte for 64 bytes is 1/65 of the region,
 * which is 1/64 - 1/64^2 + 1/64^3 ..., each of which is rounded down. */
/*@ requires region_bytes <= POOLS_REGION_BYTES_MAX && region_bytes % 8 == 0;
    assigns \nothing;
    ensures whole_granules: \result % 8 == 0;
    ensures enough: region_bytes - \result <= 64 * (\result - MAP_SLACK_BYTES);
    ensures not_too_much: \result <= region_bytes / 64 + 18;
*/
static inline uint32_t map_bytes_for(uint32_t region_bytes) {
    uint32_t bytes = (region_bytes >> 6) - (region_bytes >> 12) + (region_bytes >> 18);
    return (bytes + 3u + MAP_SLACK_BYTES + 7u) & ~7u;
}

#endif
