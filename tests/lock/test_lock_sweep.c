// SPDX-License-Identifier: MIT
// test-locks: primask basepri
// test-libcs: nano
// test-icount: 8
// test-flags: 1
// test-link: -Wl,--defsym=__obmalloc_arena_size=1040
/*
 * For how long each call keeps interrupts off. A timer fires at each instruction of the call, each time in a
 * heap that is in the same state, and its handler allocates, resizes and frees. How late it is tells how
 * long interrupts were off: the longest is held to a budget.
 *
 * Whether it came at each instruction is what tests/host/test_lock_sweep.py looks at, with every.c.
 */
#include "board.h"
#include "budget/budget.h"
#include "lock/interrupts.h"
#include "lock/paths.h"

enum {
    /* Less is over before the timer of the microbit runs. */
    FIRST_INSTRUCTION = 3
};

static volatile bool in_call, fired, fired_in_call;
static volatile uint32_t ticks_late;
static uint32_t overhead_ticks;

void interrupts_tick(void) {
}

void interrupts_urgent(void) {
    ticks_late = interrupts_urgent_ticks_late();
    interrupts_urgent_stop();
    fired = true;
    fired_in_call = in_call;
    if (in_call) {
        scene_intrude(0);
    }
}

/* One interleaving. Returns false iff the timer fired behind the call. */
static bool interrupt_after(const struct path *path, uint32_t instructions) {
    uint32_t ticks = interrupts_ticks(instructions);
    scene_make(path);
    fired = false;
    in_call = true;
    interrupts_urgent_in_ticks(ticks);
    path->call();
    in_call = false;
    while (!fired) {
    }
    scene_check();
    return fired_in_call;
}

/* What a handler is late where nothing is locked, because of its first instructions. */
static void measure_overhead(void) {
    fired = false;
    interrupts_urgent_in_ticks(1000);
    while (!fired) {
    }
    overhead_ticks = ticks_late;
}

/* In instructions, beyond those. */
static uint32_t late(void) {
    return interrupts_instructions(ticks_late > overhead_ticks ? ticks_late - overhead_ticks : 0);
}

/* Returns the longest time without interrupts, in instructions. */
static uint32_t sweep(const struct path *path) {
    uint32_t longest = 0, at_once_count = 0, delayed_count = 0;
    for (uint32_t i = FIRST_INSTRUCTION; interrupt_after(path, i); i++) {
        longest = late() > longest ? late() : longest;
        if (late() == 0) {
            at_once_count++;
        } else {
            delayed_count++;
        }
    }
    uint32_t budget = __ARM_ARCH_ISA_THUMB >= 2 ? path->budget_v7m : path->budget_v6m;
    TEST_NOTE("off %u budget %u: %s (%u interrupts at once, %u delayed)", (unsigned)longest,
              (unsigned)budget, path->name, (unsigned)at_once_count, (unsigned)delayed_count);
    CHECK(at_once_count != 0);
    CHECK((delayed_count != 0) == (budget != 0));
    if (longest > budget) {
        test_check_equal(__FILE__, __LINE__, path->name, longest, budget);
    }
    return longest;
}

TEST(interrupts_are_off_within_the_budget) {
    uint32_t longest = 0;
    scene_start();
    interrupts_start();
    measure_overhead();
    const struct path *path;
    for (unsigned i = 0; (path = path_at(i)) != NULL; i++) {
        uint32_t instructions = sweep(path);
        longest = instructions > longest ? instructions : longest;
    }
    interrupts_stop();
    TEST_NOTE("interrupts are off for %u instructions at most", (unsigned)longest);
}

TEST_LIST = {TEST_ENTRY(interrupts_are_off_within_the_budget)};
