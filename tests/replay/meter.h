// SPDX-License-Identifier: MIT
/*
 * Instructions per call, by kind of call: count, sum, worst and, with a histogram, the median.
 *
 * A call is timed by the board's tick around it; the empty interval is subtracted. What is left is
 * the call from its `bl` to its return. On a board without a usable tick nothing is recorded.
 */
#ifndef TESTS_REPLAY_METER_H
#define TESTS_REPLAY_METER_H

#include <stdbool.h>
#include <stdint.h>

/* One bin an instruction; the last one takes all that is longer. */
#define METER_BIN_COUNT 512u

struct meter {
    uint32_t call_count;
    uint32_t worst_instructions;
    uint64_t total_instructions;
    uint32_t *bins; /* METER_BIN_COUNT counts, zero at first; NULL = no median */
};

/* Starts the tick and measures the empty interval. Returns true iff the board has a tick. */
bool meter_start(void);

/* Adds a call between two readings of board_tick(). */
void meter_add(struct meter *meter, uint32_t tick_before, uint32_t tick_after);

/* Returns the median in instructions, or METER_BIN_COUNT - 1 when it is at least that. Wants bins
 * and a call. */
uint32_t meter_median(const struct meter *meter);

#endif
