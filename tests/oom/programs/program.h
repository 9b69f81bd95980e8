// SPDX-License-Identifier: MIT
/* What the programs here share: each takes memory in its way, says once at its end whether some was refused, and ends at once
 * where something is not as it must be. */
#ifndef TESTS_OOM_PROGRAM_H
#define TESTS_OOM_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Exit statuses beside success. */
enum { PROGRAM_REFUSED = 1, PROGRAM_WRONG = 3 };

/* Prints where and what, and ends the program, unless it holds. */
#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            program_wrong(__FILE__, __LINE__, #condition);                                         \
        }                                                                                          \
    } while (0)
__attribute__((noreturn)) void program_wrong(const char *file, int line, const char *what);

/* Returns `block`; if that is NULL, notes a refusal, which has to come with ENOMEM. */
void *program_served(void *block);

/* Notes a refusal. */
void program_refused(void);

/* The end of main: says whether anything was refused, and returns the exit status. */
int program_end(void);

/* A pattern of the seed's. */
void program_fill(void *block, size_t bytes, unsigned seed);
bool program_is_filled(const void *block, size_t bytes, unsigned seed);

#ifdef __cplusplus
}
#endif

#endif
