// SPDX-License-Identifier: MIT
/* Each path through each entry point: the state in which a call takes it, and the call. */
#include "lock/paths.h"

#include <malloc.h>
#include <stdlib.h>

#include "budget/budget.h"

enum { COPIED_BYTES = 1200, CLEARED_BYTES = 800, WAITING_COUNT = 12 };

static void set_up_ready(void) {
    budget_open_cleared();
    free(malloc(24));
}

static void set_up_cleared(void) {
    budget_open_cleared();
}

static void set_up_fresh(void) {
    budget_open();
}

static void set_up_chunk(void) {
    budget_open_cleared();
    free(budget_island(400));
}

/* Scarce, and blocks of another class wait. */
static void set_up_scarce(void) {
    budget_open_cleared();
    void *waits = malloc(104);
    free(waits);
    budget_make_scarce();
}

static void set_up_full(void) {
    set_up_scarce();
    while (malloc(600) != NULL) {
    }
    void *blocks[8];
    for (unsigned i = 0; i < 8; i++) {
        blocks[i] = malloc(32);
    }
    for (unsigned i = 0; i < 8; i++) {
        free(blocks[i]);
    }
    while (malloc(400) != NULL) {
    }
}

/* All that is left waits in a pool, side by side. */
static void set_up_waiting(void) {
    void *blocks[WAITING_COUNT];
    budget_open_cleared();
    for (unsigned i = 0; i < WAITING_COUNT; i++) {
        blocks[i] = malloc(96);
    }
    for (unsigned i = 0; i < WAITING_COUNT; i++) {
        free(blocks[i]);
    }
    budget_make_scarce();
    CHECK(malloc(600) != NULL && malloc(512) != NULL);
}

static void call_malloc_24(void) {
    scene.block = malloc(24);
}

static void call_malloc_300(void) {
    scene.block = malloc(300);
}

static void call_malloc_5000(void) {
    scene.block = malloc(5000);
}

static void call_malloc_1000(void) {
    scene.block = malloc(1000);
    scene.failures = scene.block == NULL;
}

/* volatile, because the compiler knows that it is impossible. */
static void call_malloc_impossible(void) {
    volatile size_t bytes = (size_t)-1;
    scene.block = malloc(bytes);
    scene.failures = scene.block == NULL;
}

static void call_calloc(void) {
    scene.cleared_bytes = CLEARED_BYTES;
    scene.block = calloc(1, CLEARED_BYTES);
}

static void call_memalign(void) {
    scene.block = memalign(64, 300);
}

static void call_memalign_24(void) {
    scene.block = memalign(8, 24);
}

static void call_posix_memalign(void) {
    void *block = NULL;
    if (posix_memalign(&block, 64, 300) == 0) {
        scene.block = block;
    }
}

static void set_up_live(void) {
    budget_open_cleared();
    scene.block = malloc(24);
}

static void set_up_misused(void) {
    set_up_live();
    scene.misuses = 1;
}

/* In scarce memory, between two free chunks. */
static void set_up_between(size_t bytes) {
    void *block;
    budget_open_cleared();
    budget_make_scarce();
    budget_neighbours((const size_t[]){256, bytes, 264}, scene.neighbours, 3);
    budget_neighbours((const size_t[]){256}, &block, 1);
    free(scene.neighbours[0]);
    free(scene.neighbours[2]);
    scene.block = scene.neighbours[1];
}

static void set_up_between_small(void) {
    set_up_between(104);
}

static void set_up_between_large(void) {
    set_up_between(600);
}

static void call_free_interior(void) {
    free((char *)scene.block + 8);
}

static void call_usable_size(void) {
    (void)malloc_usable_size(scene.block);
}

static void call_realloc_in_place(void) {
    scene_resized(realloc(scene.block, 110));
}

static void call_realloc_grows(void) {
    scene_resized(realloc(scene.block, 300));
}

static void call_realloc_moves(void) {
    scene_resized(realloc(scene.block, 100));
}

static void set_up_copied(void) {
    budget_open_cleared();
    scene.block = budget_island(COPIED_BYTES);
    scene.bytes = COPIED_BYTES;
}

static void call_realloc_copies(void) {
    scene_resized(realloc(scene.block, COPIED_BYTES + 400));
}

static void call_realloc_shrinks(void) {
    scene.bytes = 600;
    scene_resized(realloc(scene.block, 600));
}

/* A long block behind a free chunk, with something behind it that stays. */
static void set_up_sliding(void) {
    budget_open_cleared();
    scene.neighbours[0] = malloc(600);
    scene.block = malloc(COPIED_BYTES);
    scene.neighbours[1] = malloc(600);
    while (malloc(800) != NULL) {
    }
    free(scene.neighbours[0]);
    scene.bytes = COPIED_BYTES;
}

static void call_realloc_slides(void) {
    scene_resized(realloc(scene.block, COPIED_BYTES + 400));
}

static void set_up_short_copy(void) {
    budget_open_cleared();
    free(malloc(240));
    scene.block = malloc(192);
    scene.bytes = 192;
    scene.intruder_bytes = 240; /* the same pool's */
}

static void call_realloc_copies_short(void) {
    scene_resized(realloc(scene.block, 240));
}

static void call_free(void) {
    free(scene.block);
    scene.block = NULL;
}

const struct path paths_of_main[] = {
    {"malloc, ready block", set_up_ready, call_malloc_24, 6, 7},
    {"malloc, cut from untouched memory", set_up_cleared, call_malloc_24, 65, 234},
    {"malloc, map cleared", set_up_fresh, call_malloc_5000, 120, 353},
    {"malloc, free chunk split", set_up_chunk, call_malloc_300, 90, 357},
    {"malloc, another size's ready block", set_up_scarce, call_malloc_24, 80, 238},
    {"malloc, memory merged for it", set_up_waiting, call_malloc_1000, 305, 556},
    {"malloc, nothing left", set_up_full, call_malloc_1000, 263, 307},
    {"malloc of an impossible size", set_up_cleared, call_malloc_impossible, 7, 28},
    {"calloc of 800 bytes", set_up_cleared, call_calloc, 62, 259},
    {"memalign", set_up_chunk, call_memalign, 312, 727},
    {"memalign, ready block", set_up_ready, call_memalign_24, 28, 32},
    {"posix_memalign", set_up_chunk, call_posix_memalign, 311, 727},
    {"malloc_usable_size", set_up_live, call_usable_size, 83, 170},
    {"free, to its pool", set_up_live, call_free, 13, 21},
    {"free, merged with both neighbours", set_up_between_small, call_free, 101, 292},
    {"free of 600 bytes, merged with both", set_up_between_large, call_free, 119, 385},
    {"free of no block", set_up_misused, call_free_interior, 95, 165},
    {"realloc, stays", set_up_between_small, call_realloc_in_place, 226, 513},
    {"realloc, grows in place", set_up_between_small, call_realloc_grows, 248, 578},
    {"realloc, shrinks in place", set_up_copied, call_realloc_shrinks, 218, 490},
    {"realloc, moves", set_up_live, call_realloc_moves, 173, 372},
    {"realloc, to a ready block", set_up_short_copy, call_realloc_copies_short, 188, 367},
    {"realloc, 1200 bytes copied", set_up_copied, call_realloc_copies, 184, 344},
    {"realloc, 1200 bytes slide down", set_up_sliding, call_realloc_slides, 198, 467},
    {"first call", scene_open_at_reset, call_malloc_24, 201, 459},
    {NULL, NULL, NULL, 0, 0}};

const struct path *path_at(unsigned number) {
    static const struct path *const lists[] = {paths_of_main, paths_of_libc, paths_of_heap};
    for (unsigned i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        for (const struct path *path = lists[i]; path->name != NULL; path++, number--) {
            if (number == 0) {
                return path;
            }
        }
    }
    return NULL;
}
