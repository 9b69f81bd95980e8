// SPDX-License-Identifier: MIT
/*
 * Full newlib's chunks: {the previous chunk's bytes if that is free, own bytes | 1 iff the previous is in use}.
 * What is free is found by a walk; the last chunk, the top, is never a block.
 */
#include <stdint.h>

#include "coverage/pc/stand_in.h"

struct chunk {
    uint32_t previous_bytes;
    uint32_t bytes_and_flags;
};

enum { PREVIOUS_IN_USE = 1, CHUNK_MIN_BYTES = 16, TOP_INDEX = 2, BIN_COUNT = 258 };

static struct chunk bins; /* what the table leads to before there is a heap */
struct chunk *libc___malloc_av_[BIN_COUNT] = {[TOP_INDEX] = &bins};
static struct chunk *first;

static uint32_t bytes_of(const struct chunk *chunk) {
    return chunk->bytes_and_flags & ~(uint32_t)7;
}

static struct chunk *at(const struct chunk *chunk, uint32_t bytes) {
    return (struct chunk *)((uintptr_t)chunk + bytes);
}

static struct chunk *top(void) {
    return libc___malloc_av_[TOP_INDEX];
}

static void set_bytes(struct chunk *chunk, uint32_t bytes) {
    chunk->bytes_and_flags = bytes | (chunk->bytes_and_flags & PREVIOUS_IN_USE);
}

static _Bool is_free(const struct chunk *chunk) {
    return !(at(chunk, bytes_of(chunk))->bytes_and_flags & PREVIOUS_IN_USE);
}

/* Says so in the chunk behind, too; merges with what is free around it. */
static void set_free(struct chunk *chunk) {
    if (!(chunk->bytes_and_flags & PREVIOUS_IN_USE)) {
        uint32_t bytes = bytes_of(chunk);
        chunk = (struct chunk *)((uintptr_t)chunk - chunk->previous_bytes);
        set_bytes(chunk, bytes_of(chunk) + bytes);
    }
    struct chunk *next = at(chunk, bytes_of(chunk));
    if (next != top() && is_free(next)) {
        set_bytes(chunk, bytes_of(chunk) + bytes_of(next));
        next = at(chunk, bytes_of(chunk));
    }
    if (next == top()) {
        set_bytes(chunk, bytes_of(chunk) + bytes_of(next));
        libc___malloc_av_[TOP_INDEX] = chunk;
        return;
    }
    next->previous_bytes = bytes_of(chunk);
    next->bytes_and_flags &= ~(uint32_t)PREVIOUS_IN_USE;
}

/* Cuts off what lies behind the first bytes; the chunk is in use and not the top. */
static void cut(struct chunk *chunk, uint32_t bytes) {
    uint32_t rest_bytes = bytes_of(chunk) - bytes;
    if (rest_bytes < CHUNK_MIN_BYTES) {
        return;
    }
    struct chunk *rest = at(chunk, bytes);
    set_bytes(chunk, bytes);
    rest->bytes_and_flags = rest_bytes | PREVIOUS_IN_USE;
    set_free(rest);
}

static void add_to_top(uint32_t bytes) {
    set_bytes(top(), bytes_of(top()) + bytes);
}

/* As the library: what is needed first, then up to the end of a page if there is room; later whole pages. */
static _Bool grow_top(uint32_t bytes) {
    uint32_t more_bytes = first ? (bytes + 4095) & ~UINT32_C(4095) : bytes;
    char *more = stand_in_more(more_bytes);
    if (!more) {
        return 0;
    }
    if (first) {
        add_to_top(more_bytes);
        return 1;
    }
    first = (struct chunk *)more;
    first->bytes_and_flags = PREVIOUS_IN_USE;
    libc___malloc_av_[TOP_INDEX] = first;
    uint32_t correction_bytes = (0 - ((uint32_t)(uintptr_t)more + bytes)) & 4095;
    add_to_top(bytes + (stand_in_more(correction_bytes) ? correction_bytes : 0));
    return 1;
}

static struct chunk *take_chunk(uint32_t bytes) {
    for (struct chunk *chunk = first; chunk && chunk != top(); chunk = at(chunk, bytes_of(chunk))) {
        if (is_free(chunk) && bytes_of(chunk) >= bytes) {
            at(chunk, bytes_of(chunk))->bytes_and_flags |= PREVIOUS_IN_USE;
            cut(chunk, bytes);
            return chunk;
        }
    }
    if ((!first || bytes_of(top()) < bytes + CHUNK_MIN_BYTES) &&
        !grow_top(bytes + CHUNK_MIN_BYTES)) {
        return NULL;
    }
    struct chunk *chunk = top();
    uint32_t rest_bytes = bytes_of(chunk) - bytes;
    set_bytes(chunk, bytes);
    libc___malloc_av_[TOP_INDEX] = at(chunk, bytes);
    top()->bytes_and_flags = rest_bytes | PREVIOUS_IN_USE;
    return chunk;
}

void *stand_in_take(size_t alignment_bytes, size_t request_bytes) {
    size_t front_bytes = alignment_bytes > STAND_IN_ALIGNMENT_BYTES ? alignment_bytes + 16 : 0;
    if (request_bytes > INT32_MAX / 2 || front_bytes > INT32_MAX / 2) {
        return NULL;
    }
    /* The block may have the next chunk's first word. */
    uint32_t bytes = ((uint32_t)request_bytes + 4 + 7) & ~UINT32_C(7);
    bytes = bytes < CHUNK_MIN_BYTES ? CHUNK_MIN_BYTES : bytes;
    struct chunk *chunk = take_chunk(bytes + (uint32_t)front_bytes);
    if (!chunk) {
        return NULL;
    }
    uintptr_t block = (uintptr_t)(chunk + 1);
    if (block % alignment_bytes != 0) {
        block = (block + CHUNK_MIN_BYTES + alignment_bytes - 1) & ~(uintptr_t)(alignment_bytes - 1);
        struct chunk *moved = (struct chunk *)block - 1;
        uint32_t skipped_bytes = (uint32_t)((uintptr_t)moved - (uintptr_t)chunk);
        moved->bytes_and_flags = (bytes_of(chunk) - skipped_bytes) | PREVIOUS_IN_USE;
        set_bytes(chunk, skipped_bytes);
        set_free(chunk);
        chunk = moved;
    }
    cut(chunk, bytes);
    return chunk + 1;
}

void stand_in_give(void *block) {
    set_free((struct chunk *)block - 1);
}

size_t stand_in_usable_bytes(const void *block) {
    return bytes_of((const struct chunk *)block - 1) - 4;
}

void stand_in_sums(size_t *heap, size_t *free_bytes) {
    *free_bytes = first ? bytes_of(top()) : 0;
    *heap = *free_bytes;
    for (struct chunk *chunk = first; chunk && chunk != top(); chunk = at(chunk, bytes_of(chunk))) {
        *heap += bytes_of(chunk);
        *free_bytes += is_free(chunk) ? bytes_of(chunk) : 0;
    }
}
