// SPDX-License-Identifier: MIT
/* The words that a free chunk and a large block's header consist of; see heap.h. */
#ifndef POOLS_CHUNK_H
#define POOLS_CHUNK_H

#include <stdbool.h>
#include <stdint.h>

#include "geometry.h"
#include "word.h"

/* Set in the second word of a large block's header; links and sizes of free chunks are even. */
#define CHUNK_LARGE 1u

static inline pools_word *chunk_next(uint32_t chunk) {
    return word_at(chunk);
}

static inline pools_word *chunk_previous(uint32_t chunk) {
    return word_at(chunk + 4u);
}

/* What the first chunk of a bin has for a previous one: even, as links are, and no address. */
static inline uint32_t chunk_first_in(unsigned bin) {
    return bin * 2u;
}

static inline pools_word *chunk_free_bytes(uint32_t chunk) {
    return word_at(chunk + 8u);
}

/* The heap's key, so that the chunk's second granule, whose bit the map has set, is not taken for a
 * block: what would be its second word says that it has been freed. In the shortest chunk the last
 * word lies here; there the map itself tells. */
static inline pools_word *chunk_mark(uint32_t chunk) {
    return word_at(chunk + 12u);
}

static inline pools_word *chunk_last_word(uint32_t chunk, uint32_t bytes) {
    return word_at(chunk + bytes - 4u);
}

/* Bytes of the free chunk that ends where `chunk` starts. */
static inline uint32_t chunk_bytes_before(uint32_t chunk) {
    return *word_at(chunk - 4u);
}

static inline void chunk_write_large(uint32_t chunk, uint32_t bytes) {
    *word_at(chunk) = ~(bytes | CHUNK_LARGE);
    *word_at(chunk + 4u) = bytes | CHUNK_LARGE;
}

static inline bool chunk_is_large(uint32_t chunk) {
    return (*word_at(chunk + 4u) & CHUNK_LARGE) != 0;
}

/* Bytes of a large block's chunk, header included. */
static inline uint32_t chunk_large_bytes(uint32_t chunk) {
    return *word_at(chunk + 4u) & ~CHUNK_LARGE;
}

/* Size of the chunk that holds a block of so many bytes; they must not be near wrapping. */
static inline uint32_t chunk_bytes_for(uint32_t request_bytes) {
    if (request_bytes <= POOLS_CHUNK_BYTES_MIN) {
        return POOLS_CHUNK_BYTES_MIN;
    }
    uint32_t bytes = (request_bytes + 7u) & ~7u;
    return bytes <= POOLS_SMALL_BYTES_MAX ? bytes : bytes + POOLS_LARGE_HEADER_BYTES;
}

#endif
