// SPDX-License-Identifier: MIT
#include "lock/scheduler.h"

#include <stdbool.h>
#include <stddef.h>

#include "exception.h"
#include "registers.h"

#define REGISTER_ICSR  REGISTER(0xE000ED04)
#define ICSR_PENDSVSET UINT32_C(0x10000000)
#define ICSR_PENDSVCLR UINT32_C(0x08000000)

/* What is on a task's stack while it does not run. */
struct frame {
    uint32_t r4_to_r11[8];
    uint32_t exception_return;
    uint32_t r0_to_r3_r12[5];
    uint32_t lr;
    void (*pc)(void);
    uint32_t xpsr;
};

enum { XPSR_THUMB = 0x01000000, CONTEXT_COUNT = SCHEDULER_TASK_COUNT + 1 };
#define TO_THREAD_ON_PSP 0xFFFFFFFDu

static void *stack_pointers[CONTEXT_COUNT];
static volatile unsigned current;

/* Called by name from board_pendsv. */
__attribute__((used)) void *scheduler_next(void *stack_pointer);

static volatile uint32_t suspension_depth;
static volatile bool switch_is_due;
volatile uint32_t scheduler_suspended_count;

void scheduler_suspend(void) {
    suspension_depth++;
    scheduler_suspended_count++;
}

void scheduler_resume(void) {
    if (--suspension_depth == 0 && switch_is_due) {
        switch_is_due = false;
        scheduler_yield();
    }
}

void *scheduler_next(void *stack_pointer) {
    if (suspension_depth != 0) {
        switch_is_due = true;
        return stack_pointer;
    }
    stack_pointers[current] = stack_pointer;
    current = (current + 1) % CONTEXT_COUNT;
    return stack_pointers[current];
}

#if __ARM_ARCH_ISA_THUMB >= 2
__attribute__((naked)) void board_pendsv(void) {
    __asm__ volatile("mrs r0, psp\n\t"
#ifdef __ARM_FP
                     "tst lr, #16\n\t"
                     "it eq\n\t"
                     "vstmdbeq r0!, {s16-s31}\n\t"
#endif
                     "stmdb r0!, {r4-r11, lr}\n\t"
                     "bl scheduler_next\n\t"
                     "ldmia r0!, {r4-r11, lr}\n\t"
#ifdef __ARM_FP
                     "tst lr, #16\n\t"
                     "it eq\n\t"
                     "vldmiaeq r0!, {s16-s31}\n\t"
#endif
                     "msr psp, r0\n\t"
                     "bx lr");
}
#else
__attribute__((naked)) void board_pendsv(void) {
    __asm__ volatile(".syntax unified\n\t"
                     "mrs r0, psp\n\t"
                     "subs r0, #36\n\t"
                     "stmia r0!, {r4-r7}\n\t"
                     "mov r4, r8\n\t"
                     "mov r5, r9\n\t"
                     "mov r6, r10\n\t"
                     "mov r7, r11\n\t"
                     "stmia r0!, {r4-r7}\n\t"
                     "mov r3, lr\n\t"
                     "str r3, [r0]\n\t"
                     "subs r0, #32\n\t"
                     "bl scheduler_next\n\t"
                     "adds r0, #16\n\t"
                     "ldmia r0!, {r4-r7}\n\t"
                     "mov r8, r4\n\t"
                     "mov r9, r5\n\t"
                     "mov r10, r6\n\t"
                     "mov r11, r7\n\t"
                     "ldr r3, [r0]\n\t"
                     "subs r0, #32\n\t"
                     "ldmia r0!, {r4-r7}\n\t"
                     "adds r0, #20\n\t"
                     "msr psp, r0\n\t"
                     "bx r3");
}
#endif

void scheduler_yield(void) {
    *REGISTER_ICSR = ICSR_PENDSVSET;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

unsigned scheduler_current(void) {
    return current;
}

static void set_stack_limit(void *limit) {
#if __ARM_ARCH >= 8 && __ARM_ARCH_ISA_THUMB >= 2
    __asm__ volatile("msr msplim, %0" ::"r"(limit));
#else
    (void)limit;
#endif
}

static void *stack_limit(void) {
    void *limit = NULL;
#if __ARM_ARCH >= 8 && __ARM_ARCH_ISA_THUMB >= 2
    __asm__ volatile("mrs %0, msplim" : "=r"(limit));
#endif
    return limit;
}

static void *main_stack_limit;

void scheduler_start(void (*const tasks[SCHEDULER_TASK_COUNT])(void), uint64_t *stacks,
                     uint32_t stack_bytes, uint64_t *handler_stack, uint32_t handler_stack_bytes) {
    current = 0;
    char *top = (char *)stacks;
    for (unsigned i = 0; i < SCHEDULER_TASK_COUNT; i++) {
        top += stack_bytes;
        struct frame *frame = (struct frame *)(void *)top - 1;
        *frame = (struct frame){
            .exception_return = TO_THREAD_ON_PSP, .pc = tasks[i], .xpsr = XPSR_THUMB};
        stack_pointers[i + 1] = frame;
    }
    main_stack_limit = stack_limit();
    /* CONTROL's other bits say whether the FPU is in use. No exception comes in between: the limit and
     * the pointer do not fit each other for a moment. */
    uint32_t control;
    __asm__ volatile("cpsid i\n\t"
                     "mrs %0, control"
                     : "=r"(control));
    set_stack_limit(NULL);
    __asm__ volatile("mov r3, sp\n\t"
                     "msr psp, r3\n\t"
                     "msr control, %0\n\t"
                     "isb\n\t"
                     "msr msp, %1"
                     :
                     : "r"(control | 2u), "r"((char *)handler_stack + handler_stack_bytes)
                     : "r3", "memory");
    set_stack_limit(handler_stack);
    __asm__ volatile("cpsie i" ::: "memory");
}

void scheduler_stop(void) {
    uint32_t control;
    __asm__ volatile("cpsid i\n\t"
                     "mrs %0, control"
                     : "=r"(control));
    *REGISTER_ICSR = ICSR_PENDSVCLR;
    set_stack_limit(NULL);
    __asm__ volatile("mov r3, sp\n\t"
                     "msr msp, r3\n\t"
                     "msr control, %0\n\t"
                     "isb"
                     :
                     : "r"(control & ~2u)
                     : "r3", "memory");
    set_stack_limit(main_stack_limit);
    __asm__ volatile("cpsie i" ::: "memory");
}
