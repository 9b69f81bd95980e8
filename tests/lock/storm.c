// SPDX-License-Identifier: MIT
#include "lock/storm.h"

#include "lock/actor.h"
#include "lock/interrupts.h"
#include "lock/scheduler.h"
#include "target/target.h"

#ifndef STORM_STACK_BYTES
#ifdef OBMALLOC_GUARDED /* which takes some 300 bytes more of a stack */
#define STORM_STACK_BYTES 1152
#else
#define STORM_STACK_BYTES 640
#endif
#endif

enum {
    /* So small that memory is scarce now and then. A part is libc's, for large blocks. */
    REGION_BYTES = 7168,
    ARENA_BYTES = 4608,
    STEPS_OF_A_TASK = 1500,
    TICK_INSTRUCTIONS_MAX = 3000,
    URGENT_INSTRUCTIONS_MAX = 2500,
    TASK_STACK_BYTES = STORM_STACK_BYTES,
    HANDLER_STACK_BYTES = STORM_STACK_BYTES
};

void obmalloc_boot_region(struct obmalloc_region *region) {
    region->start = test_region(REGION_BYTES);
    region->end = (char *)region->start + REGION_BYTES;
    region->arena_bytes = ARENA_BYTES;
}

static uint32_t misuse_count;

void obmalloc_misuse(const struct obmalloc_misuse *report) {
    (void)report;
    misuse_count++;
}

static struct actor task_actors[SCHEDULER_TASK_COUNT] = {{.random = 1}, {.random = 2}};
static struct actor main_actor = {.random = 3}, tick_actor = {.random = 4},
                    urgent_actor = {.random = 5};
static uint32_t interrupt_random = 6;
static volatile bool tasks_done[SCHEDULER_TASK_COUNT];
static volatile uint32_t tick_count, urgent_count, nested_count;
static volatile bool in_tick;
volatile bool storm_handlers_allocate_all_the_same;

void interrupts_tick(void) {
    tick_count++;
    in_tick = true;
    if (STORM_HANDLERS_ALLOCATE) {
        actor_step(&tick_actor);
    }
    in_tick = false;
    interrupts_tick_in(300 + actor_random(&interrupt_random, TICK_INSTRUCTIONS_MAX));
    scheduler_yield();
}

void interrupts_urgent(void) {
    urgent_count++;
    nested_count += in_tick;
    if (STORM_HANDLERS_ALLOCATE || storm_handlers_allocate_all_the_same) {
        actor_step(&urgent_actor);
    }
    interrupts_urgent_in(300 + actor_random(&interrupt_random, URGENT_INSTRUCTIONS_MAX));
}

static void task(unsigned i) {
    /* Of no use but that the FPU's registers are in use, where there are any. */
    volatile float sum = 0;
    while (task_actors[i].step_count < STEPS_OF_A_TASK && actor_fault == NULL) {
        actor_step(&task_actors[i]);
        sum += 1;
    }
    if (sum != (float)task_actors[i].step_count) {
        actor_fault = "a task's float was lost";
    }
    tasks_done[i] = true;
    for (;;) {
        scheduler_yield();
    }
}

static void task_0(void) {
    task(0);
}

static void task_1(void) {
    task(1);
}

/* Runs in a case of its own first: nothing has been allocated when the handler does. */
void storm_first_call(void) {
    CHECK(!obmalloc_boot_report().latched);
    if (!STORM_HANDLERS_ALLOCATE) {
        SKIP("under the policy hooks no handler allocates");
    }
    interrupts_start();
    interrupts_urgent_in(50);
    while (urgent_count < 20) {
    }
    interrupts_stop();
    CHECK(obmalloc_boot_report().latched);
    CHECK_EQUAL(obmalloc_boot_report().flag, flag());
    CHECK(actor_fault == NULL);
    actor_end(&urgent_actor);
    check_sound();
}

static void check_actors(void) {
    if (actor_fault != NULL) {
        TEST_NOTE("%s", actor_fault);
    }
    CHECK(actor_fault == NULL);
    CHECK_EQUAL(misuse_count, 0);
}

/* What main does meanwhile: allocates, too, and looks at the whole now and then. */
static void watch(void) {
    uint32_t look_count = 0;
    while (!(tasks_done[0] && tasks_done[1]) && actor_fault == NULL) {
        struct pools_finding finding;
        actor_step(&main_actor);
        if (main_actor.step_count % 16 == 0) {
            look_count++;
            if (obmalloc_check(&finding) != POOLS_OK) {
                actor_fault = finding.sentence;
            }
            struct obmalloc_statistics now = statistics();
            if (now.arena.map_bytes + now.arena.small_used_bytes + now.arena.large_used_bytes +
                    now.arena.large_header_bytes + now.arena.pool_ready_bytes +
                    now.arena.free_bytes !=
                now.arena.region_bytes) {
                actor_fault = "the arena's sums do not close";
            }
            scheduler_yield();
        }
    }
    TEST_NOTE("%u looks at the whole", (unsigned)look_count);
}

void storm(void) {
    static uint64_t task_stacks[SCHEDULER_TASK_COUNT * TASK_STACK_BYTES / 8];
    static uint64_t handler_stack[HANDLER_STACK_BYTES / 8];
    scheduler_start((void (*const[])(void)){task_0, task_1}, task_stacks, TASK_STACK_BYTES,
                    handler_stack, HANDLER_STACK_BYTES);
    interrupts_start();
    interrupts_tick_in(100);
    interrupts_urgent_in(100);
    watch();
    interrupts_stop();
    scheduler_stop();
    check_actors();
    actor_end(&task_actors[0]);
    actor_end(&task_actors[1]);
    actor_end(&main_actor);
    actor_end(&tick_actor);
    actor_end(&urgent_actor);
    check_actors();
    check_sound();
    struct obmalloc_statistics end = statistics();
    CHECK_EQUAL(end.arena_used_blocks, 0);
    CHECK_EQUAL(end.libc_used_blocks, 0);
    CHECK_EQUAL(end.libc_used_bytes, 0);
    TEST_NOTE("%u and %u interrupts, %u nested; steps %u %u %u %u %u, without memory %u",
              (unsigned)tick_count, (unsigned)urgent_count, (unsigned)nested_count,
              (unsigned)task_actors[0].step_count, (unsigned)task_actors[1].step_count,
              (unsigned)main_actor.step_count, (unsigned)tick_actor.step_count,
              (unsigned)urgent_actor.step_count,
              (unsigned)(task_actors[0].failure_count + task_actors[1].failure_count));
    CHECK(tick_count > 1000 && urgent_count > 1000);
    CHECK(nested_count > 100 || !STORM_HANDLERS_ALLOCATE);
}
