// SPDX-License-Identifier: MIT
/* The fixed list of misuses, by the names of promises.tsv. */
#include "misuse/misuse.h"

static uint32_t static_storage[32] __attribute__((aligned(8)));

static void double_free(void) {
    forget(blocks[2]);
    give(blocks[2]);
    give(blocks[2]);
}

static void double_free_after_another(void) {
    forget(blocks[2]);
    forget(blocks[4]);
    give(blocks[2]);
    give(blocks[4]);
    give(blocks[2]);
}

/* Blocks of more than 248 bytes are merged at once. */
static void double_free_after_a_merge(void) {
    char *first = take(300);
    char *second = take(300);
    char *wall = take(BLOCK_BYTES);
    keep(wall, BLOCK_BYTES);
    give(first);
    give(second);
    give(second);
}

static void double_free_by_realloc(void) {
    forget(blocks[2]);
    char *moved = resize(blocks[2], 400);
    keep(moved, 400);
    give(blocks[2]);
}

static void double_free_of_a_large_block(void) {
    forget(large[0]);
    give(large[0]);
    give(large[0]);
}

static void double_free_in_a_second_heap(void) {
    char *block = second_heap_take(BLOCK_BYTES);
    give(block);
    give(block);
}

static void double_free_after_reuse(void) {
    forget(blocks[2]);
    give(blocks[2]);
    keep(take(BLOCK_BYTES), BLOCK_BYTES);
    give(blocks[2]);
}

/* What looks like the header of a chunk of 64 bytes, to both newlibs. */
static void *static_block(void) {
    static_storage[1] = 64 | 1;
    static_storage[17] = 64 | 1;
    return &static_storage[2];
}

static void free_static(void) {
    give(static_block());
}

static void free_stack(void) {
    uint32_t words[32] __attribute__((aligned(8))) = {[1] = 64 | 1, [17] = 64 | 1};
    give(&words[2]);
}

static void *code_address(void) {
    return (void *)((uintptr_t)&free_stack & ~(uintptr_t)7);
}

static void free_code(void) {
    give(code_address());
}

static void free_interior(void) {
    give(blocks[3] + 16);
}

static void free_misaligned(void) {
    give(blocks[3] + 4);
}

static void free_of_another_heap(void) {
    (void)second_heap_take(8);
    second_heap_give(blocks[3]);
}

/* The last of all blocks: its memory is the untouched part's again. */
static void free_of_returned_memory(void) {
    forget(large[LARGE_COUNT - 1]);
    give(large[LARGE_COUNT - 1]);
    give(large[LARGE_COUNT - 1]);
}

static void write_1_over(void) {
    blocks[3][BLOCK_BYTES] = 0x41;
    forget(blocks[3]);
    give(blocks[3]);
}

static void write_8_over(void) {
    for (unsigned i = 0; i < 8; i++) {
        blocks[3][BLOCK_BYTES + i] = 0x41;
    }
    forget(blocks[3]);
    give(blocks[3]);
}

static void write_1_over_into_a_free_block(void) {
    forget(blocks[4]);
    give(blocks[4]);
    blocks[3][BLOCK_BYTES] = 0x41;
    forget(blocks[3]);
    give(blocks[3]);
}

static void write_8_over_into_a_free_block(void) {
    forget(blocks[4]);
    give(blocks[4]);
    for (unsigned i = 0; i < 8; i++) {
        blocks[3][BLOCK_BYTES + i] = 0x41;
    }
    forget(blocks[3]);
    give(blocks[3]);
}

static void write_1_before(void) {
    blocks[3][-1] = 0x41;
    forget(blocks[3]);
    give(blocks[3]);
}

static void read_after_free(void) {
    forget(blocks[3]);
    give(blocks[3]);
    show_read(*(volatile uint32_t *)(void *)(blocks[3] + 16));
}

/* Where the allocator keeps its own words, if it keeps any. */
static void write_after_free(void) {
    forget(blocks[3]);
    give(blocks[3]);
    *(volatile uint32_t *)(void *)blocks[3] = 0x41414141;
}

static void write_after_free_further_in(void) {
    forget(blocks[3]);
    give(blocks[3]);
    *(volatile uint32_t *)(void *)(blocks[3] + 16) = 0x41414141;
}

static void realloc_of_a_freed_block(void) {
    forget(blocks[2]);
    give(blocks[2]);
    (void)resize(blocks[2], 60);
}

static void realloc_of_static(void) {
    (void)resize(static_block(), 100);
}

static void realloc_of_stack(void) {
    uint32_t words[32] __attribute__((aligned(8))) = {[1] = 64 | 1, [17] = 64 | 1};
    (void)resize(&words[2], 100);
}

static void realloc_of_code(void) {
    (void)resize(code_address(), 100);
}

static void realloc_of_interior(void) {
    (void)resize(blocks[3] + 16, 100);
}

static void realloc_of_misaligned(void) {
    (void)resize(blocks[3] + 4, 100);
}

static void realloc_of_returned_memory(void) {
    forget(large[LARGE_COUNT - 1]);
    give(large[LARGE_COUNT - 1]);
    (void)resize(large[LARGE_COUNT - 1], 700);
}

/* A block that another program has used before. */
static void read_uninitialised(void) {
    forget(blocks[5]);
    give(blocks[5]);
    char *block = take(BLOCK_BYTES);
    show_read(*(volatile uint32_t *)(void *)(block + 16));
}

const struct misuse misuses[] = {
    MISUSE(double_free),
    MISUSE(double_free_after_another),
    MISUSE(double_free_after_a_merge),
    MISUSE(double_free_by_realloc),
    MISUSE(double_free_of_a_large_block),
    MISUSE(double_free_in_a_second_heap),
    MISUSE(double_free_after_reuse),
    MISUSE(free_static),
    MISUSE(free_stack),
    MISUSE(free_code),
    MISUSE(free_interior),
    MISUSE(free_misaligned),
    MISUSE(free_of_another_heap),
    MISUSE(free_of_returned_memory),
    MISUSE(write_1_over),
    MISUSE(write_8_over),
    MISUSE(write_1_over_into_a_free_block),
    MISUSE(write_8_over_into_a_free_block),
    MISUSE(write_1_before),
    MISUSE(read_after_free),
    MISUSE(write_after_free),
    MISUSE(write_after_free_further_in),
    MISUSE(realloc_of_a_freed_block),
    MISUSE(realloc_of_static),
    MISUSE(realloc_of_stack),
    MISUSE(realloc_of_code),
    MISUSE(realloc_of_interior),
    MISUSE(realloc_of_misaligned),
    MISUSE(realloc_of_returned_memory),
    MISUSE(read_uninitialised),
};
const unsigned misuse_count = sizeof misuses / sizeof misuses[0];
