// SPDX-License-Identifier: MIT
/*
 * The system instructions of a Cortex-M that the sources hold as inline assembly, as macros of this computer's
 * assembler: they read and write variables. Included into every file by the compiler's command line.
 */
#ifndef TESTS_COVERAGE_INSTRUCTIONS_H
#define TESTS_COVERAGE_INSTRUCTIONS_H

/* clang-format off */
__asm__(".macro mrs to, from\n"
        "  movl pc_\\from, \\to\n"
        ".endm\n"
        ".macro msr to, from\n"
        ".ifc \\to, basepri_max\n" /* only ever raises the urgency that is asked for */
        "  cmpl $0, pc_basepri\n"
        "  je 771f\n"
        "  cmpl pc_basepri, \\from\n"
        "  jae 772f\n"
        "771: movl \\from, pc_basepri\n"
        "772:\n"
        ".else\n"
        "  movl \\from, pc_\\to\n"
        ".endif\n"
        ".endm\n"
        ".macro cpsid what\n"
        "  movl $1, pc_primask\n"
        ".endm\n"
        ".macro udf\n" /* its operand is a comment here */
        "  call pc_undefined_instruction\n"
        ".endm\n"
        ".macro dsb\n"
        ".endm\n"
        ".macro isb\n" /* what pends arrives here at the latest */
        "  pushal\n"
        "  call pc_take_pending\n"
        "  popal\n"
        ".endm\n");
/* clang-format on */

#endif
