// SPDX-License-Identifier: MIT
/*
 * How deep the stack grows in each entry point, measured: what lies below is marked, and looked through
 * afterwards. tests/host/test_stack_depth.py compares that with what is read from the image.
 */
#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"
#include "obmalloc.h"

extern uint32_t __stack_limit[];

/* Past the board's own mark. */
#define LOWEST (__stack_limit + 8)

__attribute__((used)) static volatile uintptr_t last_result;

/* Calls function(a, b), leaves its result in last_result, and returns the bytes that it used below the
 * stack pointer of the call: as far as something other than the mark is found. */
__attribute__((naked, noinline)) static uint32_t depth_of(uintptr_t a, uintptr_t b, void *function,
                                                          uint32_t *lowest) {
    (void)a, (void)b, (void)function, (void)lowest;
    __asm__ volatile(".syntax unified\n"
                     "push {r4, r5, r6, lr}\n"
                     "mov r4, r2\n"
                     "mov r5, r3\n"
                     "mov r6, sp\n"
                     "ldr r2, 9f\n"
                     "1: str r2, [r3]\n"
                     "adds r3, #4\n"
                     "cmp r3, r6\n"
                     "bne 1b\n"
                     "blx r4\n"
                     "ldr r1, 8f\n"
                     "str r0, [r1]\n"
                     "ldr r2, 9f\n"
                     "2: ldr r3, [r5]\n"
                     "cmp r3, r2\n"
                     "bne 3f\n"
                     "adds r5, #4\n"
                     "cmp r5, r6\n"
                     "bne 2b\n"
                     "3: subs r0, r6, r5\n"
                     "pop {r4, r5, r6, pc}\n"
                     ".align 2\n"
                     "8: .word last_result\n"
                     "9: .word 0x57ACDE27\n");
}

static uint32_t most[8];
enum { MALLOC, FREE, CALLOC, REALLOC, MEMALIGN, ALIGNED_ALLOC, USABLE_SIZE, COUNT };
static const char *const names[COUNT] = {
    "malloc", "free", "calloc", "realloc", "memalign", "aligned_alloc", "malloc_usable_size"};
static void *const functions[COUNT] = {(void *)malloc,
                                       (void *)free,
                                       (void *)calloc,
                                       (void *)realloc,
                                       (void *)memalign,
                                       (void *)aligned_alloc,
                                       (void *)malloc_usable_size};

static void *call(int which, uintptr_t a, uintptr_t b) {
    uint32_t bytes = depth_of(a, b, functions[which], LOWEST);
    if (bytes > most[which]) {
        most[which] = bytes;
    }
    return (void *)last_result;
}

/* It fails, unless what came before has failed without need. */
static void call_and_free(int which, uintptr_t a, uintptr_t b) {
    call(FREE, (uintptr_t)call(which, a, b), 0);
}

static void note(void) {
    for (int which = 0; which < COUNT; which++) {
        TEST_NOTE("stack %s %u", names[which], (unsigned)most[which]);
    }
}

/* Blocks of all kinds, made in turns of malloc, calloc and memalign, and resized. */
static void mixed(void **blocks, size_t count) {
    static const uint16_t sizes[] = {1, 8, 24, 100, 248, 249, 300, 512, 513, 700, 40, 16};
    for (size_t i = 0; i < count; i++) {
        size_t bytes = sizes[i % (sizeof sizes / sizeof *sizes)];
        switch (i % 4) {
        case 0:
            blocks[i] = call(MALLOC, bytes, 0);
            break;
        case 1:
            blocks[i] = call(CALLOC, 1, bytes);
            break;
        case 2:
            blocks[i] = call(MEMALIGN, 32, bytes);
            break;
        default:
            blocks[i] = call(ALIGNED_ALLOC, 64, bytes);
        }
        if (blocks[i]) {
            call(USABLE_SIZE, (uintptr_t)blocks[i], 0);
        }
    }
    for (size_t i = 0; i < count; i++) {
        size_t bytes = sizes[(i * 5 + 3) % (sizeof sizes / sizeof *sizes)];
        void *moved = blocks[i] ? call(REALLOC, (uintptr_t)blocks[i], bytes) : NULL;
        blocks[i] = moved ? moved : blocks[i];
    }
}

TEST(depths) {
    enum { BLOCK_COUNT = 12 };
    void *blocks[BLOCK_COUNT];
    /* The first one boots. */
    call(FREE, (uintptr_t)call(MALLOC, 20, 0), 0);
    mixed(blocks, BLOCK_COUNT);
    for (size_t i = 0; i < BLOCK_COUNT; i += 2) {
        call(FREE, (uintptr_t)blocks[i], 0);
    }
    for (size_t i = 1; i < BLOCK_COUNT; i += 2) {
        call(FREE, (uintptr_t)blocks[i], 0);
    }
    /* Until nothing is left, with what fails then. */
    void *chain = NULL, *block;
    for (size_t bytes = 600; bytes >= 8; bytes /= 3) {
        while ((block = call(MALLOC, bytes, 0)) != NULL) {
            *(void **)block = chain;
            chain = block;
        }
    }
    call_and_free(CALLOC, 1, 100);
    call_and_free(MEMALIGN, 32, 100);
    call_and_free(ALIGNED_ALLOC, 32, 100);
    block = chain ? call(REALLOC, (uintptr_t)chain, 4000) : NULL;
    chain = block ? block : chain;
    while (chain) {
        block = *(void **)chain;
        call(FREE, (uintptr_t)chain, 0);
        chain = block;
    }
    mixed(blocks, BLOCK_COUNT);
    for (size_t i = 0; i < BLOCK_COUNT; i++) {
        call(FREE, (uintptr_t)blocks[i], 0);
    }
    if (obmalloc_boot_report().flag) {
        /* Refused. */
        call(FREE, (uintptr_t)&blocks[0], 0);
        call(FREE, (uintptr_t)blocks[1], 0);
        if (blocks[1]) {
            call(REALLOC, (uintptr_t)blocks[1], 10);
        }
        call(USABLE_SIZE, (uintptr_t)&blocks[0], 0);
    }
    note();
    for (int which = 0; which < COUNT; which++) {
        CHECK(most[which] < (uintptr_t)&blocks[0] - (uintptr_t)LOWEST);
    }
}

TEST_LIST = {TEST_ENTRY(depths)};
