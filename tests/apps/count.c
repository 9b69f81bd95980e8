// SPDX-License-Identifier: MIT
#include "apps/count.h"

#include "board.h"
#include "registers.h"

#define REGISTER_ICSR                   REGISTER(0xE000ED04)
#define REGISTER_ICSR_SYSTICK_PENDING   UINT32_C(0x04000000)
#define REGISTER_VTOR                   REGISTER(0xE000ED08)
#define REGISTER_SYST_CSR_RUN_INTERRUPT UINT32_C(0x7)

enum { VECTOR_COUNT = 16, VECTOR_SYSTICK = 15, INSTRUCTION_PS = 256000 };

extern const uint32_t board_vectors[VECTOR_COUNT];

static volatile uint32_t wrap_count;
static uint64_t start_ticks;

static void count_wrap(void) {
    wrap_count = wrap_count + 1;
}

static uint64_t ticks(void) {
    __asm__ volatile("cpsid i" ::: "memory");
    uint32_t tick = board_tick();
    uint32_t wraps = wrap_count;
    if ((*REGISTER_ICSR & REGISTER_ICSR_SYSTICK_PENDING) != 0) {
        tick = board_tick();
        wraps++;
    }
    __asm__ volatile("cpsie i" ::: "memory");
    return (uint64_t)wraps * ((uint64_t)board_tick_mask + 1) + tick;
}

bool count_start(void) {
    /* VTOR wants the table aligned to its size, rounded up to a power of two. */
    static uint32_t vectors[VECTOR_COUNT] __attribute__((aligned(128)));
    if (board_tick_period_ps() == 0) {
        return false;
    }
    for (unsigned i = 0; i < VECTOR_COUNT; i++) {
        vectors[i] = board_vectors[i];
    }
    vectors[VECTOR_SYSTICK] = (uint32_t)(uintptr_t)count_wrap;
    *REGISTER_VTOR = (uint32_t)(uintptr_t)vectors;
    __asm__ volatile("dsb\n isb" ::: "memory");
    board_tick_start();
    *REGISTER_SYST_CSR = REGISTER_SYST_CSR_RUN_INTERRUPT;
    start_ticks = ticks();
    return true;
}

uint64_t count_instructions(void) {
    return (ticks() - start_ticks) * board_tick_period_ps() / INSTRUCTION_PS;
}
