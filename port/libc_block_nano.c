// SPDX-License-Identifier: MIT
/*
 * newlib-nano. Where alignment moved a block up, the word below it holds the negative distance back to its chunk.
 */
#include "libc_block.h"

#include <stdint.h>
#include <string.h>

#include "layout.h"
#include "libc_block_list.h"
#include "private_libc.h"

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
    int32_t bytes = (int32_t)((const struct libc_chunk *)address)->bytes;
    if (bytes < 0) {
        if (bytes % 4 != 0 || address - heap_start < -(ptrdiff_t)bytes) {
            return POOLS_NOT_A_BLOCK;
        }
        address += bytes;
        bytes = (int32_t)((const struct libc_chunk *)address)->bytes;
    }
    if (bytes < LIBC_CHUNK_BYTES_MIN || bytes % 4 != 0 || bytes > heap_end - address) {
        return POOLS_NOT_A_BLOCK;
    }
    return libc_block_among_free(address, (uint32_t)bytes);
}

/* Where the block is too short, nano's realloc copies as many bytes as the new one has. */
void *libc_block_realloc(void *block, size_t request_bytes) {
    size_t old_bytes = libc_malloc_usable_size(block);
    if (request_bytes <= old_bytes) {
        return libc_realloc(block, request_bytes);
    }
    void *moved = libc_malloc(request_bytes);
    if (moved) {
        memcpy(moved, block, old_bytes);
        libc_free(block);
    }
    return moved;
}
