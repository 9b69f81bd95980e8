// SPDX-License-Identifier: MIT
/*
 * A sequence of calls in a form that can be varied: genes, each of which stands for a run of equal
 * calls on slots at equal distances. So one change reaches states that many single calls lead to: a
 * heap filled with blocks of one size, every third one of them freed.
 */
#ifndef TESTS_ADVERSARY_GENOME_H
#define TESTS_ADVERSARY_GENOME_H

#include <stdbool.h>
#include <stdint.h>

#include "play.h"

enum { GENOME_LENGTH_MAX = 56 };

struct gene {
    uint32_t size_bytes;
    uint8_t operation; /* enum play_operation */
    uint8_t slot;      /* the first one */
    uint8_t stride;    /* from slot to slot */
    uint8_t count;     /* 1.. calls */
    uint8_t size_step; /* each request is so many granules longer than the one before */
    uint8_t alignment_log2;
};

struct genome {
    uint32_t length;
    struct gene genes[GENOME_LENGTH_MAX];
};

/* Every random decision comes from here, so that a seed names a search. Never 0. */
struct dice {
    uint32_t state;
};

/* 0..limit - 1 */
uint32_t dice_below(struct dice *dice, uint32_t limit);

/* A new sequence. region_bytes: the heap's, sizes are chosen to fit. */
void genome_invent(struct genome *genome, struct dice *dice, uint32_t region_bytes);

/* Changes one to four things. */
void genome_vary(struct genome *genome, struct dice *dice, uint32_t region_bytes);

/* Halves the run that a gene stands for, or takes the gene out. Returns false iff there is none. */
bool genome_lessen(struct genome *genome, uint32_t index);

/* Plays it on an empty heap. */
void genome_play(const struct genome *genome, struct play *play, bool printing);

#endif
