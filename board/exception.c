// SPDX-License-Identifier: MIT
/* The last words of a program that faults: name, where, why, and a status that is not 0. */
#include "exception.h"

#include <stdint.h>

#include "board.h"
#include "obmalloc_blackbox.h"
#include "registers.h"

static const char *const exception_names[] = {
    [2] = "NMI",        [3] = "HardFault",   [4] = "MemManage fault", [5] = "BusFault",
    [6] = "UsageFault", [7] = "SecureFault", [11] = "SVCall",         [12] = "DebugMonitor",
    [14] = "PendSV",    [15] = "SysTick"};

static void write_register(const char *name, uint32_t value) {
    char digits[] = "00000000";
    for (int i = 7; i >= 0; i--) {
        digits[i] = "0123456789abcdef"[value & 0xF];
        value >>= 4;
    }
    board_console_puts(name);
    board_console_puts(digits);
}

/* Linked where OBMALLOC_WATCH says blackbox. */
#pragma weak obmalloc_blackbox_fault

/* What the CPU names as the data's address; 0 = none. */
static uint32_t fault_address(void) {
#if __ARM_ARCH_ISA_THUMB >= 2
    uint32_t cfsr = *REGISTER_CFSR;
    return (cfsr & REGISTER_CFSR_MMARVALID) != 0   ? *REGISTER_MMFAR
           : (cfsr & REGISTER_CFSR_BFARVALID) != 0 ? *REGISTER_BFAR
                                                   : 0;
#else
    return 0;
#endif
}

/* Called by name from board_exception. */
_Noreturn __attribute__((used)) void board_exception_report(uint32_t pc, uint32_t lr);

_Noreturn void board_exception_report(uint32_t pc, uint32_t lr) {
    uint32_t number;
    __asm__ volatile("mrs %0, ipsr" : "=r"(number));
    const char *name = "unknown exception";
    if (number < sizeof exception_names / sizeof exception_names[0] && exception_names[number]) {
        name = exception_names[number];
    }
    board_console_puts("\nFAULT ");
    board_console_puts(name);
    write_register(" pc=0x", pc);
    write_register(" lr=0x", lr);
#if __ARM_ARCH_ISA_THUMB >= 2
    write_register(" cfsr=0x", *REGISTER_CFSR);
    write_register(" hfsr=0x", *REGISTER_HFSR);
    write_register(" mmfar=0x", *REGISTER_MMFAR);
    write_register(" bfar=0x", *REGISTER_BFAR);
#endif
    board_console_puts("\n");
#if __ARM_ARCH_ISA_THUMB >= 2
    if (board_exception_explain && (*REGISTER_CFSR & REGISTER_CFSR_MMARVALID) != 0) {
        board_exception_explain(*REGISTER_MMFAR, pc);
    }
#endif
    if (obmalloc_blackbox_fault) {
        obmalloc_blackbox_fault(pc, fault_address(), name);
    }
    if (board_exception_ends) {
        board_exception_ends();
    }
    board_exit(BOARD_EXCEPTION_STATUS);
}

/* Takes PC and LR from the stacked frame, unless the stack has left the RAM, and starts over at the
 * stack's top: a stack that overflowed has no room for the report. Only v6-M instructions. */
__attribute__((naked)) void board_exception(void) {
    __asm__ volatile("   mrs  r2, msp\n"
                     "   mov  r0, lr\n"
                     "   movs r1, #4\n"
                     "   tst  r0, r1\n"
                     "   beq  1f\n"
                     "   mrs  r2, psp\n"
                     "1: movs r0, #0\n"
                     "   movs r1, #0\n"
                     "   ldr  r3, =__ram_start\n"
                     "   cmp  r2, r3\n"
                     "   blo  2f\n"
                     "   ldr  r3, =__stack_top - 32\n"
                     "   cmp  r2, r3\n"
                     "   bhi  2f\n"
                     "   ldr  r0, [r2, #24]\n"
                     "   ldr  r1, [r2, #20]\n"
                     "2: ldr  r3, =__stack_top\n"
                     "   msr  msp, r3\n"
                     "   ldr  r3, =board_exception_report\n"
                     "   bx   r3\n"
                     "   .ltorg\n");
}

void board_pendsv(void) __attribute__((weak, alias("board_exception")));
void board_systick(void) __attribute__((weak, alias("board_exception")));
