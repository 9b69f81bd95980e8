// SPDX-License-Identifier: MIT
/*
 * malloc for ARMv6-M and ARMv8-M Baseline: what pools_malloc_fast says in pools/heap_inline.h, and entry.c
 * around it. In C it would save registers that it does not need, and keep the caller's address at hand
 * on the fast path for the sake of the slow one.
 */
#include "entry.h"

#ifdef ENTRY_ASSEMBLY_MALLOC

    .syntax unified
    .thumb

    .global entry_malloc_slow       // the other functions come from entry.c with this

    .section .text.malloc, "ax", %progbits
    .align 2
    .global malloc
    .thumb_func
    .type malloc, %function
malloc:
    ldr     r1, =obmalloc_heap + ENTRY_HEAP_CLASS_FIRST
    ldr     r2, [r1, #ENTRY_HEAP_BASE - ENTRY_HEAP_CLASS_FIRST]
    cmp     r2, #0
    beq     4f
    mov     r12, r0
    subs    r0, #9
    cmp     r0, #ENTRY_POOLED_BYTES_MAX - 9
    bhi     2f
    lsrs    r0, r0, #3
    lsls    r2, r0, #2
1:  ldr     r0, [r1, r2]            // the pool's first block
    ldr     r3, [r0]                // the one behind it; 0 = this one is nil
    cmp     r3, #0
    beq     3f
    str     r3, [r1, r2]
    str     r3, [r0, #4]            // anything but the key
    bx      lr
2:  adds    r0, #9
    cmp     r0, #8
    bhi     5f
    movs    r2, #0                  // up to 8 bytes: the first class
    b       1b
3:  mov     r0, r12
5:  mov     r1, lr
    ldr     r3, =entry_malloc_slow
    bx      r3
4:  mov     r1, r0
    ldr     r3, =_impure_ptr
    ldr     r0, [r3]
    ldr     r3, =libc__malloc_r
    bx      r3
    .size malloc, . - malloc

#endif
