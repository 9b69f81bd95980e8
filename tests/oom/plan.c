// SPDX-License-Identifier: MIT
#include "oom/plan.h"

struct plan_counts plan_counts;
static struct plan current;
static uint32_t counted;

void plan_set(const struct plan *plan) {
    current = *plan;
    counted = 0;
    plan_counts = (struct plan_counts){.hits = 0};
}

bool plan_hits_next(enum plan_side side) {
    uint32_t next = counted + 1;
    return current.at != 0 && current.counts_side[side] &&
           (next == current.at || (current.mode == PLAN_ALL && next > current.at));
}

enum plan_verdict plan_next(enum plan_side side) {
    bool is_hit = plan_hits_next(side);
    plan_counts.requests[side]++;
    counted += current.counts_side[side];
    if (!is_hit) {
        return PLAN_SERVE;
    }
    plan_counts.hits++;
    return current.mode == PLAN_FULL ? PLAN_SERVE_WHILE_FULL : PLAN_REFUSE;
}
