// SPDX-License-Identifier: MIT
/* realloc: in place where that is possible, else by moving. */
#include "resize.h"
#include "bulk.h"
#include "pools.h"

#ifdef __OPTIMIZE_SIZE__
#define identify identity_of
#else
/* identity_of, told at once for the blocks that most calls are about. */
static POOLS_INLINE struct identity identify(const struct pools_heap *heap, const void *block) {
    uint32_t base = heap->base;
    uint32_t granule = pools_granule(heap, block);
    uint32_t address = (uint32_t)(uintptr_t)block;
    if (granule == 0 || granule >= map_granule(base, heap->untouched) || !seal_holds(heap)) {
        return identity_of(heap, block);
    }
    /* From the granule before it on. */
    uint32_t window = map_window(base, granule - 1u);
    uint32_t behind = window << 2;
    struct identity it = {POOLS_OK, address, 0, 0};
    if ((window & (MAP_SECOND | MAP_THIRD)) != MAP_SECOND || link_says_freed(heap, address)) {
        return identity_of(heap, block);
    }
    uint32_t header = address - POOLS_LARGE_HEADER_BYTES;
    if ((window & MAP_FIRST) != 0 && chunk_is_large(header)) {
        it.chunk = header;
        it.bytes = chunk_large_bytes(header);
        it.block_bytes = it.bytes - POOLS_LARGE_HEADER_BYTES;
        return *word_at(header) == ~(it.bytes | CHUNK_LARGE) &&
                       link_large_fits(heap, header, it.bytes)
                   ? it
                   : identity_of(heap, block);
    }
    it.bytes = behind != 0 ? ((uint32_t)__builtin_clz(behind) + 1u) * POOLS_ALIGNMENT_BYTES
                           : link_small_bytes(heap, base, granule);
    it.block_bytes = it.bytes;
    return it.bytes != 0 && link_fits(heap, address, it.bytes) ? it : identity_of(heap, block);
}
#endif

/* Moves a large block into the free chunk before it. Copies it, so it is not constant; but so would
 * moving it elsewhere. */
static void *slide_down(struct pools_heap *heap, struct identity it, uint32_t request_bytes) {
    uint32_t bytes = ((request_bytes + 7u) & ~7u) + POOLS_LARGE_HEADER_BYTES;
    if (!is_large(it) || space_slide_room(heap, it.chunk, it.bytes) < bytes) {
        return NULL;
    }
    uint32_t new_bytes;
    uint32_t chunk = space_slide(heap, it.chunk, it.bytes, bytes, &new_bytes);
    space_mark(heap, chunk, 0, MAP_SECOND);
    chunk_write_large(chunk, new_bytes);
    plenty_renew(heap);
    return word_at(chunk + POOLS_LARGE_HEADER_BYTES);
}

void *pools_realloc(struct pools_heap *heap, void *block, size_t request_bytes) {
    struct identity it = identify(heap, block);
    if (it.status != POOLS_OK || request_bytes > POOLS_REGION_BYTES_MAX) {
        return NULL;
    }
    uint32_t bytes = request_bytes == 0 ? 1u : (uint32_t)request_bytes;
    if (pools_wastes_little(bytes, it.block_bytes) ||
        (bytes <= it.block_bytes && chunk_bytes_for(bytes) == it.bytes)) {
        return block;
    }
    if (!moves_rather(heap, it, bytes)) {
        void *result = resize_in_place(heap, it, block, bytes);
        if (result == NULL) {
            result = slide_down(heap, it, bytes);
        }
        if (result != NULL) {
            return result;
        }
    }
#ifdef __OPTIMIZE_SIZE__
    void *moved = pools_malloc_any(heap, bytes);
#else
    void *moved = pools_malloc_fast(heap, bytes);
    if (moved == NULL) {
        moved = pools_malloc(heap, bytes);
    }
#endif
    if (moved == NULL) {
        if (bytes > it.block_bytes) {
            return NULL;
        }
        (void)resize_in_place(heap, it, block, bytes); /* shrinking never fails */
        return block;
    }
    uint32_t kept = (bytes + 7u) & ~7u;
    bulk_copy(moved, block, kept < it.block_bytes ? kept : it.block_bytes);
    pools_free(heap, block);
    return moved;
}
