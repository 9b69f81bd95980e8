// SPDX-License-Identifier: MIT
/*
 * A chunk's header word and a free chunk's links.
 *
 * Header, one word at `chunk` (4 modulo 8), payload at chunk + 4:
 *   bits 31..24  tag: address bits 10..3 of the payload. A word of the program's data, or the stale
 *                header of a chunk that lay elsewhere, fails it with odds of 255 in 256
 *   bits 23..3   size of the whole chunk in bytes, a multiple of 8, at least 16
 *   bits 2..1    kind
 *   bit 0        the chunk before this one is free (its last word is then its size)
 *
 * A header that stops being one is overwritten (chunk_erase), so that an old pointer to it is
 * found.
 */
#ifndef POOLS_CHUNK_H
#define POOLS_CHUNK_H

#include <stdbool.h>
#include <stdint.h>

#include "word.h"

#define CHUNK_HEADER_BYTES 4u
#define CHUNK_BYTES_MIN    16u /* header, two links and the size at the end */

#define CHUNK_PREVIOUS_FREE 1u
#define CHUNK_KIND_MASK     6u
#define CHUNK_FREE          0u
#define CHUNK_USED          2u
#define CHUNK_KEPT          4u
#define CHUNK_POOL          6u
#define CHUNK_FLAG_MASK     7u
#define CHUNK_BYTES_MASK    0x00FFFFF8u
#define CHUNK_UNTAGGED_MAX  0x00FFFFFFu

static inline uint32_t chunk_tag(uint32_t chunk) {
    return (chunk + CHUNK_HEADER_BYTES) << 21;
}

/* The header without its tag; above CHUNK_UNTAGGED_MAX iff the tag is wrong. */
static inline uint32_t chunk_read(uint32_t chunk) {
    return *word_at(chunk) ^ chunk_tag(chunk);
}

static inline void chunk_write(uint32_t chunk, uint32_t size_and_flags) {
    *word_at(chunk) = size_and_flags ^ chunk_tag(chunk);
}

/* Makes a used chunk a kept one, or a kept one used. */
static inline void chunk_toggle_kept(uint32_t chunk) {
    *word_at(chunk) ^= CHUNK_USED ^ CHUNK_KEPT;
}

/* No chunk starts here any more. Zero with a right tag would be a free chunk of no size. */
static inline void chunk_erase(uint32_t chunk) {
    *word_at(chunk) = 0;
}

static inline uint32_t chunk_bytes(uint32_t header) {
    return header & CHUNK_BYTES_MASK;
}

static inline uint32_t chunk_kind(uint32_t header) {
    return header & CHUNK_KIND_MASK;
}

/* Free chunks: next and previous in the bin, and the size once more in the last word. Kept chunks
 * use only `next`. */
static inline pools_word *chunk_next(uint32_t chunk) {
    return word_at(chunk + 4u);
}

static inline pools_word *chunk_previous(uint32_t chunk) {
    return word_at(chunk + 8u);
}

static inline pools_word *chunk_last_word(uint32_t chunk, uint32_t bytes) {
    return word_at(chunk + bytes - 4u);
}

/* Size of the chunk that holds a block of its own of this many bytes; request_bytes must not wrap.
 */
static inline uint32_t chunk_bytes_for(uint32_t request_bytes) {
    uint32_t bytes = (request_bytes + CHUNK_HEADER_BYTES + 7u) & ~7u;
    return bytes < CHUNK_BYTES_MIN ? CHUNK_BYTES_MIN : bytes;
}

#endif
