// SPDX-License-Identifier: MIT
/*
 * picolibc. Every block is right behind its chunk's first word: what alignment leaves free in front is a chunk
 * of its own.
 */
#include "libc_block.h"

#include <stdint.h>

#include "layout.h"
#include "libc_block_list.h"
#include "private_libc.h"

enum { CHUNK_STEP_BYTES = 8 };

const uint32_t libc_block_step_bytes = 4;

static const struct layout_libc_record libc_record LAYOUT_RECORD = {
    .head = LAYOUT_HEAD(LAYOUT_LIBC, 1, libc_record),
    .libc = LAYOUT_LIBC_PICOLIBC,
    .list = &libc___malloc_free_list,
};

enum pools_status libc_block_status(const void *block, const char *heap_start,
                                    const char *heap_end) {
    const char *address = (const char *)block - sizeof(uint32_t);
    if (address < heap_start) {
        return POOLS_NOT_A_BLOCK;
    }
    uint32_t bytes = ((const struct libc_chunk *)address)->bytes;
    if (bytes < LIBC_CHUNK_BYTES_MIN || bytes % CHUNK_STEP_BYTES != 0 ||
        bytes > (size_t)(heap_end - address)) {
        return POOLS_NOT_A_BLOCK;
    }
    return libc_block_among_free(address, bytes);
}

void *libc_block_realloc(void *block, size_t request_bytes) {
    return libc_realloc(block, request_bytes);
}
