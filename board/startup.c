// SPDX-License-Identifier: MIT
/*
 * From reset to main, for every Cortex-M.
 *
 * The allocator is told of the boot after .data and .bss stand and before constructors run,
 * because constructors and stdio allocate.
 */
#include <stdint.h>
#include <stdlib.h>

#include "exception.h"
#include "obmalloc_ledger.h"
#include "registers.h"
#include "stack.h"

extern uint32_t __data_load_start[], __data_start[], __data_end[], __bss_start[], __bss_end[];
extern char __stack_top[], __stack_limit[];
typedef void (*constructor)(void);
extern const constructor __init_array_start[], __init_array_end[];

int main(void);

/* C++ passes it to atexit for the image it belongs to; there is one. */
void *__dso_handle;

/* Full newlib's exit() calls it behind the destructors; GCC's start files, left out here, have
 * it. */
void _fini(void);
void _fini(void) {
}

static void start_fpu(void) {
#ifdef __ARM_FP
    *REGISTER_CPACR |= REGISTER_CPACR_CP10_CP11_FULL;
    __asm__ volatile("dsb\n isb" ::: "memory");
#endif
}

static void name_faults(void) {
#if __ARM_ARCH_ISA_THUMB >= 2
    *REGISTER_SHCSR |= REGISTER_SHCSR_FAULTS_ENABLED;
#endif
}

static void guard_stack(void) {
#if __ARM_ARCH >= 8 && __ARM_ARCH_ISA_THUMB >= 2
    __asm__ volatile("msr msplim, %0" ::"r"(__stack_limit));
#endif
}

static void fill_data_and_bss(void) {
    const uint32_t *from = __data_load_start;
    for (uint32_t *to = __data_start; to < __data_end; to++) {
        *to = *from++;
    }
    for (uint32_t *to = __bss_start; to < __bss_end; to++) {
        *to = 0;
    }
}

_Noreturn void board_reset(void) {
    start_fpu();
    board_stack_mark();
    guard_stack();
    name_faults();
    fill_data_and_bss();
    obmalloc_boot();
    for (const constructor *call = __init_array_start; call < __init_array_end; call++) {
        (*call)();
    }
    obmalloc_main_begins();
    exit(main());
}

/* Boards use no device interrupts: what arrives is reported as a fault. */
enum { SYSTEM_EXCEPTION_COUNT = 15, PENDSV = 14, SYSTICK = 15 };

struct vector_table {
    const void *initial_stack;
    void (*exceptions[SYSTEM_EXCEPTION_COUNT])(void);
};

__attribute__((used, section(".vectors"))) const struct vector_table board_vectors = {
    .initial_stack = __stack_top,
    .exceptions = {[0] = board_reset,
                   [1 ... PENDSV - 2] = board_exception,
                   [PENDSV - 1] = board_pendsv,
                   [SYSTICK - 1] = board_systick},
};
