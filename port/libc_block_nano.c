// SPDX-License-Identifier: MIT
/*
 * newlib-nano. A chunk is {bytes, block...}; where alignment moved the block up, the word below it
 * holds the negative distance back to the chunk. Free chunks are a list in order of address.
 */
#include "libc_block.h"

#include <stdint.h>

#include "layout.h"

struct chunk {
    int32_t bytes;
    struct chunk *next; /* of a free chunk; else the block's first word */
};

/* What memalign leaves of a chunk for up to 4 bytes; malloc's have 12 at least. */
enum { CHUNK_MIN_BYTES = 8 };

extern struct chunk *libc___malloc_free_list;

const uint32_t libc_block_step_bytes = 4;

static const struct layout_libc_record libc_record LAYOUT_RECORD = {
    .head = LAYOUT_HEAD(LAYOUT_LIBC, 1, libc_record),
    .libc = LAYOUT_LIBC_NANO,
    .list = &libc___malloc_free_list,
};

enum pools_status libc_block_status(const void *block, const char *heap_start,
                                    const char *heap_end) {
    const char *address = (const char *)block - sizeof(int32_t);
    if (address < heap_start) {
        return POOLS_NOT_A_BLOCK;
    }
    int32_t bytes = ((const struct chunk *)address)->bytes;
    if (bytes < 0) {
        if (bytes % 4 != 0 || address - heap_start < -(ptrdiff_t)bytes) {
            return POOLS_NOT_A_BLOCK;
        }
        address += bytes;
        bytes = ((const struct chunk *)address)->bytes;
    }
    if (bytes < CHUNK_MIN_BYTES || bytes % 4 != 0 || bytes > heap_end - address) {
        return POOLS_NOT_A_BLOCK;
    }
    const struct chunk *free_chunk = libc___malloc_free_list;
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
