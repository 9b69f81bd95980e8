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

static inline uint32_t map_address(uint32_t base, uint32_t granule) {
    return base - 4u - granule / 8u;
}

#if defined(__ARM_FEATURE_UNALIGNED) || defined(__x86_64__) || defined(__aarch64__)
struct __attribute__((packed, may_alias)) map_unaligned {
    uint32_t word;
};

/* A word of the map at any address, and the same written. */
static inline uint32_t map_read(uint32_t address) {
    return ((const struct map_unaligned *)(uintptr_t)address)->word;
}

static inline void map_write(uint32_t address, uint32_t word) {
    ((struct map_unaligned *)(uintptr_t)address)->word = word;
}

/* The bits from `granule` on, in the highest MAP_WINDOW_GRANULES or more; zeros follow. */
static inline uint32_t map_window(uint32_t base, uint32_t granule) {
    return map_read(map_address(base, granule)) << granule % 8u;
}

/* Clears, then sets bits from `granule` on, given as in a window; the first 25 at most. */
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
static inline uint32_t map_turn_left(uint32_t word, uint32_t shift) {
    return word << shift | word >> ((32u - shift) & 31u);
}

static inline uint32_t map_turn_right(uint32_t word, uint32_t shift) {
    return word >> shift | word << ((32u - shift) & 31u);
}

static inline uint32_t map_granule(uint32_t base, uint32_t address) {
    return (address - base) / POOLS_ALIGNMENT_BYTES;
}

#endif
