// SPDX-License-Identifier: MIT
/* Paths that end in the C library's allocator, newlib-nano's. */
#include <malloc.h>
#include <stdlib.h>

#include "budget/budget.h"
#include "lock/paths.h"
#include "state.h"

enum { POOLED_BYTES = 24, LARGER_BYTES = SCENE_LIBC_BLOCK_BYTES + 100 };

static void set_up_libc_live(void) {
    scene_open_beside_libc();
    scene.block = malloc(SCENE_LIBC_BLOCK_BYTES);
    scene.bytes = SCENE_LIBC_BLOCK_BYTES;
    CHECK(!obmalloc_owns(scene.block));
}

/* The arena has no room, the C library has. */
static void set_up_arena_full(void) {
    scene_open_beside_libc();
    scene.intruder_bytes = POOLED_BYTES;
    scene.counts_overflow = true;
    void *last = NULL;
    for (void *block = malloc(512); obmalloc_owns(block); block = malloc(512)) {
        last = block;
    }
    while (last != NULL && pools_malloc(&obmalloc_heap, POOLED_BYTES) != NULL) {
    }
}

/* The other way round. */
static void set_up_libc_full(void) {
    scene_open_beside_libc();
    scene.counts_overflow = true;
    while (!obmalloc_owns(scene.neighbours[0])) {
        scene.neighbours[0] = malloc(SCENE_LIBC_BLOCK_BYTES);
    }
}

static void set_up_pool_block(void) {
    scene_open_beside_libc();
    scene.block = malloc(200);
    scene.bytes = 200;
    scene.intruder_bytes = 200; /* the arena's, too */
    CHECK(obmalloc_owns(scene.block));
}

/* One that grows in the arena no more, but in the C library. */
static void set_up_pool_block_arena_full(void) {
    scene_open_beside_libc();
    scene.block = malloc(200);
    scene.bytes = 200;
    void *block;
    do {
        block = malloc(512);
    } while (obmalloc_owns(block));
    free(block);
    scene.intruder_bytes = 300;
    scene.counts_overflow = true;
}

static void set_up_flag_0(void) {
    scene_open_at_reset();
    obmalloc_boot();
    obmalloc_state.flag = 0;
    obmalloc_latch();
    CHECK_EQUAL(obmalloc_state.mode, OBMALLOC_LIBC_SERVES);
    scene.libc_serves = true;
}

static void set_up_flag_0_live(void) {
    set_up_flag_0();
    scene.block = malloc(100);
    scene.bytes = 100;
}

static void got(void *block) {
    scene.block = block;
    scene.failures = block == NULL;
    scene.overflows = scene.counts_overflow && block != NULL;
}

static void call_malloc(void) {
    got(malloc(SCENE_LIBC_BLOCK_BYTES));
}

static void call_malloc_24(void) {
    got(malloc(POOLED_BYTES));
}

static void call_calloc(void) {
    scene.cleared_bytes = SCENE_LIBC_BLOCK_BYTES;
    got(calloc(2, SCENE_LIBC_BLOCK_BYTES / 2));
}

static void call_memalign(void) {
    got(memalign(64, SCENE_LIBC_BLOCK_BYTES));
}

static void call_free(void) {
    free(scene.block);
    scene.block = NULL;
}

static void call_realloc(void) {
    scene_resized(realloc(scene.block, LARGER_BYTES));
}

static void call_realloc_400(void) {
    scene_resized(realloc(scene.block, 400));
    scene.overflows = !obmalloc_owns(scene.block);
}

static void call_realloc_150(void) {
    scene_resized(realloc(scene.block, 150));
}

const struct path paths_of_libc[] = {
    {"libc: malloc of 520 bytes", scene_open_beside_libc, call_malloc, 128, 140},
    {"libc: malloc of 24 bytes, the arena is full", set_up_arena_full, call_malloc_24, 263, 307},
    {"libc: malloc of 520 bytes, to the arena", set_up_libc_full, call_malloc, 89, 285},
    {"libc: calloc of 520 bytes", scene_open_beside_libc, call_calloc, 128, 140},
    {"libc: memalign of 520 bytes", scene_open_beside_libc, call_memalign, 128, 140},
    {"libc: free of 520 bytes", set_up_libc_live, call_free, 95, 112},
    {"libc: realloc of 520 bytes", set_up_libc_live, call_realloc, 78, 88},
    {"libc: realloc from the arena", set_up_pool_block, call_realloc, 128, 166},
    {"libc: realloc from the arena, which is full", set_up_pool_block_arena_full, call_realloc_400,
     263, 406},
    {"libc: flag 0, malloc", set_up_flag_0, call_malloc, 130, 142},
    {"libc: flag 0, calloc", set_up_flag_0, call_calloc, 130, 142},
    {"libc: flag 0, memalign", set_up_flag_0, call_memalign, 130, 142},
    {"libc: flag 0, free", set_up_flag_0_live, call_free, 24, 28},
    {"libc: flag 0, realloc", set_up_flag_0_live, call_realloc_150, 79, 89},
    {NULL, NULL, NULL, 0, 0}};
