// SPDX-License-Identifier: MIT
#include "meter.h"

#include <stddef.h>

#include "board.h"

static bool has_tick;
static uint32_t empty_instructions;

bool meter_start(void) {
    has_tick = board_tick_period_ps() != 0;
    if (has_tick) {
        board_tick_start();
        uint32_t before = board_tick();
        uint32_t after = board_tick();
        empty_instructions = board_instructions(before, after);
    }
    return has_tick;
}

void meter_add(struct meter *meter, uint32_t tick_before, uint32_t tick_after) {
    if (!has_tick) {
        return;
    }
    uint32_t instructions = board_instructions(tick_before, tick_after);
    instructions = instructions > empty_instructions ? instructions - empty_instructions : 0;
    meter->call_count++;
    meter->total_instructions += instructions;
    if (instructions > meter->worst_instructions) {
        meter->worst_instructions = instructions;
    }
    if (meter->bins != NULL) {
        meter->bins[instructions < METER_BIN_COUNT ? instructions : METER_BIN_COUNT - 1]++;
    }
}

uint32_t meter_median(const struct meter *meter) {
    uint32_t below = 0;
    for (uint32_t bin = 0; bin < METER_BIN_COUNT - 1; bin++) {
        below += meter->bins[bin];
        if (2 * (uint64_t)below >= meter->call_count) {
            return bin;
        }
    }
    return METER_BIN_COUNT - 1;
}
