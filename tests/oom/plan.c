// SPDX-License-Identifier: MIT
#include "oom/plan.h"

struct plan_counts plan_counts;
static struct plan current;
static uint32_t counted;

void plan_set(const struct plan *plan) {
    current = *plan;
}

enum plan_verdict plan_next(enum plan_side side) {
    plan_counts.requests[side]++;
    if (current.at == 0 || !current.counts_side[side]) {
        return PLAN_SERVE;
    }
    counted++;
    bool is_hit = counted == current.at || (current.mode == PLAN_ALL && counted > current.at);
    if (!is_hit) {
        return PLAN_SERVE;
    }
    plan_counts.hits++;
    return current.mode == PLAN_FULL ? PLAN_SERVE_WHILE_FULL : PLAN_REFUSE;
}
