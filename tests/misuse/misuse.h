// SPDX-License-Identifier: MIT
/*
 * What a misuse has to work with: blocks that live, and whether they do afterwards. The same program is linked with
 * this port in each tier, and with a C library alone (stock.c).
 */
#ifndef TESTS_MISUSE_MISUSE_H
#define TESTS_MISUSE_MISUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BLOCK_COUNT = 8, BLOCK_BYTES = 40, LARGE_COUNT = 3, LARGE_BYTES = 600 };

/* Blocks of BLOCK_BYTES side by side, then blocks of LARGE_BYTES, the last one at the end of what was used. */
extern char *blocks[BLOCK_COUNT];
extern char *large[LARGE_COUNT];

/* Calls of malloc, free and realloc that have one place each: reports are to name it. */
char *take(size_t bytes);
void give(void *block);
char *resize(void *block, size_t bytes);

/* From here on the block is watched: it holds a pattern of its own, and nobody else may write there. */
void keep(char *block, size_t bytes);

/* The block is not watched any longer. */
void forget(const char *block);

/* Prints what a misuse has read. */
void show_read(uint32_t value);

/* A heap beside the main one; NULL where there is no such thing. */
char *second_heap_take(size_t bytes);
/* Frees as a block of the second heap. */
void second_heap_give(void *block);

struct misuse {
    const char *name;
    void (*act)(void);
};
#define MISUSE(name)                                                                               \
    { #name, name }
extern const struct misuse misuses[];
extern const unsigned misuse_count;

/* Further ones, of which it matters who tells them, and how often; a C library tells none. */
extern const struct misuse tellings[];
extern const unsigned telling_count;

#endif
