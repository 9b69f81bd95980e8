// SPDX-License-Identifier: MIT
/*
 * What the black box consists of in memory. A reset may come between any two writes, so each part is
 * checked by itself and none is changed in place that has to be whole: the account is written to two
 * places in turn, an operation has a place of its own until the ring comes round, an event is written once.
 */
#ifndef OBMALLOC_WATCH_BLACKBOX_MEMORY_H
#define OBMALLOC_WATCH_BLACKBOX_MEMORY_H

#include "obmalloc_blackbox.h"
#include "word.h"

enum { KIND_SHIFT = 28, EVENT_WORDS = 3 + OBMALLOC_BLACKBOX_TEXT_BYTES / 4 };

/* Single words that tell how a run has ended, with many bits between them. */
#define STATE_RUNNING 0x2E55A193u
#define STATE_ENDED   0xD1AA5E6Cu
#define STATE_FAULTED 0x8B3C7F05u

#define BOX_MAGIC (0x0B10CB03u + sizeof(struct blackbox))

/* What struct obmalloc_blackbox_account is made of, as the heap has it. */
struct account {
    uint32_t operations, live_blocks, failures, misuses;
    uint32_t arena_top, arena_chunks, bins_filled;
    uint32_t libc_break;
    uint32_t check;
};

struct operation {
    uint32_t caller;
    uint32_t pointer;
    uint32_t kind_and_bytes;
    uint32_t check; /* of these and its number */
};

struct event {
    uint32_t number, pointer, caller;
    char text[OBMALLOC_BLACKBOX_TEXT_BYTES];
    uint32_t check; /* 0 = has not happened */
};

struct run {
    uint32_t state;
    struct account accounts[2]; /* the later one has more operations */
    struct operation operations[OBMALLOC_BLACKBOX_OPERATION_COUNT];
    struct event damage, fault;
};

struct blackbox {
    uint32_t magic;
    uint32_t boots;
    uint32_t faults_in_a_row;
    uint32_t current; /* which of runs[] is this one */
    uint32_t image;
    uint32_t last_image;
    uint32_t check;
    struct run runs[2];
};

extern struct blackbox obmalloc_blackbox_memory;

/* Another number for each changed bit. Never 0. */
static inline uint32_t check_of(const void *from, uint32_t words, uint32_t seed) {
    const pools_word *word = from;
    /* Spread, or a bit of the first word could stand for one of the seed. */
    uint32_t sum = (seed + 1u) * 0x85EBCA6Bu;
    while (words-- != 0) {
        sum = (sum ^ *word++) * 0x01000193u;
    }
    sum ^= sum >> 15;
    return sum != 0 ? sum : 1u;
}

#endif
