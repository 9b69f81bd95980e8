// SPDX-License-Identifier: MIT
#include "lock/actor.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>

const char *volatile actor_fault;

static void fault(const char *text) {
    if (actor_fault == NULL) {
        actor_fault = text;
    }
}

/* Xorshift. */
uint32_t actor_random(uint32_t *state, uint32_t limit) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return (uint32_t)((uint64_t)*state * limit >> 32);
}

static uint32_t draw_bytes(uint32_t *state) {
    static const uint16_t limits[] = {24, 48, 48, 130, 130, 250, 513, 900};
    return actor_random(state, limits[actor_random(state, sizeof limits / sizeof limits[0])]);
}

static bool is_filled(const unsigned char *block, uint32_t bytes, uint8_t seed) {
    for (uint32_t i = 0; i < bytes; i++) {
        if (block[i] != (unsigned char)(seed + i)) {
            return false;
        }
    }
    return true;
}

static void keep(struct actor *actor, unsigned slot, unsigned char *block, uint32_t bytes) {
    uint8_t seed = (uint8_t)actor_random(&actor->random, 256);
    if ((uintptr_t)block % 8 != 0) {
        fault("a block is not aligned");
    }
    for (uint32_t i = 0; i < bytes; i++) {
        block[i] = (unsigned char)(seed + i);
    }
    actor->slots[slot].block = block;
    actor->slots[slot].bytes = (uint16_t)bytes;
    actor->slots[slot].seed = seed;
}

static void take(struct actor *actor, unsigned slot) {
    uint32_t bytes = draw_bytes(&actor->random);
    unsigned char *block;
    switch (actor_random(&actor->random, 8)) {
    case 0:
        block = calloc(1, bytes);
        for (uint32_t i = 0; block != NULL && i < bytes; i++) {
            if (block[i] != 0) {
                fault("calloc's block is not clear");
            }
        }
        break;
    case 1:
        block = memalign(32, bytes);
        break;
    default:
        block = malloc(bytes);
        break;
    }
    if (block == NULL) {
        actor->failure_count++;
        return;
    }
    keep(actor, slot, block, bytes);
}

static void check(struct actor *actor, unsigned slot, uint32_t bytes) {
    if (!is_filled(actor->slots[slot].block, bytes, actor->slots[slot].seed)) {
        fault("a live block's contents changed");
    }
}

static void give(struct actor *actor, unsigned slot) {
    check(actor, slot, actor->slots[slot].bytes);
    free(actor->slots[slot].block);
    actor->slots[slot].block = NULL;
}

static void resize(struct actor *actor, unsigned slot) {
    uint32_t old_bytes = actor->slots[slot].bytes;
    uint32_t bytes = draw_bytes(&actor->random) + 1;
    check(actor, slot, old_bytes);
    unsigned char *block = realloc(actor->slots[slot].block, bytes);
    if (block == NULL) {
        actor->failure_count++;
        check(actor, slot, old_bytes);
        return;
    }
    actor->slots[slot].block = block;
    check(actor, slot, old_bytes < bytes ? old_bytes : bytes);
    keep(actor, slot, block, bytes);
}

void actor_step(struct actor *actor) {
    unsigned slot = actor_random(&actor->random, ACTOR_SLOT_COUNT);
    if (actor->slots[slot].block == NULL) {
        take(actor, slot);
    } else if (actor_random(&actor->random, 4) == 0) {
        resize(actor, slot);
    } else {
        give(actor, slot);
    }
    actor->step_count++;
}

void actor_end(struct actor *actor) {
    for (unsigned slot = 0; slot < ACTOR_SLOT_COUNT; slot++) {
        if (actor->slots[slot].block != NULL) {
            give(actor, slot);
        }
    }
}
