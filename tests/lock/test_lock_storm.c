// SPDX-License-Identifier: MIT
// test-icount: 8
// test-link: -Wl,--defsym=__obmalloc_arena_size=1040,--defsym=__stack_reserve_bytes=1536
/*
 * Two tasks that take the CPU from each other, main, and two nested handlers, all of them with the
 * allocator at the same time. Under the policy hooks the handlers do not allocate; the lock is a mutex.
 */
#include "lock/actor.h"
#include "lock/interrupts.h"
#include "lock/scheduler.h"
#include "target/target.h"

enum {
    /* So small that memory is scarce now and then. A part is libc's, for large blocks. */
    REGION_BYTES = 7168,
    ARENA_BYTES = 4608,
    STEPS_OF_A_TASK = 1500,
    TICK_INSTRUCTIONS_MAX = 3000,
    URGENT_INSTRUCTIONS_MAX = 2500,
    TASK_STACK_BYTES = 640,
    HANDLER_STACK_BYTES = 640
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

#ifdef OBMALLOC_LOCK_HOOKS
/* A recursive mutex. Nothing here runs in a handler. */
static volatile unsigned owner, depth;
static uint32_t wait_count;
static volatile bool scheduler_runs;

static bool is_thread(void) {
    uint32_t exception;
    __asm__ volatile("mrs %0, ipsr" : "=r"(exception));
    return exception == 0;
}

void obmalloc_lock_hook(void) {
    if (!is_thread()) {
        actor_fault = "the lock was asked for in a handler";
        return;
    }
    for (;;) {
        __asm__ volatile("cpsid i" ::: "memory");
        bool taken = depth == 0 || owner == scheduler_current();
        if (taken) {
            owner = scheduler_current();
            depth++;
        }
        __asm__ volatile("cpsie i" ::: "memory");
        if (taken) {
            return;
        }
        wait_count++;
        scheduler_yield();
    }
}

void obmalloc_unlock_hook(void) {
    if (depth == 0 || owner != scheduler_current()) {
        actor_fault = "the lock was given back by somebody else";
    }
    depth--;
}

#define HANDLERS_ALLOCATE 0
#else
#define HANDLERS_ALLOCATE 1
#endif

void interrupts_tick(void) {
    tick_count++;
    in_tick = true;
    if (HANDLERS_ALLOCATE) {
        actor_step(&tick_actor);
    }
    in_tick = false;
    interrupts_tick_in(300 + actor_random(&interrupt_random, TICK_INSTRUCTIONS_MAX));
    scheduler_yield();
}

void interrupts_urgent(void) {
    urgent_count++;
    nested_count += in_tick;
    if (HANDLERS_ALLOCATE) {
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
TEST(first_call_comes_from_a_handler) {
    CHECK(!obmalloc_boot_report().latched);
    if (!HANDLERS_ALLOCATE) {
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

TEST(storm) {
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
    CHECK(nested_count > 100 || !HANDLERS_ALLOCATE);
#ifdef OBMALLOC_LOCK_HOOKS
    CHECK(wait_count != 0);
    CHECK_EQUAL(depth, 0);
#endif
}

TEST_LIST = {TEST_ENTRY(first_call_comes_from_a_handler), TEST_ENTRY(storm)};
