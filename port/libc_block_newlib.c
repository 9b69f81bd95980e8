// SPDX-License-Identifier: MIT
/*
 * Full newlib. A chunk is {previous chunk's bytes if that is free, own bytes | flags, block...}.
 * Bit 0 of a chunk says that the chunk before it is in use, so a block's own state is in its
 * successor. The last chunk of the heap, the top, is never a block.
 */
#include "libc_block.h"

#include <stdint.h>

#include "layout.h"
#include "private_libc.h"

struct chunk {
    uint32_t previous_bytes;
    uint32_t bytes_and_flags;
};

enum { PREVIOUS_IN_USE = 1, FLAGS = 7, CHUNK_MIN_BYTES = 16, TOP_INDEX = 2 };

/* The library's table of bins; one of its first entries is the top chunk. */
extern struct chunk *libc___malloc_av_[];

static const struct layout_libc_record libc_record LAYOUT_RECORD = {
    .head = LAYOUT_HEAD(LAYOUT_LIBC, 1, libc_record),
    .libc = LAYOUT_LIBC_NEWLIB,
    .list = libc___malloc_av_,
};

static uint32_t bytes_of(const struct chunk *chunk) {
    return chunk->bytes_and_flags & ~(uint32_t)FLAGS;
}

const uint32_t libc_block_step_bytes = 4096;

enum pools_status libc_block_status(const void *block, const char *heap_start,
                                    const char *heap_end) {
    const char *chunk_address = (const char *)block - sizeof(struct chunk);
    const char *top_address = (const char *)libc___malloc_av_[TOP_INDEX];
    if (top_address < heap_start || top_address > heap_end - sizeof(struct chunk)) {
        return POOLS_CORRUPT;
    }
    if (chunk_address < heap_start || chunk_address >= top_address) {
        return POOLS_NOT_A_BLOCK;
    }
    const struct chunk *chunk = (const struct chunk *)chunk_address;
    uint32_t chunk_bytes = bytes_of(chunk);
    if (chunk_bytes < CHUNK_MIN_BYTES || chunk_bytes > (size_t)(top_address - chunk_address)) {
        return POOLS_NOT_A_BLOCK;
    }
    if (!(chunk->bytes_and_flags & PREVIOUS_IN_USE)) {
        uint32_t previous_bytes = chunk->previous_bytes;
        if (previous_bytes % POOLS_ALIGNMENT_BYTES != 0 ||
            previous_bytes > (size_t)(chunk_address - heap_start) ||
            bytes_of((const struct chunk *)(chunk_address - previous_bytes)) != previous_bytes) {
            return POOLS_NOT_A_BLOCK;
        }
    }
    const struct chunk *next = (const struct chunk *)(chunk_address + chunk_bytes);
    return next->bytes_and_flags & PREVIOUS_IN_USE ? POOLS_OK : POOLS_DOUBLE_FREE;
}

void *libc_block_realloc(void *block, size_t request_bytes) {
    return libc_realloc(block, request_bytes);
}
