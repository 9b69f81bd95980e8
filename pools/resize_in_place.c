// SPDX-License-Identifier: MIT
/* realloc without the part that copies, for callers that copy with their lock released. */
#include "pools.h"
#include "resize.h"

/* The same decisions as pools_realloc's, up to where that one moves the block. */
void *pools_resize(struct pools_heap *heap, void *block, size_t request_bytes) {
    struct identity it = identity_of(heap, block);
    if (it.status != POOLS_OK || request_bytes > POOLS_REGION_BYTES_MAX) {
        return NULL;
    }
    uint32_t bytes = request_bytes == 0 ? 1u : (uint32_t)request_bytes;
    if (pools_wastes_little(bytes, it.block_bytes) ||
        (bytes <= it.block_bytes && chunk_bytes_for(bytes) == it.bytes)) {
        return block;
    }
    bool is_pooled = it.bytes <= POOLS_POOLED_BYTES_MAX && !plenty_is_scarce(heap);
    return is_pooled && bytes <= it.block_bytes ? NULL : resize_in_place(heap, it, block, bytes);
}
