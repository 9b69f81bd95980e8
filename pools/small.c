// SPDX-License-Identifier: MIT
/* The functions of headers that are called, not inlined, where the build wants a small image. */
#include "chunk.h"
#include "heap_inline.h"
#include "pools.h"
#include "space.h"

#ifdef __OPTIMIZE_SIZE__
extern uint32_t chunk_bytes_for(uint32_t request_bytes);
extern unsigned space_bin_of(uint32_t bytes);

void *pools_malloc_any(struct pools_heap *heap, size_t request_bytes) {
    void *ready = pools_malloc_fast(heap, request_bytes);
    return ready != NULL ? ready : pools_malloc(heap, request_bytes);
}
#endif
