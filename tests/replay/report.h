// SPDX-License-Identifier: MIT
/*
 * `key value` lines on the board's console, for run.py. Allocates nothing and needs no printf,
 * whose own allocations would be part of what a replay measures.
 */
#ifndef TESTS_REPLAY_REPORT_H
#define TESTS_REPLAY_REPORT_H

#include <stdint.h>

void report_number(const char *key, uint64_t value);
void report_text(const char *key, const char *value);

/* A number alone, without a line of its own. */
void report_word(uint64_t value);

#endif
