// SPDX-License-Identifier: MIT
/*
 * The integrity walk in slices. Between two of them the heap may change, so that nothing of the last one
 * is taken for granted: where the walk stood may be the inside of another chunk by now, and the block
 * that it had reached on a list may have been taken. The walk then goes on behind. What it passes over
 * so, has just been in use.
 */
#include "check_parts.h"
#include "space.h"
#include "space_give.h"

/* Windows of the map that one step looks at. */
#define STEP_WINDOWS 8u

enum phase { CHUNKS, BINS, POOLS };

/* True iff the granule at `end` is the last one of a free chunk. What a program may have in its blocks is not taken for one:
 * the chunk's start has the heap's key, or is too near. */
static bool ends_free_chunk(const struct pools_heap *heap, uint32_t end) {
    uint32_t behind = end + POOLS_ALIGNMENT_BYTES;
    uint32_t bytes = chunk_bytes_before(behind);
    if (bytes < POOLS_CHUNK_BYTES_MIN || bytes % POOLS_ALIGNMENT_BYTES != 0 ||
        bytes > behind - walk_first(heap)) {
        return false;
    }
    uint32_t chunk = behind - bytes;
    uint32_t window = map_window(heap->base, map_granule(heap->base, chunk));
    return (window & MAP_FIRST) != 0 && (window & MAP_SECOND) != 0 && !chunk_is_large(chunk) &&
           *chunk_free_bytes(chunk) == bytes &&
           (bytes == POOLS_CHUNK_BYTES_MIN || *chunk_mark(chunk) == link_key(heap, chunk + 8u));
}

/* Returns true only if a chunk starts there; for a chunk that a program's contents make doubtful it
 * returns false. */
static bool starts_chunk(const struct pools_heap *heap, uint32_t address) {
    uint32_t window = map_window(heap->base, map_granule(heap->base, address) - 1u);
    if ((window & MAP_SECOND) == 0 || ends_free_chunk(heap, address)) {
        return false;
    }
    /* A mark before it: the end of a free chunk, or this is the second granule. */
    uint32_t before = address - POOLS_ALIGNMENT_BYTES;
    return (window & MAP_FIRST) == 0 || ends_free_chunk(heap, before);
}

/* Tells whether the chunks are what they were, as far as the heap's own words do: whatever makes one of two,
 * or two of one, changes a bin or the untouched part. */
static uint32_t sum_of(const struct pools_heap *heap) {
    const pools_word *words = (const pools_word *)&heap->base;
    uint32_t sum = 0;
    for (unsigned i = 0; i < (sizeof *heap - offsetof(struct pools_heap, base)) / 4u; i++) {
        sum = (sum << 1 | sum >> 31) ^ words[i];
    }
    return sum;
}

/* One look further for a chunk's start, where the walk stands elsewhere. Returns true iff it stands at one now. */
static bool settle(const struct pools_heap *heap, struct pools_cursor *cursor) {
    if (cursor->chunk <= heap->base) {
        *cursor = (struct pools_cursor){.chunk = walk_first(heap), .heap_sum = sum_of(heap)};
        return false;
    }
    if (cursor->chunk >= heap->untouched) {
        cursor->chunk = heap->untouched;
        return true;
    }
    if (starts_chunk(heap, cursor->chunk)) {
        return true;
    }
    uint32_t behind = map_granule(heap->base, cursor->chunk) + 1u;
    uint32_t window = map_window(heap->base, behind) >> (32u - MAP_WINDOW_GRANULES);
    uint32_t granules = window == 0 ? MAP_WINDOW_GRANULES
                                    : (uint32_t)__builtin_clz(window) - (32u - MAP_WINDOW_GRANULES);
    cursor->chunk += (1u + granules) * POOLS_ALIGNMENT_BYTES;
    return false;
}

/* A neighbour on a bin's list: a free chunk, whose link leads back. */
static bool is_free_chunk(const struct pools_heap *heap, uint32_t chunk) {
    return identity_is_marked(heap, chunk) && space_is_free_chunk(heap->base, chunk);
}

static enum pools_status check_links(const struct pools_heap *heap, uint32_t chunk, uint32_t bytes,
                                     struct pools_finding *finding) {
    unsigned bin = space_bin_of(bytes);
    uint32_t next = link_peek_next(heap, chunk);
    uint32_t previous = link_peek_previous(heap, chunk);
    bool is_first = previous == chunk_first_in(bin);
    if (next != 0 && (!is_free_chunk(heap, next) || link_peek_previous(heap, next) != chunk)) {
        return check_found(finding, chunk, "a bin's list leads out of the free chunks");
    }
    if (is_first ? heap->bins[bin] != chunk
                 : !is_free_chunk(heap, previous) || link_peek_next(heap, previous) != chunk) {
        return check_found(finding, chunk, "a bin's list does not lead back");
    }
    return POOLS_OK;
}

static uint32_t count_used(const struct pools_heap *heap) {
    uint32_t count = 0;
    for (uint32_t chunk = walk_first(heap); chunk != heap->untouched;) {
        struct walk_step step = walk_at(heap, chunk);
        if (step.bytes == 0) {
            break;
        }
        count += step.kind != WALK_FREE;
        chunk += step.bytes;
    }
    return count;
}

/* Behind the last chunk. The count tells only where nothing has changed under the walk; where it then
 * seems to be wrong, all are counted once more, in one go. */
static void end_chunks(const struct pools_heap *heap, struct pools_cursor *cursor,
                       struct pools_finding *finding) {
    if (cursor->used_count != heap->used_chunks && cursor->heap_sum == sum_of(heap) &&
        count_used(heap) != heap->used_chunks) {
        (void)check_found(finding, 0, "the used chunks and their count differ");
    }
    *cursor = (struct pools_cursor){.phase = BINS};
}

/* A chunk's own words, and the map inside of it as far as one step reaches. */
static void step_chunk(const struct pools_heap *heap, struct pools_cursor *cursor,
                       struct pools_finding *finding) {
    uint32_t chunk = cursor->chunk;
    struct walk_step step = {WALK_SMALL, 0};
    uint32_t first = map_granule(heap->base, chunk) + 1u;
    uint32_t end = heap->cleared_granules;
    bool is_untouched = chunk == heap->untouched;
    if (!is_untouched) {
        step = walk_at(heap, chunk);
        if (check_chunk(heap, chunk, step, finding) != POOLS_OK ||
            (step.kind == WALK_FREE && check_links(heap, chunk, step.bytes, finding) != POOLS_OK)) {
            return;
        }
        end = check_clear_range(heap, chunk, step, &first);
    }
    first = first > cursor->granule ? first : cursor->granule;
    for (unsigned windows = 0; windows < STEP_WINDOWS && first < end; windows++) {
        uint32_t to = end - first < MAP_WINDOW_GRANULES ? end : first + MAP_WINDOW_GRANULES;
        if (!check_window_is_clear(heap, first, to)) {
            (void)check_found(finding, chunk,
                              is_untouched ? "the map is wrong beyond the chunks"
                                           : check_clear_sentence(step.kind));
            return;
        }
        first = to;
    }
    cursor->granule = first;
    if (first < end) {
        return;
    }
    if (is_untouched) {
        end_chunks(heap, cursor, finding);
        return;
    }
    cursor->used_count += step.kind != WALK_FREE;
    cursor->chunk += step.bytes;
}

static void step_bin(const struct pools_heap *heap, struct pools_cursor *cursor,
                     struct pools_finding *finding) {
    unsigned bin = cursor->index;
    uint32_t head = heap->bins[bin];
    if (check_bin(heap, bin, finding) == POOLS_OK && head != 0 &&
        (!is_free_chunk(heap, head) || *chunk_free_bytes(head) < POOLS_CHUNK_BYTES_MIN ||
         space_bin_of(*chunk_free_bytes(head)) != bin ||
         link_peek_previous(heap, head) != chunk_first_in(bin))) {
        (void)check_found(finding, head, "a bin holds a chunk that is not its own");
    }
    cursor->index++;
    if (cursor->index == POOLS_BIN_COUNT) {
        *cursor = (struct pools_cursor){.phase = POOLS, .index = POOLS_CLASS_FIRST};
    }
}

static void next_pool(struct pools_cursor *cursor) {
    *cursor = (struct pools_cursor){.phase = POOLS, .index = (uint8_t)(cursor->index + 1u)};
}

/* Whether a list has no end. In one go, as long as it is: for one that has been followed further than any can reach. */
static bool is_circle(const struct pools_heap *heap, uint32_t block) {
    uint32_t left = heap->used_chunks + 1u;
    while (left != 0 && identity_is_marked(heap, block)) {
        block = link_peek(heap, block);
        left--;
    }
    return left == 0;
}

/* cursor->chunk: the block reached on the pool's list, 0 = before the first; granule: how many there were. */
static void step_pool(const struct pools_heap *heap, struct pools_cursor *cursor,
                      struct pools_finding *finding) {
    uint32_t block =
        cursor->chunk == 0 ? heap->pools[cursor->index] : link_peek(heap, cursor->chunk);
    if (block == heap->base) {
        next_pool(cursor);
        return;
    }
    if (check_ready(heap, block, cursor->index, finding) != POOLS_OK) {
        return;
    }
    cursor->chunk = block;
    cursor->granule++;
    if (cursor->granule <= (heap->end - heap->base) / POOLS_CHUNK_BYTES_MIN) {
        return;
    }
    if (is_circle(heap, block)) {
        (void)check_found(finding, block, "a pool's list leads out of the ready blocks");
    }
    next_pool(cursor); /* else it was taken and given back again and again under the walk */
}

/* A block taken meanwhile leads nowhere: the rest of its pool is passed over, once it was begun anew. */
static void settle_pool(const struct pools_heap *heap, struct pools_cursor *cursor) {
    struct pools_finding unused;
    if (cursor->chunk != 0 &&
        check_ready(heap, cursor->chunk, cursor->index, &unused) != POOLS_OK) {
        if (cursor->is_again) {
            next_pool(cursor);
        } else {
            cursor->chunk = 0;
            cursor->is_again = true;
        }
    }
}

bool pools_check_some(const struct pools_heap *heap, struct pools_cursor *cursor,
                      uint32_t step_count_max, struct pools_finding *finding) {
    *finding = (struct pools_finding){.status = POOLS_OK, .sentence = ""};
    bool is_open = heap_is_open(heap);
    if (!is_open && heap->start != 0) {
        (void)check_found(finding, heap->base, "an open heap seems to be closed");
    }
    if (!is_open || check_heap(heap, finding) != POOLS_OK) {
        *cursor = (struct pools_cursor){0};
        return false;
    }
    bool is_settled = false;
    if (cursor->phase == POOLS) {
        settle_pool(heap, cursor);
    }
    for (; step_count_max != 0 && finding->status == POOLS_OK; step_count_max--) {
        if (cursor->phase == CHUNKS) {
            is_settled = is_settled || settle(heap, cursor);
            if (is_settled) {
                step_chunk(heap, cursor, finding);
            }
        } else if (cursor->phase == BINS) {
            step_bin(heap, cursor, finding);
        } else if (cursor->index <= POOLS_CLASS_LAST) {
            step_pool(heap, cursor, finding);
        } else {
            break;
        }
    }
    bool more = finding->status == POOLS_OK &&
                (cursor->phase != POOLS || cursor->index <= POOLS_CLASS_LAST);
    if (!more) {
        *cursor = (struct pools_cursor){0};
    }
    return more;
}
