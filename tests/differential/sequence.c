// SPDX-License-Identifier: MIT
#include "sequence.h"

#include <stdbool.h>
#include <string.h>

/* CPython's pools begin with a header of this length, where pointers are 64 bits. */
enum { POOL_HEADER_BYTES = 48, FRESH_RUN_BLOCKS = 4, FRESH_TRIES = 100000 };

uint32_t sequence_raw_calls;
const void *sequence_raw_block;

struct slot {
    unsigned char *block;
    size_t bytes;
    unsigned char fill;
};

static struct slot slots[SEQUENCE_SLOTS];

static bool holds(const struct slot *slot, size_t bytes, unsigned char value) {
    for (size_t i = 0; i < bytes; i++) {
        if (slot->block[i] != value) {
            return false;
        }
    }
    return true;
}

static void fill(struct slot *slot, size_t index) {
    slot->fill = (unsigned char)(index % 255u + 1u);
    if (slot->block != NULL) {
        memset(slot->block, slot->fill, slot->bytes);
    }
}

/* Allocates until blocks come in a row from the start of a pool. Returns the last one, NULL if none. */
static unsigned char *begin_pool(const struct sequence_allocator *allocator, size_t request_bytes,
                                 uint32_t pool_bytes, uint32_t step_bytes) {
    uintptr_t block_bytes = (request_bytes + step_bytes - 1u) / step_bytes * step_bytes;
    unsigned char *previous = NULL;
    unsigned run = 0;
    for (unsigned tries = 0; tries < FRESH_TRIES; tries++) {
        unsigned char *block = allocator->malloc(request_bytes);
        if (pool_bytes == 0) {
            run++;
        } else if (block == NULL) {
            return NULL;
        } else if ((uintptr_t)block % pool_bytes == POOL_HEADER_BYTES) {
            run = 1;
        } else {
            run = run != 0 && (uintptr_t)block == (uintptr_t)previous + block_bytes ? run + 1u : 0;
        }
        if (run == FRESH_RUN_BLOCKS) {
            return block;
        }
        previous = block;
    }
    return NULL;
}

/* Returns true iff contents are as they must be. */
static bool play_one(const struct sequence_allocator *allocator, const struct operation *operation,
                     struct slot *slot, size_t index) {
    size_t bytes = (size_t)operation->request_bytes;
    bool held = true;
    if (operation->kind == OPERATION_FREE) {
        held = holds(slot, slot->bytes, slot->fill);
        allocator->free(slot->block);
        *slot = (struct slot){0};
        return held;
    }
    if (operation->kind == OPERATION_REALLOC) {
        size_t kept = slot->bytes < bytes ? slot->bytes : bytes;
        unsigned char *block = allocator->realloc(slot->block, bytes);
        if (block == NULL) {
            return holds(slot, slot->bytes, slot->fill);
        }
        slot->block = block;
        held = holds(slot, kept, slot->fill);
    } else if (operation->kind == OPERATION_CALLOC) {
        slot->block = allocator->calloc(1, bytes);
        held = slot->block == NULL || holds(slot, bytes, 0);
    } else {
        slot->block = allocator->malloc(bytes);
    }
    slot->bytes = slot->block != NULL ? bytes : 0;
    fill(slot, index);
    return held;
}

int64_t sequence_play(const struct sequence_allocator *allocator,
                      const struct operation *operations, struct outcome *outcomes,
                      size_t operation_count, uint32_t pool_bytes, uint32_t step_bytes) {
    int64_t wrong = -1;
    memset(slots, 0, sizeof slots);
    for (size_t i = 0; i < operation_count; i++) {
        sequence_raw_calls = 0;
        sequence_raw_block = NULL;
        unsigned char *block;
        if (operations[i].kind == OPERATION_FRESH) {
            block =
                begin_pool(allocator, (size_t)operations[i].request_bytes, pool_bytes, step_bytes);
        } else {
            struct slot *slot = &slots[operations[i].slot % SEQUENCE_SLOTS];
            if (!play_one(allocator, &operations[i], slot, i) && wrong < 0) {
                wrong = (int64_t)i;
            }
            block = slot->block;
        }
        outcomes[i] = (struct outcome){(uintptr_t)block, sequence_raw_calls,
                                       block != NULL && block == sequence_raw_block};
    }
    for (size_t i = 0; i < SEQUENCE_SLOTS; i++) {
        if (slots[i].block != NULL) {
            allocator->free(slots[i].block);
        }
    }
    return wrong;
}
