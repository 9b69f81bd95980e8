// SPDX-License-Identifier: MIT
/*
 * Preemptive round robin, as small as it can be: main and two tasks, switched by PendSV, on ARMv6-M and
 * up, with FPU registers where there are any.
 */
#ifndef TESTS_LOCK_SCHEDULER_H
#define TESTS_LOCK_SCHEDULER_H

#include <stdint.h>

enum { SCHEDULER_TASK_COUNT = 2 };

/* Starts the tasks; each function never returns. stacks: 8-aligned, stack_words each, one behind the
 * other. main goes on as a further task, on the stack it has; handlers run on handler_stack_top's. */
void scheduler_start(void (*const tasks[SCHEDULER_TASK_COUNT])(void), uint64_t *stacks,
                     uint32_t stack_bytes, uint64_t *handler_stack, uint32_t handler_stack_bytes);

/* For main: the tasks run no more. */
void scheduler_stop(void);

/* Lets the next task run, when the handler returns or at once. From tasks, main and handlers. */
void scheduler_yield(void);

/* From suspend to resume, which nest, the same one runs. */
void scheduler_suspend(void);
void scheduler_resume(void);
extern volatile uint32_t scheduler_suspended_count; /* how often */

/* Which one runs: 0 = main, 1.. = the tasks. */
unsigned scheduler_current(void);

#endif
