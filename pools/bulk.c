// SPDX-License-Identifier: MIT
#include "bulk.h"

#include "word.h"

#if defined(__thumb2__)

/* Eight registers at a time, four times, or eleven, eight times; then the rest, by the bits of its length, two of
 * them after each shift: one in the carry, one in the sign. */
void *bulk_clear(void *block, uint32_t bytes) {
    void *at = block;
    __asm__ volatile("mov r2, #0\n\t"
                     "mov r3, #0\n\t"
                     "cmp %1, #32\n\t"
                     "itt lo\n\t"
                     "lsllo %1, %1, #26\n\t"
                     "blo 3f\n\t"
                     "mov r4, #0\n\t"
                     "mov r5, #0\n\t"
                     "mov r6, #0\n\t"
                     "mov r8, #0\n\t"
                     "mov r12, #0\n\t"
                     "mov lr, #0\n\t"
                     "subs %1, %1, #128\n\t"
                     "blo 2f\n\t"
                     "cmp %1, #2*352 - 128\n\t"
                     "blo 1f\n\t"
                     "mov r9, #0\n\t"
                     "mov r10, #0\n\t"
                     "mov r11, #0\n\t"
                     "sub %1, %1, #352 - 128\n"
                     "4:\n\t"
                     "stmia %0!, {r2, r3, r4, r5, r6, r8, r9, r10, r11, r12, lr}\n\t"
                     "stmia %0!, {r2, r3, r4, r5, r6, r8, r9, r10, r11, r12, lr}\n\t"
                     "stmia %0!, {r2, r3, r4, r5, r6, r8, r9, r10, r11, r12, lr}\n\t"
                     "stmia %0!, {r2, r3, r4, r5, r6, r8, r9, r10, r11, r12, lr}\n\t"
                     "stmia %0!, {r2, r3, r4, r5, r6, r8, r9, r10, r11, r12, lr}\n\t"
                     "stmia %0!, {r2, r3, r4, r5, r6, r8, r9, r10, r11, r12, lr}\n\t"
                     "stmia %0!, {r2, r3, r4, r5, r6, r8, r9, r10, r11, r12, lr}\n\t"
                     "stmia %0!, {r2, r3, r4, r5, r6, r8, r9, r10, r11, r12, lr}\n\t"
                     "subs %1, %1, #352\n\t"
                     "bhs 4b\n\t"
                     "adds %1, %1, #352 - 128\n\t"
                     "bcc 2f\n"
                     "1:\n\t"
                     "stmia %0!, {r2, r3, r4, r5, r6, r8, r12, lr}\n\t"
                     "stmia %0!, {r2, r3, r4, r5, r6, r8, r12, lr}\n\t"
                     "stmia %0!, {r2, r3, r4, r5, r6, r8, r12, lr}\n\t"
                     "stmia %0!, {r2, r3, r4, r5, r6, r8, r12, lr}\n\t"
                     "subs %1, %1, #128\n\t"
                     "bhs 1b\n"
                     "2:\n\t"
                     "lsls %1, %1, #26\n\t"
                     "itt cs\n\t"
                     "stmiacs %0!, {r2, r3, r4, r5, r6, r8, r12, lr}\n\t"
                     "stmiacs %0!, {r2, r3, r4, r5, r6, r8, r12, lr}\n\t"
                     "it mi\n\t"
                     "stmiami %0!, {r2, r3, r4, r5, r6, r8, r12, lr}\n"
                     "3:\n\t"
                     "lsls %1, %1, #2\n\t"
                     "itt cs\n\t"
                     "strdcs r2, r3, [%0], #8\n\t"
                     "strdcs r2, r3, [%0], #8\n\t"
                     "it mi\n\t"
                     "strdmi r2, r3, [%0], #8\n\t"
                     "lsls %1, %1, #2\n\t"
                     "it cs\n\t"
                     "strcs r2, [%0]\n\t"
                     : "+r"(at), "+r"(bytes)
                     :
                     : "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc",
                       "memory");
    return block;
}

void bulk_copy(void *to, const void *from, uint32_t bytes) {
    __asm__ volatile("subs %2, %2, #128\n\t"
                     "blo 2f\n"
                     "1:\n\t"
                     "ldmia %1!, {r3, r4, r5, r6, r8, r9, r12, lr}\n\t"
                     "stmia %0!, {r3, r4, r5, r6, r8, r9, r12, lr}\n\t"
                     "ldmia %1!, {r3, r4, r5, r6, r8, r9, r12, lr}\n\t"
                     "stmia %0!, {r3, r4, r5, r6, r8, r9, r12, lr}\n\t"
                     "ldmia %1!, {r3, r4, r5, r6, r8, r9, r12, lr}\n\t"
                     "stmia %0!, {r3, r4, r5, r6, r8, r9, r12, lr}\n\t"
                     "ldmia %1!, {r3, r4, r5, r6, r8, r9, r12, lr}\n\t"
                     "stmia %0!, {r3, r4, r5, r6, r8, r9, r12, lr}\n\t"
                     "subs %2, %2, #128\n\t"
                     "bhs 1b\n"
                     "2:\n\t"
                     "lsls %2, %2, #26\n\t"
                     "itttt cs\n\t"
                     "ldmiacs %1!, {r3, r4, r5, r6, r8, r9, r12, lr}\n\t"
                     "stmiacs %0!, {r3, r4, r5, r6, r8, r9, r12, lr}\n\t"
                     "ldmiacs %1!, {r3, r4, r5, r6, r8, r9, r12, lr}\n\t"
                     "stmiacs %0!, {r3, r4, r5, r6, r8, r9, r12, lr}\n\t"
                     "itt mi\n\t"
                     "ldmiami %1!, {r3, r4, r5, r6, r8, r9, r12, lr}\n\t"
                     "stmiami %0!, {r3, r4, r5, r6, r8, r9, r12, lr}\n\t"
                     "lsls %2, %2, #2\n\t"
                     "itt cs\n\t"
                     "ldmiacs %1!, {r3, r4, r5, r6}\n\t"
                     "stmiacs %0!, {r3, r4, r5, r6}\n\t"
                     "itt mi\n\t"
                     "ldmiami %1, {r3, r4}\n\t"
                     "stmiami %0, {r3, r4}\n\t"
                     : "+r"(to), "+r"(from), "+r"(bytes)
                     :
                     : "r3", "r4", "r5", "r6", "r8", "r9", "r12", "lr", "cc", "memory");
}

#else

void *bulk_clear(void *block, uint32_t bytes) {
    pools_word *word = block;
    pools_word *end = word + bytes / 8u * 2u;
    while (word != end) {
        word[0] = 0;
        word[1] = 0;
        word += 2;
    }
    if ((bytes & 4u) != 0) {
        *word = 0;
    }
    return block;
}

void bulk_copy(void *to, const void *from, uint32_t bytes) {
    pools_word *out = to;
    pools_word *end = out + bytes / sizeof *out;
    const pools_word *in = from;
    while (out != end) {
        out[0] = in[0];
        out[1] = in[1];
        out += 2;
        in += 2;
    }
}

#endif
