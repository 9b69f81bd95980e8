// SPDX-License-Identifier: MIT
/*
 * Free chunks as a list in order of address: {bytes, next}. A block is right behind its chunk's bytes. Where
 * alignment moves a block up, nano leaves the way back in the word below it; picolibc frees what is in front.
 */
#include <stdint.h>

#include "coverage/pc/stand_in.h"
#include "entry.h"

struct chunk {
    int32_t bytes;
    struct chunk *next;
};

enum { HEAD_BYTES = sizeof(int32_t), CHUNK_MIN_BYTES = 16 };

struct chunk *libc___malloc_free_list;
static size_t heap_bytes;

static struct chunk *end_of(struct chunk *chunk) {
    return (struct chunk *)((char *)chunk + chunk->bytes);
}

/* Merges it with its neighbours. */
static void insert(struct chunk *chunk) {
    struct chunk *before = NULL;
    struct chunk *after = libc___malloc_free_list;
    while (after && after < chunk) {
        before = after;
        after = after->next;
    }
    chunk->next = after;
    if (after && end_of(chunk) == after) {
        chunk->bytes += after->bytes;
        chunk->next = after->next;
    }
    if (!before) {
        libc___malloc_free_list = chunk;
    } else if (end_of(before) == chunk) {
        before->bytes += chunk->bytes;
        before->next = chunk->next;
    } else {
        before->next = chunk;
    }
}

static struct chunk *find(int32_t bytes) {
    for (struct chunk **link = &libc___malloc_free_list; *link; link = &(*link)->next) {
        struct chunk *chunk = *link;
        if (chunk->bytes < bytes) {
            continue;
        }
        if (chunk->bytes - bytes >= CHUNK_MIN_BYTES) {
            struct chunk *rest = (struct chunk *)((char *)chunk + bytes);
            rest->bytes = chunk->bytes - bytes;
            rest->next = chunk->next;
            chunk->bytes = bytes;
            *link = rest;
        } else {
            *link = chunk->next;
        }
        return chunk;
    }
    return NULL;
}

/* Chunks start 4 bytes below a multiple of 8. */
static struct chunk *take_chunk(int32_t bytes) {
    struct chunk *chunk = find(bytes);
    if (chunk) {
        return chunk;
    }
    int32_t slack_bytes = heap_bytes == 0 ? HEAD_BYTES : 0;
    char *more = stand_in_more((size_t)(bytes + slack_bytes));
    if (!more) {
        return NULL;
    }
    heap_bytes += (size_t)(bytes + slack_bytes);
    chunk = (struct chunk *)(more + slack_bytes);
    chunk->bytes = bytes;
    return chunk;
}

/* A chunk whose block starts at the address instead. */
static void *move_up(struct chunk *chunk, char *address) {
    int32_t front_bytes = (int32_t)(address - ((char *)chunk + HEAD_BYTES));
    if (front_bytes == 0) {
        return address;
    }
    struct chunk *moved = (struct chunk *)(address - HEAD_BYTES);
#if ENTRY_LIBC_IS_REENTRANT
    moved->bytes = -front_bytes;
#else
    moved->bytes = chunk->bytes - front_bytes;
    chunk->bytes = front_bytes;
    insert(chunk);
#endif
    return address;
}

void *stand_in_take(size_t alignment_bytes, size_t request_bytes) {
    size_t front_bytes = alignment_bytes > STAND_IN_ALIGNMENT_BYTES ? alignment_bytes + 8 : 0;
    if (request_bytes > INT32_MAX / 2 || front_bytes > INT32_MAX / 2) {
        return NULL;
    }
    int32_t bytes = (int32_t)((request_bytes + front_bytes + HEAD_BYTES + 7) & ~(size_t)7);
    struct chunk *chunk = take_chunk(bytes < CHUNK_MIN_BYTES ? CHUNK_MIN_BYTES : bytes);
    if (!chunk) {
        return NULL;
    }
    uintptr_t block = (uintptr_t)chunk + HEAD_BYTES;
    if (block % alignment_bytes != 0) {
        /* What is left in front is long enough for a chunk. */
        block = (block + CHUNK_MIN_BYTES + alignment_bytes - 1) & ~(uintptr_t)(alignment_bytes - 1);
        return move_up(chunk, (char *)block);
    }
    return (void *)block;
}

static struct chunk *chunk_of(const void *block) {
    struct chunk *chunk = (struct chunk *)((uintptr_t)block - HEAD_BYTES);
    return chunk->bytes < 0 ? (struct chunk *)((char *)chunk + chunk->bytes) : chunk;
}

void stand_in_give(void *block) {
    insert(chunk_of(block));
}

size_t stand_in_usable_bytes(const void *block) {
    return (size_t)((char *)end_of(chunk_of(block)) - (const char *)block);
}

void stand_in_sums(size_t *heap, size_t *free_bytes) {
    *heap = heap_bytes;
    *free_bytes = 0;
    for (const struct chunk *chunk = libc___malloc_free_list; chunk; chunk = chunk->next) {
        *free_bytes += (size_t)chunk->bytes;
    }
}
