// SPDX-License-Identifier: MIT
/* A life, and what it needs of RAM, sampled. */
#ifndef TESTS_SOAK_SOAK_H
#define TESTS_SOAK_SOAK_H

#include <stdint.h>

enum { SOAK_ARENA_BYTES = 65536 };

struct soak_wish {
    const char *folder; /* of the traces */
    uint32_t seed;
    uint32_t samples;
    uint32_t sample_operations; /* of one sample */
    uint32_t leak_runs;         /* see life.h */
};

/* Prints by soak_print() a line for each sample,
 *   sample USED LEAST-USED LARGEST LEAST-LARGEST
 * USED = bytes in use: live blocks, what is rounded up or in front of them, and the map; LARGEST = the largest request
 * that could have been served. Both on the average of a sample, and the least in it; looked at every 2,000 calls.
 * Then, when all has been freed, `KEY N` for runs, crashes, failures, mismatches, and left, the bytes that are not
 * free though nothing is live. Wants the main heap to be one arena of SOAK_ARENA_BYTES. Returns 0; 1 iff contents did
 * not hold, the arena is not sound or something is left; 2 iff there is no life, which `error SENTENCE` explains. */
int soak(const struct soak_wish *wish);

/* Of the program: as printf, for %s and %u. */
void soak_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
