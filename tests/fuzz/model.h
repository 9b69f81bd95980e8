// SPDX-License-Identifier: MIT
/*
 * What an allocator owes its caller, kept beside it: every live block, its contents and its length. The same for
 * the PC and the boards, for pools/ alone and for the public API.
 *
 * Each function ends in play_fail() when a promise is broken.
 */
#ifndef TESTS_FUZZ_MODEL_H
#define TESTS_FUZZ_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fewer where RAM is short. */
#ifndef MODEL_BLOCK_COUNT
#define MODEL_BLOCK_COUNT 96u
#endif

struct model_block {
    unsigned char *block; /* NULL = none */
    uint32_t request_bytes;
    uint32_t usable_bytes; /* filled to here */
    uint32_t id;           /* no two live blocks have the same */
    uint32_t heap;
};

struct model {
    struct model_block blocks[MODEL_BLOCK_COUNT];
    uint32_t next_id;
};

/* Of the program that plays: says what was broken, and ends. */
_Noreturn void play_fail(const char *sentence);

static inline void play_expect(bool holds, const char *sentence) {
    if (!holds) {
        play_fail(sentence);
    }
}

/* A block has been served: it must be aligned (a power of two), as long as was asked for, and lie apart from
 * all live ones. Fills it. The slot must be empty. */
void model_hold(struct model *model, uint32_t slot, uint32_t heap, void *block,
                size_t request_bytes, size_t usable_bytes, size_t alignment_bytes);

/* The first bytes are what they were. */
void model_check(const struct model *model, uint32_t slot, size_t compared_bytes);

/* All contents are what they were; the slot is empty afterwards. Returns the block. */
void *model_release(struct model *model, uint32_t slot);

/* A block was resized, and may have moved: what both lengths have is what it was. Fills it anew. */
void model_resize(struct model *model, uint32_t slot, void *block, size_t request_bytes,
                  size_t usable_bytes);

/* Writes the contents anew, where a play has changed them on purpose. */
void model_refill(const struct model *model, uint32_t slot);

/* All contents of a heap's blocks are what they were; they are gone afterwards. */
void model_forget(struct model *model, uint32_t heap);

/* A live block starts at the address. */
bool model_starts(const struct model *model, const void *address);

struct model_sums {
    uint32_t blocks;
    size_t usable_bytes;
};
struct model_sums model_sums(const struct model *model, uint32_t heap);

#endif
