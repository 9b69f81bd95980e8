// SPDX-License-Identifier: MIT
// test-libcs: nano
// test-link: -Wl,--defsym=__obmalloc_arena_size=1040,--defsym=__stack_reserve_bytes=1472
/*
 * An interrupt at every instruction of a call, one interleaving for each: a timer fires 3, 4, 5...
 * instructions after it was started, until it fires behind the call. The handler, or a task that it wakes, uses
 * the heap. After each interleaving all that can be checked is checked.
 *
 * coverage.py runs it and looks at what it prints: for each call the address before which each interrupt came.
 * The command line says what is swept:
 *
 *   list=1        nothing: the paths' names are printed
 *   path=N        only this path
 *   seed=N seeds=COUNT  instead of the paths, COUNT states and calls that follow from N, N + 1...
 *   nested=COUNT  the call is interrupted at COUNT places, one after another (0 = all), and at every instruction
 *                 of what the first handler does in the heap, a more urgent one interrupts that
 *   reference=1   the more urgent interrupt never comes; what is executed instead is seen from outside
 *   urgent=1      it is above the ceiling of the policy basepri, is never delayed, and leaves the heap alone
 */
#include <stdlib.h>

#include "board.h"
#include "budget/budget.h"
#include "harness/board_text.h"
#include "lock/hits.h"
#include "lock/interrupts.h"
#include "lock/intrusion.h"
#include "lock/paths.h"

enum {
    /* Less is over before the timer of the microbit runs. */
    FIRST_INSTRUCTION = 3,
    /* Longer than all that is swept. */
    NEVER = 15000,
    WATCHES = 10, /* so often that is longer than a scene */
    HANG_STATUS = 71,
    VALUE_BYTES = 24
};

/* From the start of the timer to the call of every_ends(), which coverage.py knows by name, is what is swept. */
void every_ends(void);
__attribute__((noipa)) void every_ends(void) {
}

static bool is_nested, is_reference, handlers_use_heap = true;
static volatile bool is_swept;              /* between the two */
static volatile bool fired, fired_in_swept; /* the urgent timer */
static volatile bool outer_fired;
static volatile uint32_t fired_pc, outer_pc;
static uint32_t urgent_ticks, watches_left;
static uint32_t interleaving_count;

/* All that the urgent timer is to fire in. */
#define SWEPT(what)                                                                                \
    do {                                                                                           \
        is_swept = true;                                                                           \
        interrupts_urgent_in_ticks(urgent_ticks);                                                  \
        what;                                                                                      \
        every_ends();                                                                              \
        is_swept = false;                                                                          \
    } while (0)

void intrusion(unsigned who) {
    if (who == 0 && is_nested) {
        SWEPT(scene_intrude(0));
    } else {
        scene_intrude(who);
    }
}

void interrupts_urgent(void) {
    interrupts_urgent_stop();
    fired = true;
    fired_in_swept = is_swept;
    fired_pc = interrupts_pc;
    if (is_swept && handlers_use_heap) {
        intrusion_from_handler(is_nested);
    }
}

/* The outer one of two, or a watchdog: without a lock a list may have become a ring. */
void interrupts_tick(void) {
    if (!is_nested) {
        if (--watches_left == 0) {
            text_print("FAIL a call that does not end\n");
            board_exit(HANG_STATUS);
        }
        interrupts_tick_in(NEVER);
        return;
    }
    outer_pc = interrupts_pc;
    outer_fired = true;
    intrusion_from_handler(0);
}

static void watch(void) {
    if (!is_nested) {
        watches_left = WATCHES;
        interrupts_tick_in(NEVER);
    }
}

/* One interleaving; outer: when the outer interrupt comes, in instructions. Returns false iff the urgent one came
 * behind what is swept, or was not to come. */
static bool interleave(const struct path *path, uint32_t outer, uint32_t instructions) {
    scene_make(path);
    urgent_ticks = interrupts_ticks(instructions);
    fired = instructions == NEVER;
    fired_in_swept = false;
    outer_fired = false;
    watch();
    if (is_nested) {
        interrupts_tick_in(outer);
        path->call();
        while (!outer_fired) {
        }
    } else {
        SWEPT(path->call());
    }
    intrusion_wait();
    while (!fired) {
    }
    interrupts_urgent_stop();
    intrusion_wait();
    watch();
    scene_check();
    interrupts_tick_stop();
    interleaving_count++;
    return fired_in_swept;
}

/* Prints where the urgent interrupt came, for each interleaving. */
static void sweep(const struct path *path, unsigned number, uint32_t outer) {
    if (is_reference) {
        (void)interleave(path, outer, NEVER);
        text_print("reference %u %u %s\n", number, (unsigned)outer, path->name);
        return;
    }
    text_print("sweep %u %u %s\n", number, (unsigned)outer, path->name);
    for (uint32_t i = FIRST_INSTRUCTION; interleave(path, outer, i); i++) {
        hits_add(fired_pc);
    }
    hits_end();
}

/* What the call takes, and a little more. */
static uint32_t length(const struct path *path) {
    uintptr_t nothing;
    scene_make(path);
    return meter_count(METER_FUNCTION(path->call), 0, 0, &nothing) + FIRST_INSTRUCTION;
}

/* Where interrupts are off, the outer one comes at the same instruction again. */
static void sweep_nested(const struct path *path, unsigned number, uint32_t place_count) {
    uint32_t instructions = length(path), last_pc = 0;
    uint32_t count = place_count != 0 && place_count < instructions ? place_count : instructions;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t outer = FIRST_INSTRUCTION + 1 + (2 * i + 1) * instructions / (2 * count);
        if (!is_reference) {
            (void)interleave(path, outer, NEVER);
        }
        if (is_reference || outer_pc != last_pc) {
            last_pc = outer_pc;
            sweep(path, number, outer);
        }
    }
}

static bool argument(const char *key, uint32_t *value) {
    char text[VALUE_BYTES];
    if (board_argument(key, text, sizeof text) == 0) {
        return false;
    }
    *value = (uint32_t)strtoul(text, NULL, 10);
    return true;
}

static void sweep_path(const struct path *path, unsigned number, uint32_t place_count) {
    if (is_nested) {
        sweep_nested(path, number, place_count);
    } else {
        sweep(path, number, 0);
    }
}

static void list(void) {
    const struct path *path;
    for (unsigned i = 0; (path = path_at(i)) != NULL; i++) {
        text_print("path %u 0 %s\n", i, path->name);
    }
}

static void start(void) {
    scene_start();
    intrusion_start();
    interrupts_start();
    if (!is_nested) {
        interrupts_set_tick_priority(0);
    }
#ifdef OBMALLOC_LOCK_BASEPRI
    if (!handlers_use_heap) {
        interrupts_set_urgent_priority(OBMALLOC_LOCK_BASEPRI / 2);
    }
#endif
}

TEST(interrupt_at_every_instruction) {
    uint32_t only = 0, seed = 0, seed_count = 0, place_count = 0, word = 0;
    bool has_only = argument("path=", &only);
    bool has_seeds = argument("seed=", &seed) && argument("seeds=", &seed_count);
    is_nested = argument("nested=", &place_count);
    is_reference = argument("reference=", &word);
    handlers_use_heap = !argument("urgent=", &word);
    if (argument("list=", &word)) {
        list();
        return;
    }
    start();
    for (uint32_t i = 0; has_seeds && i < seed_count; i++) {
        paths_seed = seed + i;
        sweep_path(&path_of_seed, paths_seed, place_count);
    }
    const struct path *path;
    for (unsigned i = 0; !has_seeds && (path = path_at(i)) != NULL; i++) {
        if (!has_only || i == only) {
            sweep_path(path, i, place_count);
        }
    }
    interrupts_stop();
    text_print("interleavings %u\n", (unsigned)interleaving_count);
}

TEST_LIST = {TEST_ENTRY(interrupt_at_every_instruction)};
