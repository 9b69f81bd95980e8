// SPDX-License-Identifier: MIT
/*
 * malloc and free for ARMv6-M and ARMv8-M baseline: the fast paths of pools/heap_inline.h, and entry.c
 * around them. free looks at a byte of the map with the block's own bit in it, which is enough for blocks of up to
 * 56 bytes; for others it looks further. What crosses a word of the map takes entry.c's way.
 */
#include "entry_thumb.h"

#ifdef ENTRY_ASSEMBLY_THUMB1

    .syntax unified
    .thumb

    .global entry_free_slow         // the other functions come from entry.c with these

    .section .text.malloc, "ax", %progbits
    .align 2
    .global entry_malloc
    .hidden entry_malloc
entry_malloc:                       // untyped: tools shall call this place malloc
    .global malloc
    .thumb_func
    .type malloc, %function
malloc:
    ldr     r1, =obmalloc_heap + ENTRY_HEAP_CLASS_FIRST
    ldr     r2, [r1, #ENTRY_HEAP_BASE - ENTRY_HEAP_CLASS_FIRST]
    cmp     r2, #0
    beq     4f
#ifdef LOCK_IN_ASSEMBLY
    cmp     r2, #ENTRY_BASE_UNLATCHED
    beq     5f
#else
    mov     r12, r0
#endif
    movs    r3, r0
    subs    r3, #9
    cmp     r3, #ENTRY_POOLED_BYTES_MAX - 9
    bhi     2f
    lsrs    r3, r3, #3
    lsls    r3, r3, #2
1:
#ifdef LOCK_IN_ASSEMBLY
    LOCK    r12, r2
#endif
    ldr     r0, [r1, r3]            // the pool's first block
    ldr     r2, [r0]                // the one behind it; 0 = this one is nil
    cmp     r2, #0
    beq     3f
    str     r2, [r1, r3]
#ifndef POOLS_KEYLESS
    str     r2, [r0, #4]            // anything but the key
#endif
#ifdef LOCK_IN_ASSEMBLY
    UNLOCK  r12
#endif
    bx      lr
2:  movs    r3, #0                  // up to 8 bytes: the first class
    cmp     r0, #8
    bls     1b
    b       5f
#ifdef LOCK_IN_ASSEMBLY
3:  UNLOCK  r12
    lsls    r0, r3, #1              // the request, rounded to the class
    adds    r0, #ENTRY_CLASS_FIRST_BYTES
#else
3:  mov     r0, r12
#endif
5:  mov     r1, lr
    ldr     r3, =ENTRY_MALLOC_SLOW
    bx      r3
4:  TO_LIBC malloc, 1
    .ltorg
    .size malloc, . - malloc

    .section .text.free, "ax", %progbits
    .align 2
    .global free
    .thumb_func
    .type free, %function
free:
    ldr     r1, =obmalloc_heap + ENTRY_HEAP_BASE
    ldm     r1, {r1, r2}            // base, fast_free_granules
    cmp     r1, #0
    beq     3f
    push    {r4, r5, r6, lr}
    adr     r3, .Lconstants
    ldm     r3, {r3, r5, r6}        // the heap, entry_pool_of_byte, 31
    subs    r4, r0, r1
    rors    r4, r5                  // by 3: the table's address is 3 more than a multiple of 32
    cmp     r4, r2                  // granule within the limit, and a multiple of 8
    bhs     .Lunlocked
#ifdef LOCK_IN_ASSEMBLY
    LOCK    r12, r2
#endif
    lsrs    r2, r4, #5
    mvns    r2, r2
    lsls    r2, r2, #2
    ldr     r1, [r1, r2]            // the map's word: base - 4 * (granule / 32 + 1)
    ands    r4, r6
    lsls    r1, r4
#ifdef __OPTIMIZE_SIZE__
    lsls    r4, r1, #1
    bcc     .Lslow                  // no block
    bmi     .Lslow                  // a free chunk, or a header
    lsrs    r4, r4, #25
#else
    lsrs    r4, r1, #24
#endif
    ldrb    r4, [r5, r4]            // its pool's place in the heap; 0 = no end in sight, 4 = no block
2:  ldr     r2, [r3, r4]            // 0 in these two places
#ifdef POOLS_KEYLESS
    cmp     r2, #0
    beq     .Lfurther
    str     r0, [r3, r4]
    str     r2, [r0]
#else
    ldr     r6, [r0, #4]
    cmp     r2, #1                  // carry clear: 0
    eors    r6, r3                  // zero: the key. Has it been freed before? Carry stays
    bls     .Lfurther               // either
    str     r0, [r3, r4]
    stm     r0!, {r2, r3}
#endif
#ifdef LOCK_IN_ASSEMBLY
    UNLOCK  r12
#endif
    pop     {r4, r5, r6, pc}

// The bits further on, six at a time: the one before them is taken for the block's own.
.Lfurther:
    cmp     r4, #0
    bne     .Lslow
#ifndef __OPTIMIZE_SIZE__
    adds    r5, #0x80
#endif
1:  lsls    r1, r1, #6
    beq     .Lslow
    adds    r4, #4 * 6
    lsrs    r6, r1, #24
    ldrb    r6, [r5, r6]
    cmp     r6, #0
    beq     1b
    adds    r4, r4, r6
    b       2b

#ifdef LOCK_IN_ASSEMBLY
.Lslow:
    UNLOCK  r12
.Lunlocked:
    pop     {r4, r5, r6}
    pop     {r1}                    // the caller, still in lr too
    ldr     r3, =entry_free_slow
    bx      r3
#else
// entry_free_slow.
.Lslow:
.Lunlocked:
    movs    r4, r0
    beq     1f
    movs    r1, r0
    movs    r0, r3
    bl      pools_free
    cmp     r0, #0
    bne     2f
1:  pop     {r4, r5, r6, pc}
2:  movs    r0, r4
    ldr     r1, [sp, #12]           // the caller
    bl      route_free
    pop     {r4, r5, r6, pc}
#endif
3:  TO_LIBC free, 1
    .ltorg
    .align  2
.Lconstants:
    .word   obmalloc_heap, entry_pool_of_byte, 31
    .size free, . - free

/* By a byte of the map whose highest bit is a block's own: four times its granules, 2..7. The least table has no
 * others. */
    .section .rodata.entry_pool_of_byte, "a", %progbits
    .balign 32
    .fill   3, 1, 0
    .type entry_pool_of_byte, %object
entry_pool_of_byte:
#ifndef __OPTIMIZE_SIZE__
    .fill   128, 1, 4               // no block
#endif
    .fill   1, 1, 0                 // its end is further on
    .fill   1, 1, 4 * 7
    .fill   2, 1, 4 * 6
    .fill   4, 1, 4 * 5
    .fill   8, 1, 4 * 4
    .fill   16, 1, 4 * 3
    .fill   32, 1, 4 * 2
#ifndef __OPTIMIZE_SIZE__
    .fill   64, 1, 4                // a free chunk, or a header
#endif
    .size entry_pool_of_byte, . - entry_pool_of_byte

#endif
