// SPDX-License-Identifier: MIT
/* Between the sources of the matrix's firmware. */
#ifndef TESTS_INTEGRATION_MATRIX_MATRIX_H
#define TESTS_INTEGRATION_MATRIX_MATRIX_H

#ifdef __cplusplus
extern "C" {
#endif

/* Prints. */
void say(const char *text);

/* Prints `ok NAME` or `FAIL NAME`; a failure makes the firmware's exit status 1. */
void expect(const char *name, int condition);

/* Returns non-zero iff the live block is where the flag wants it: the arena is the whole region. */
int at_home(const void *block);

/* The checks of the C++ source, where it is linked. */
void check_cxx(void);

#ifdef __cplusplus
}
#endif

#endif
