// SPDX-License-Identifier: MIT
/*
 * The free chunks of newlib-nano and picolibc: one list in order of address, the same in both. A chunk is
 * {bytes, block...}; of a free one the block's first word is the next chunk.
 */
#ifndef OBMALLOC_LIBC_BLOCK_LIST_H
#define OBMALLOC_LIBC_BLOCK_LIST_H

#include <stdint.h>

#include "pools.h"

struct libc_chunk {
    uint32_t bytes;
    struct libc_chunk *next;
};

/* What memalign leaves of a chunk for up to 4 bytes; malloc's have 12 at least. */
enum { LIBC_CHUNK_BYTES_MIN = 8 };

/* Of the library's private copy. */
extern struct libc_chunk *libc___malloc_free_list;

/* Returns POOLS_OK iff no free chunk shares a byte with the chunk at address; POOLS_DOUBLE_FREE iff it is one.
 * Cost: grows with the number of free chunks below it. */
static inline enum pools_status libc_block_among_free(const char *address, uint32_t bytes) {
    const struct libc_chunk *free_chunk = libc___malloc_free_list;
    while (free_chunk && (const char *)free_chunk < address + bytes) {
        const char *free_start = (const char *)free_chunk;
        if (free_start == address) {
            return POOLS_DOUBLE_FREE;
        }
        if (free_start > address || free_start + free_chunk->bytes > address) {
            return POOLS_NOT_A_BLOCK;
        }
        if (free_chunk->next && free_chunk->next <= free_chunk) {
            return POOLS_CORRUPT;
        }
        free_chunk = free_chunk->next;
    }
    return POOLS_OK;
}

#endif
