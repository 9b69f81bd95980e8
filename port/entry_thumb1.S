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

    .global entry_malloc_slow       // the other functions come from entry.c with these

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
    ldr     r3, =entry_malloc_slow
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
    ldm     r1!, {r2, r3}           // base, fast_free_granules
    cmp     r2, #0
    beq     3f
    push    {r4, r5}
    subs    r4, r0, r2
    movs    r5, #3
    rors    r4, r5
    cmp     r4, r3                  // granule within the limit, and a multiple of 8
    bhs     .Lunlocked
#ifdef LOCK_IN_ASSEMBLY
    LOCK    r12, r3
#endif
    lsrs    r3, r4, #5
    mvns    r3, r3
    lsls    r3, r3, #2
    ldr     r2, [r2, r3]            // the map's word: base - 4 * (granule / 32 + 1)
    movs    r3, #31
    ands    r4, r3
    lsls    r2, r4
    lsrs    r4, r2, #24
    ldr     r3, =entry_pool_of_byte
    ldrb    r4, [r3, r4]            // its pool's place in the heap; 0 = no block, or no end in sight
    subs    r1, #ENTRY_HEAP_BASE + 8
2:  ldr     r3, [r1, r4]
    cmp     r3, #0
    beq     .Lfurther
#ifndef POOLS_KEYLESS
    ldr     r5, [r0, #4]
    cmp     r5, r1                  // the key: has it been freed before?
    beq     .Lslow
#endif
    str     r3, [r0]
#ifndef POOLS_KEYLESS
    str     r1, [r0, #4]
#endif
    str     r0, [r1, r4]
#ifdef LOCK_IN_ASSEMBLY
    UNLOCK  r12
#endif
    pop     {r4, r5}
    bx      lr

// The bits further on, six at a time: the one before them is taken for the block's own.
.Lfurther:
    cmp     r4, #0
    bne     .Lslow
    lsls    r3, r2, #1
    bcc     .Lslow                  // no block
    bmi     .Lslow                  // a free chunk, or a header
    ldr     r3, =entry_pool_of_byte
1:  lsls    r2, r2, #6
    beq     .Lslow
    adds    r4, #4 * 6
    lsrs    r5, r2, #24
    adds    r5, #0x80
    ldrb    r5, [r3, r5]
    cmp     r5, #0
    beq     1b
    adds    r4, r4, r5
    b       2b

.Lslow:
#ifdef LOCK_IN_ASSEMBLY
    UNLOCK  r12
#endif
.Lunlocked:
    pop     {r4, r5}
    mov     r1, lr
    ldr     r3, =entry_free_slow
    bx      r3
3:  TO_LIBC free, 1
    .ltorg
    .size free, . - free

/* By a byte of the map whose highest bit is a block's own: four times its granules, 2..7. */
    .section .rodata.entry_pool_of_byte, "a", %progbits
    .type entry_pool_of_byte, %object
entry_pool_of_byte:
    .fill   128, 1, 0               // no block
    .fill   1, 1, 0                 // its end is further on
    .fill   1, 1, 4 * 7
    .fill   2, 1, 4 * 6
    .fill   4, 1, 4 * 5
    .fill   8, 1, 4 * 4
    .fill   16, 1, 4 * 3
    .fill   32, 1, 4 * 2
    .fill   64, 1, 0                // a free chunk, or a header
    .size entry_pool_of_byte, . - entry_pool_of_byte

#endif
