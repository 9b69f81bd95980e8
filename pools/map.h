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

#if defined(__ARM_FEATURE_UNALIGNED) || defined(__x86_64__) || defined(__aarch64__)
#define MAP_WORD_READ(address) (((const struct map_unaligned *)(uintptr_t)(address))->word)
#define MAP_WORD_WRITE(address, value)                                                             \
    (((struct map_unaligned *)(uintptr_t)(address))->word = (value))
struct __attribute__((packed, may_alias)) map_unaligned {
    uint32_t word;
};
#else
static inline uint32_t map_word_read(uint32_t address) {
    return *byte_at(address) | (uint32_t)*byte_at(address + 1u) << 8 |
           (uint32_t)*byte_at(address + 2u) << 16 | (uint32_t)*byte_at(address + 3u) << 24;
}

static inline void map_word_write(uint32_t address, uint32_t value) {
    *byte_at(address) = (uint8_t)value;
    *byte_at(address + 1u) = (uint8_t)(value >> 8);
    *byte_at(address + 2u) = (uint8_t)(value >> 16);
    *byte_at(address + 3u) = (uint8_t)(value >> 24);
}
#define MAP_WORD_READ(address)         map_word_read(address)
#define MAP_WORD_WRITE(address, value) map_word_write(address, value)
#endif

static inline uint32_t map_address(uint32_t base, uint32_t granule) {
    return base - 4u - granule / 8u;
}

/* The bits from `granule` on, in the highest MAP_WINDOW_GRANULES or more; zeros follow. */
static inline uint32_t map_window(uint32_t base, uint32_t granule) {
    return MAP_WORD_READ(map_address(base, granule)) << granule % 8u;
}

/* Clears, then sets bits from `granule` on, given as in a window; the first 25 at most. */
static inline void map_change(uint32_t base, uint32_t granule, uint32_t clear, uint32_t set) {
    uint32_t address = map_address(base, granule);
    uint32_t shift = granule % 8u;
    uint32_t word = MAP_WORD_READ(address);
    word &= ~(clear >> shift);
    word |= set >> shift;
    MAP_WORD_WRITE(address, word);
}

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
