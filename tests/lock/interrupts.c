// SPDX-License-Identifier: MIT
#include "lock/interrupts.h"

#include "board.h"
#include "exception.h"
#include "registers.h"

#define REGISTER_NVIC_ISER REGISTER(0xE000E100)
#define REGISTER_NVIC_ICER REGISTER(0xE000E180)
#define REGISTER_NVIC_ICPR REGISTER(0xE000E280)
#define REGISTER_NVIC_IPR  REGISTER(0xE000E400)
#define REGISTER_ICSR      REGISTER(0xE000ED04)
#define REGISTER_SHPR3     REGISTER(0xE000ED20)

#define ICSR_PENDSTCLR UINT32_C(0x02000000)

enum { TICK_PRIORITY = 0x80, URGENT_PRIORITY = 0x40, PENDSV_PRIORITY = 0xFF };
enum { INSTRUCTION_PS = 256000, DEVICE_COUNT = 16, FIRST_DEVICE = 16 };

#if __ARM_ARCH_ISA_THUMB < 2
/* nRF51. */
#define TICK_TIMER             0x40009000u
#define URGENT_TIMER           0x4000A000u
#define TIMER_START(timer)     REGISTER((timer) + 0x000u)
#define TIMER_STOP(timer)      REGISTER((timer) + 0x004u)
#define TIMER_CLEAR(timer)     REGISTER((timer) + 0x00Cu)
#define TIMER_COMPARE(timer)   REGISTER((timer) + 0x140u)
#define TIMER_INTENSET(timer)  REGISTER((timer) + 0x304u)
#define TIMER_BITMODE(timer)   REGISTER((timer) + 0x508u)
#define TIMER_PRESCALE(timer)  REGISTER((timer) + 0x510u)
#define TIMER_CC_0(timer)      REGISTER((timer) + 0x540u)
#define TIMER_CAPTURE_1(timer) REGISTER((timer) + 0x044u)
#define TIMER_CC_1(timer)      REGISTER((timer) + 0x544u)
enum { TICK_DEVICE = 9, URGENT_DEVICE = 10, INTENSET_COMPARE_0 = 0x10000 };

static void start_timer(uint32_t timer, uint32_t ticks) {
    *TIMER_STOP(timer) = 1;
    *TIMER_CLEAR(timer) = 1;
    *TIMER_COMPARE(timer) = 0;
    *TIMER_BITMODE(timer) = 0; /* 16 bits: all that these timers have */
    *TIMER_PRESCALE(timer) = 0;
    *TIMER_INTENSET(timer) = INTENSET_COMPARE_0;
    *TIMER_CC_0(timer) = ticks;
    *TIMER_START(timer) = 1;
}

static void stop_timer(uint32_t timer) {
    *TIMER_STOP(timer) = 1;
    *TIMER_COMPARE(timer) = 0;
}

static void start_tick(uint32_t ticks) {
    start_timer(TICK_TIMER, ticks);
}

static void stop_tick(void) {
    stop_timer(TICK_TIMER);
}

void interrupts_urgent_in_ticks(uint32_t ticks) {
    start_timer(URGENT_TIMER, ticks);
}

/* It fires no more, and counts on. */
static void clear_urgent(void) {
    *TIMER_COMPARE(URGENT_TIMER) = 0;
}

uint32_t interrupts_urgent_ticks_late(void) {
    *TIMER_CAPTURE_1(URGENT_TIMER) = 1;
    return (*TIMER_CC_1(URGENT_TIMER) - *TIMER_CC_0(URGENT_TIMER)) & 0xFFFF;
}

void interrupts_urgent_stop(void) {
    stop_timer(URGENT_TIMER);
}

#else
/* Arm MPS2. On the M33 the Secure alias. */
#if __ARM_ARCH >= 8
#define URGENT_TIMER 0x50000000u
enum { TICK_DEVICE = -1, URGENT_DEVICE = 3 };
#else
#define URGENT_TIMER 0x40000000u
enum { TICK_DEVICE = -1, URGENT_DEVICE = 8 };
#endif
#define TIMER_CTRL     REGISTER(URGENT_TIMER + 0x0u)
#define TIMER_VALUE    REGISTER(URGENT_TIMER + 0x4u)
#define TIMER_RELOAD   REGISTER(URGENT_TIMER + 0x8u)
#define TIMER_INTCLEAR REGISTER(URGENT_TIMER + 0xCu)
enum { CTRL_ON_WITH_INTERRUPT = 9, SYST_CSR_RUN_WITH_INTERRUPT = 7 };

static void stop_tick(void) {
    *REGISTER_SYST_CSR = 0;
    *REGISTER_ICSR = ICSR_PENDSTCLR;
}

static void start_tick(uint32_t ticks) {
    stop_tick();
    *REGISTER_SYST_RVR = ticks;
    *REGISTER_SYST_CVR = 0;
    *REGISTER_SYST_CSR = SYST_CSR_RUN_WITH_INTERRUPT;
}

/* It counts on from the reload value, so that its value tells how late the handler is. */
void interrupts_urgent_in_ticks(uint32_t ticks) {
    *TIMER_CTRL = 0;
    *TIMER_INTCLEAR = 1;
    *TIMER_RELOAD = 0xFFFFFFFFu;
    *TIMER_VALUE = ticks;
    *TIMER_CTRL = CTRL_ON_WITH_INTERRUPT;
}

static void clear_urgent(void) {
    *TIMER_INTCLEAR = 1;
}

uint32_t interrupts_urgent_ticks_late(void) {
    return 0xFFFFFFFFu - *TIMER_VALUE;
}

void interrupts_urgent_stop(void) {
    *TIMER_CTRL = 0;
    *TIMER_INTCLEAR = 1;
}

#endif

uint32_t interrupts_ticks(uint32_t instructions) {
    return (uint32_t)((uint64_t)instructions * INSTRUCTION_PS / board_tick_period_ps());
}

uint32_t interrupts_instructions(uint32_t ticks) {
    return (uint32_t)((uint64_t)ticks * board_tick_period_ps() / INSTRUCTION_PS);
}

void interrupts_tick_in(uint32_t instructions) {
    start_tick(interrupts_ticks(instructions));
}

void interrupts_urgent_in(uint32_t instructions) {
    interrupts_urgent_in_ticks(interrupts_ticks(instructions));
}

static void set_device_priority(unsigned device, uint32_t priority) {
    volatile uint32_t *word = REGISTER_NVIC_IPR + device / 4;
    uint32_t shift = device % 4 * 8;
    *word = (*word & ~(UINT32_C(0xFF) << shift)) | priority << shift;
}

void interrupts_set_urgent_priority(uint32_t priority) {
    set_device_priority(URGENT_DEVICE, priority);
}

void interrupts_set_tick_priority(uint32_t priority) {
    if (TICK_DEVICE >= 0) {
        set_device_priority((unsigned)TICK_DEVICE, priority);
    } else {
        *REGISTER_SHPR3 = priority << 24 | (uint32_t)PENDSV_PRIORITY << 16;
    }
}

void interrupts_tick_stop(void) {
    stop_tick();
}

void interrupts_start(void) {
    *REGISTER_SHPR3 = (uint32_t)PENDSV_PRIORITY << 16;
    interrupts_set_urgent_priority(URGENT_PRIORITY);
    interrupts_set_tick_priority(TICK_PRIORITY);
    uint32_t devices = UINT32_C(1) << URGENT_DEVICE;
    if (TICK_DEVICE >= 0) {
        devices |= UINT32_C(1) << (unsigned)TICK_DEVICE % 32;
    }
    stop_tick();
    interrupts_urgent_stop();
    *REGISTER_NVIC_ICPR = devices;
    *REGISTER_NVIC_ISER = devices;
}

void interrupts_stop(void) {
    stop_tick();
    interrupts_urgent_stop();
    *REGISTER_NVIC_ICER = 0xFFFFFFFFu;
    *REGISTER_NVIC_ICPR = 0xFFFFFFFFu;
}

volatile uint32_t interrupts_pc;

/* Called by name from board_systick. */
__attribute__((used)) void interrupts_device(const uint32_t *frame);

void interrupts_device(const uint32_t *frame) {
    uint32_t exception;
    __asm__ volatile("mrs %0, ipsr" : "=r"(exception));
    interrupts_pc = frame[6];
    if (exception == FIRST_DEVICE + URGENT_DEVICE) {
        clear_urgent();
        interrupts_urgent();
    } else {
        stop_tick();
        interrupts_tick();
    }
}

/* SysTick's, and every device's. */
__attribute__((naked)) void board_systick(void) {
    __asm__ volatile("mrs r0, msp\n\t"
                     "mov r1, lr\n\t"
                     "movs r2, #4\n\t"
                     "tst r1, r2\n\t"
                     "beq 1f\n\t"
                     "mrs r0, psp\n"
                     "1: ldr r3, =interrupts_device\n\t"
                     "bx r3\n\t"
                     ".ltorg");
}

/* Continues board_vectors, in the image: this object is linked behind the board's. */
__attribute__((used,
               section(".vectors"))) static void (*const device_vectors[DEVICE_COUNT])(void) = {
    [0 ... DEVICE_COUNT - 1] = board_systick};
