// SPDX-License-Identifier: MIT
/* A heap after calls that follow from a seed, and one more call. */
#include <malloc.h>
#include <stdlib.h>

#include "budget/budget.h"
#include "lock/actor.h"
#include "lock/paths.h"

enum { BLOCK_COUNT = 10, STEPS_MAX = 48 };
enum call { MALLOC, CALLOC, MEMALIGN, REALLOC, REALLOC_AGAIN, FREE, CALL_COUNT };

uint32_t paths_seed;

static uint32_t random_state;
static enum call call;
static size_t call_bytes;

static size_t draw_bytes(void) {
    static const uint16_t limits[] = {24, 64, 130, 250, 513, 1200};
    return 1 + actor_random(&random_state,
                            limits[actor_random(&random_state, sizeof limits / sizeof limits[0])]);
}

/* scene.block and bytes are of the one that the call is about. */
static void set_up(void) {
    void *blocks[BLOCK_COUNT] = {NULL};
    random_state = paths_seed * 2654435761u + 1u;
    bool beside_libc = actor_random(&random_state, 4) == 0;
    if (beside_libc) {
        scene_open_beside_libc();
    } else {
        budget_open_cleared();
    }
    scene.intruder_bytes = draw_bytes() / 2 + 1;
    if (actor_random(&random_state, 2) == 0) {
        budget_make_scarce();
    }
    for (uint32_t steps = actor_random(&random_state, STEPS_MAX); steps != 0; steps--) {
        void **block = &blocks[actor_random(&random_state, BLOCK_COUNT)];
        if (*block != NULL) {
            free(*block);
            *block = NULL;
        } else {
            *block = malloc(draw_bytes());
        }
    }
    call = actor_random(&random_state, CALL_COUNT);
    call_bytes = draw_bytes();
    if (call >= REALLOC) {
        size_t old_bytes = draw_bytes();
        scene.block = malloc(old_bytes);
        if (scene.block != NULL) {
            scene.bytes = old_bytes < call_bytes ? old_bytes : call_bytes;
        }
    }
}

static void call_any(void) {
    void *block = NULL;
    switch (call) {
    case MALLOC:
        block = malloc(call_bytes);
        break;
    case CALLOC:
        block = calloc(1, call_bytes);
        scene.cleared_bytes = call_bytes;
        break;
    case MEMALIGN:
        block = memalign(64, call_bytes);
        break;
    case FREE:
        free(scene.block);
        scene.block = NULL;
        return;
    default:
        block = realloc(scene.block, call_bytes);
        break;
    }
    scene.failures = block == NULL;
    if (block != NULL || call < REALLOC) {
        scene.block = block;
    }
}

const struct path path_of_seed = {"seed", set_up, call_any, 0, 0};
