// SPDX-License-Identifier: MIT
#include "lock/intrusion.h"

#ifdef OBMALLOC_LOCK_HOOKS

#include <stdbool.h>

#include "lock/mutex.h"
#include "lock/scheduler.h"
#include "obmalloc.h"

enum { TASK_STACK_BYTES = 640, HANDLER_STACK_BYTES = 480 };

static struct mutex mutex;
static volatile bool wanted[SCHEDULER_TASK_COUNT];

void obmalloc_lock_hook(void) {
    mutex_take(&mutex);
}

/* Who waits for it runs at once. */
void obmalloc_unlock_hook(void) {
    uint32_t waits = mutex.wait_count;
    (void)mutex_give(&mutex);
    if (waits != 0) {
        mutex.wait_count = 0;
        scheduler_yield();
    }
}

static void task(unsigned who) {
    for (;;) {
        if (wanted[who]) {
            intrusion(who);
            wanted[who] = false;
        }
        scheduler_yield();
    }
}

static void task_0(void) {
    task(0);
}

static void task_1(void) {
    task(1);
}

void intrusion_start(void) {
    static uint64_t task_stacks[SCHEDULER_TASK_COUNT * TASK_STACK_BYTES / 8];
    static uint64_t handler_stack[HANDLER_STACK_BYTES / 8];
    scheduler_start((void (*const[])(void)){task_0, task_1}, task_stacks, TASK_STACK_BYTES,
                    handler_stack, HANDLER_STACK_BYTES);
    scheduler_yield(); /* both tasks are in their loops from now on */
}

void intrusion_from_handler(unsigned who) {
    wanted[who] = true;
    scheduler_yield();
}

void intrusion_wait(void) {
    while (wanted[0] || wanted[1]) {
        scheduler_yield();
    }
}

#else

void intrusion_start(void) {
}

void intrusion_from_handler(unsigned who) {
    intrusion(who);
}

void intrusion_wait(void) {
}

#endif
