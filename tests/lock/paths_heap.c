// SPDX-License-Identifier: MIT
/* Paths of a heap beside the main one, whose blocks free() and realloc() find, too. */
#include <stdlib.h>

#include "budget/budget.h"
#include "lock/paths.h"

enum { CREATED_BYTES = 2048, WAITING_COUNT = 10 };

static void set_up_ready(void) {
    scene_open_heap();
    free(obmalloc_heap_malloc(scene.heap, 24));
}

static void set_up_live(void) {
    scene_open_heap();
    scene.block = obmalloc_heap_malloc(scene.heap, 100);
    scene.bytes = 100;
}

/* All that is left waits in a pool, side by side. */
static void set_up_waiting(void) {
    void *blocks[WAITING_COUNT];
    scene_open_heap();
    for (unsigned i = 0; i < WAITING_COUNT; i++) {
        blocks[i] = obmalloc_heap_malloc(scene.heap, 64);
    }
    for (unsigned i = 0; i < WAITING_COUNT; i++) {
        free(blocks[i]);
    }
    CHECK(obmalloc_heap_malloc(scene.heap, 400) != NULL &&
          obmalloc_heap_malloc(scene.heap, 400) != NULL);
}

/* Intruders take the main heap, because this one is not there all the time, and make heaps, too. */
static void set_up_heap_makers(void) {
    for (unsigned i = 0; i < 2; i++) {
        scene.heap_memory[i] = malloc(OBMALLOC_HEAP_BYTES_MIN);
    }
}

static void set_up_none(void) {
    budget_open_cleared();
    scene.neighbours[0] = test_region(CREATED_BYTES);
    scene.heap_count = 1;
    set_up_heap_makers();
}

static void set_up_empty(void) {
    scene_open_heap();
    scene.neighbours[0] = scene.heap;
    scene.heap = NULL;
    scene.heap_count = 0;
    set_up_heap_makers();
}

static void call_malloc_24(void) {
    scene.block = obmalloc_heap_malloc(scene.heap, 24);
}

static void call_malloc_300(void) {
    scene.block = obmalloc_heap_malloc(scene.heap, 300);
    scene.failures = scene.block == NULL;
}

static void call_malloc_3000(void) {
    scene.block = obmalloc_heap_malloc(scene.heap, 3000);
    scene.failures = scene.block == NULL;
}

static void call_calloc(void) {
    scene.cleared_bytes = 300;
    scene.block = obmalloc_heap_calloc(scene.heap, 3, 100);
}

static void call_memalign(void) {
    scene.block = obmalloc_heap_memalign(scene.heap, 64, 300);
}

static void call_heap_free(void) {
    obmalloc_heap_free(scene.heap, scene.block);
    scene.block = NULL;
}

static void call_free(void) {
    free(scene.block);
    scene.block = NULL;
}

static void set_up_live_600(void) {
    scene_open_heap();
    scene.block = obmalloc_heap_malloc(scene.heap, 600);
    scene.bytes = 600;
    scene.neighbours[0] = obmalloc_heap_malloc(scene.heap, 24);
}

/* Behind a free chunk. */
static void set_up_sliding(void) {
    scene_open_heap();
    scene.neighbours[0] = obmalloc_heap_malloc(scene.heap, 400);
    scene.block = obmalloc_heap_malloc(scene.heap, 600);
    scene.neighbours[1] = obmalloc_heap_malloc(scene.heap, 400);
    scene.bytes = 600;
    free(scene.neighbours[0]);
}

static void call_realloc_650(void) {
    scene_resized(realloc(scene.block, 650));
}

static void call_realloc_fails(void) {
    scene.failures = obmalloc_heap_realloc(scene.heap, scene.block, 1600) == NULL;
}

static void call_heap_realloc(void) {
    scene_resized(obmalloc_heap_realloc(scene.heap, scene.block, 300));
}

static void call_realloc(void) {
    scene_resized(realloc(scene.block, 300));
}

static void call_usable_size(void) {
    (void)obmalloc_heap_usable_size(scene.heap, scene.block);
}

static void call_create(void) {
    char *start = scene.neighbours[0];
    struct obmalloc_heap *heap;
    scene.status = obmalloc_heap_create(start, start + CREATED_BYTES, &heap);
}

static void call_destroy(void) {
    scene.status = obmalloc_heap_destroy(scene.neighbours[0], OBMALLOC_HEAP_REFUSE, NULL);
}

const struct path paths_of_heap[] = {
    {"heap: malloc, ready block", set_up_ready, call_malloc_24, 48, 60},
    {"heap: malloc, cut from untouched memory", scene_open_heap, call_malloc_24, 117, 291},
    {"heap: malloc, memory merged for it", set_up_waiting, call_malloc_300, 276, 525},
    {"heap: malloc, nothing left", scene_open_heap, call_malloc_3000, 77, 147},
    {"heap: calloc", scene_open_heap, call_calloc, 103, 275},
    {"heap: memalign", scene_open_heap, call_memalign, 236, 524},
    {"heap: free", set_up_live, call_heap_free, 32, 122},
    {"heap: free, by its address", set_up_live, call_free, 71, 165},
    {"heap: realloc", set_up_live, call_heap_realloc, 169, 366},
    {"heap: realloc, by its address", set_up_live, call_realloc, 169, 366},
    {"heap: realloc, 600 bytes copied", set_up_live_600, call_realloc_650, 180, 344},
    {"heap: realloc, 600 bytes slide down", set_up_sliding, call_realloc_650, 193, 462},
    {"heap: realloc, nothing left", set_up_live_600, call_realloc_fails, 263, 344},
    {"heap: usable size", set_up_live, call_usable_size, 14, 17},
    {"heap: create", set_up_none, call_create, 443, 738},
    {"heap: destroy", set_up_empty, call_destroy, 61, 73},
    {NULL, NULL, NULL, 0, 0}};
