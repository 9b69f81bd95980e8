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

/*@ requires chunk_at(chunk);
    assigns \nothing;
    ensures \result == &proof_words[chunk / 4];
*/
static inline pools_word *chunk_next(uint32_t chunk) {
    return word_at(chunk);
}

/*@ requires chunk_at(chunk);
    assigns \nothing;
    ensures \result == &proof_words[(chunk + 4) / 4];
*/
static inline pools_word *chunk_previous(uint32_t chunk) {
    return word_at(chunk + 4u);
}

/* What the first chunk of a bin has for a previous one: even, as links are, and no address. */
/*@ requires bin < POOLS_BIN_COUNT;
    assigns \nothing;
    ensures \result == 2 * bin;
*/
static inline uint32_t chunk_first_in(unsigned bin) {
    return bin * 2u;
}

/*@ requires chunk_at(chunk);
    assigns \nothing;
    ensures \result == &proof_words[(chunk + 8) / 4];
*/
static inline pools_word *chunk_free_bytes(uint32_t chunk) {
    return word_at(chunk + 8u);
}

/* The heap's key, so that the chunk's second granule, whose bit the map has set, is not taken for a
 * block: what would be its second word says that it has been freed. In the shortest chunk the last
 * word lies here; there the map itself tells. */
/*@ requires chunk_at(chunk);
    assigns \nothing;
    ensures \result == &proof_words[(chunk + 12) / 4];
*/
static inline pools_word *chunk_mark(uint32_t chunk) {
    return word_at(chunk + 12u);
}

/*@ requires chunk_of(chunk, bytes);
    assigns \nothing;
    ensures \result == &proof_words[(chunk + bytes - 4) / 4];
*/
static inline pools_word *chunk_last_word(uint32_t chunk, uint32_t bytes) {
    return word_at(chunk + bytes - 4u);
}

/* Bytes of the free chunk that ends where `chunk` starts. */
/*@ requires chunk_at(chunk) && BASE < chunk;
    assigns \nothing;
    ensures \result == word(chunk - 4);
*/
static inline uint32_t chunk_bytes_before(uint32_t chunk) {
    return *word_at(chunk - 4u);
}

/*@ requires chunk_of(chunk, bytes);
    assigns proof_words[chunk / 4 .. chunk / 4 + 1];
    ensures word(chunk + 4) == bytes + 1 && word(chunk) == 0xFFFFFFFF - word(chunk + 4);
*/
static inline void chunk_write_large(uint32_t chunk, uint32_t bytes) {
    *word_at(chunk) = ~(bytes | CHUNK_LARGE);
    *word_at(chunk + 4u) = bytes | CHUNK_LARGE;
}

/*@ requires chunk_at(chunk);
    assigns \nothing;
    ensures \result <==> word(chunk + 4) % 2 == 1;
*/
static inline bool chunk_is_large(uint32_t chunk) {
    return (*word_at(chunk + 4u) & CHUNK_LARGE) != 0;
}

/* Bytes of a large block's chunk, header included. */
/*@ requires chunk_at(chunk);
    assigns \nothing;
    ensures \result == word(chunk + 4) - word(chunk + 4) % 2;
*/
static inline uint32_t chunk_large_bytes(uint32_t chunk) {
    return *word_at(chunk + 4u) & ~CHUNK_LARGE;
}

/* Size of the chunk that holds a block of so many bytes; they must not be near wrapping. */
/*@ requires request_bytes <= POOLS_REGION_BYTES_MAX;
    assigns \nothing;
    ensures whole_granules: \result % 8 == 0 && \result >= POOLS_CHUNK_BYTES_MIN;
    ensures small: request_bytes <= POOLS_SMALL_BYTES_MAX ==>
      request_bytes <= \result && (\result == 16 || \result < request_bytes + 8);
    ensures large: request_bytes > POOLS_SMALL_BYTES_MAX ==>
      request_bytes + POOLS_LARGE_HEADER_BYTES <= \result < request_bytes + 16;
*/
POOLS_IN_HEADER uint32_t chunk_bytes_for(uint32_t request_bytes) {
    if (request_bytes <= POOLS_CHUNK_BYTES_MIN) {
        return POOLS_CHUNK_BYTES_MIN;
    }
    uint32_t bytes = (request_bytes + 7u) & ~7u;
    return bytes <= POOLS_SMALL_BYTES_MAX ? bytes : bytes + POOLS_LARGE_HEADER_BYTES;
}

#endif
