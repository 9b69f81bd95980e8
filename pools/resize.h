// SPDX-License-Identifier: MIT
/* A live block made shorter or longer where it is: what pools_realloc and pools_resize share. */
#ifndef POOLS_RESIZE_H
#define POOLS_RESIZE_H

#include "chunk.h"
#include "identity.h"
#include "plenty.h"
#include "space.h"

static inline bool is_large(struct identity it) {
    return it.block_bytes != it.bytes;
}

/* A block that becomes a short one is not cut up: what would be left of it is a gap that little fits, among blocks
 * that are longer. */
static inline bool moves_rather(const struct pools_heap *heap, struct identity it,
                                uint32_t request_bytes) {
    return request_bytes <= it.block_bytes && request_bytes <= POOLS_SMALL_BYTES_MAX &&
           (is_large(it) || !plenty_is_scarce(heap));
}

/* Tries without moving; NULL if that is not possible. */
static inline void *resize_in_place(struct pools_heap *heap, struct identity it, void *block,
                                    uint32_t request_bytes) {
    uint32_t bytes = is_large(it) ? ((request_bytes + 7u) & ~7u) + POOLS_LARGE_HEADER_BYTES
                                  : chunk_bytes_for(request_bytes);
    if (request_bytes <= it.block_bytes) {
        /* A large block that short would be taken for a small one. */
        if (is_large(it) && request_bytes <= POOLS_POOLED_BYTES_MAX) {
            return NULL;
        }
        bytes = space_shrink(heap, it.chunk, it.bytes, bytes);
    } else if (is_large(it) || request_bytes <= POOLS_SMALL_BYTES_MAX) {
        bytes = space_grow(heap, it.chunk, it.bytes, bytes);
        if (bytes == 0) {
            return NULL;
        }
    } else {
        return NULL;
    }
    if (is_large(it)) {
        chunk_write_large(it.chunk, bytes);
    }
    plenty_renew(heap);
    return block;
}

#endif
