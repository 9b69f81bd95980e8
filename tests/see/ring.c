// SPDX-License-Identifier: MIT
/*
 * Keeps a recording in a ring that is too short for it, prints the ring, and the last calls as the program
 * itself made them, for tests/host/test_record.py. The word end=0 leaves out the recording's end, as a crash does.
 */
#include <malloc.h>
#include <stdlib.h>

#include "obmalloc_record.h"
#include "see/part_hex.h"

enum { RING_BYTES = 1600, CALLS = 900, LOGGED = 64, SLOTS = 24 };

struct call {
    uint32_t kind, address, bytes, result; /* kinds as RECORD.md numbers them */
};

static uint32_t ring[RING_BYTES / 4];
static struct call calls[LOGGED];
static uint32_t call_count;
static void *blocks[SLOTS];
static uint32_t random_state = 5;

static uint32_t next_random(void) {
    random_state = random_state * UINT32_C(1664525) + UINT32_C(1013904223);
    return random_state >> 8;
}

static void *logged(uint32_t kind, const void *old, uint32_t bytes, void *result) {
    uint32_t address =
        kind == 1 || kind == 5 ? (uint32_t)(uintptr_t)old : (uint32_t)(uintptr_t)result;
    calls[call_count++ % LOGGED] = (struct call){kind, address, bytes, (uint32_t)(uintptr_t)result};
    return result;
}

static void one_call(void) {
    void **block = &blocks[next_random() % SLOTS];
    uint32_t bytes = next_random() % 200u;
    if (*block && next_random() % 2u == 0) {
        *block = logged(5, *block, bytes + 1u, realloc(*block, bytes + 1u));
    } else if (*block) {
        void *old = *block;
        free(old);
        *block = logged(1, old, 0, NULL);
    } else if (bytes < 80) {
        *block = logged(2, NULL, bytes, malloc(bytes));
    } else if (bytes < 120) {
        *block = logged(3, NULL, bytes, calloc(bytes, 1));
    } else if (bytes < 160) {
        *block = logged(4, NULL, bytes, memalign(32, bytes));
    } else {
        (void)logged(2, NULL, 0x70000000u + bytes, malloc(0x70000000u + bytes));
    }
}

int main(void) {
    obmalloc_record_to(ring, sizeof ring);
    for (unsigned i = 0; i < CALLS; i++) {
        one_call();
    }
    char word[2];
    if (board_argument("end=", word, sizeof word) == 0) {
        obmalloc_record_end();
    }
    struct obmalloc_record_status status;
    obmalloc_record_status(&status);
    hex_print("ring", status.buffer, status.buffer_bytes);
    for (uint32_t i = call_count - LOGGED; i != call_count; i++) {
        hex_print("call", &calls[i % LOGGED], sizeof calls[0]);
    }
    const uint32_t counts[] = {status.operation_count, status.failure_count, status.lost_count,
                               call_count};
    hex_print("counts", counts, sizeof counts);
    return 0;
}
