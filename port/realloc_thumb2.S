// SPDX-License-Identifier: MIT
/*
 * realloc for ARMv7-M and up, as far as it needs no other chunk: a block that the new size fits, by
 * CPython's rule (pools_wastes_little), stays, whether memory is plenty or scarce; the map, or a large
 * block's header, says how long it is. And pools_realloc_fast.
 */
#include "assembly.h"
#include "entry.h"

#ifdef ENTRY_ASSEMBLY

    .syntax unified
    .thumb

    .global entry_realloc_slow      // the other functions come from entry.c with it

    .section .text.realloc, "ax", %progbits
    .align 2
    .global realloc
    .thumb_func
    .type realloc, %function
realloc:
    ldr     r2, =obmalloc_heap + ENTRY_HEAP_BASE
    ldm     r2, {r2, r3, r12}       // base, fast_free_granules, untouched
    cbz     r2, .Lflag_0_near
    subs    r12, r12, r2
    lsr     r12, r12, #3
    sub     r3, r0, r2
    cmp     r12, r3, ror #3         // granule below untouched, and a multiple of 8
    bls     .Lslow
    sub     r2, r2, r3, lsr #6
    ldr     r12, [r2, #-4]!         // the map's word
    ubfx    r3, r3, #3, #3
    lsl     r12, r12, r3
    eor     r12, r12, #0x80000000
    clz     r12, r12                // granules
    cmp     r12, #ENTRY_POOLED_BYTES_MAX / 8
    bhi     .Lbeyond
    cmp     r12, #2
    blo     .Lslow
    cmp     r1, r12, lsl #3
    bhi     .Lmove
    add     r3, r12, r12, lsl #1
    cmp     r1, r3, lsl #1          // 3/4 of it
    bls     .Lmove
.Lstays_unless_ready:
    ldr     r3, [r0, #4]
    ldr     r2, =obmalloc_heap      // the key: has it been freed?
    cmp     r3, r2
    beq     .Lslow
    bx      lr

.Lslow:
    b       entry_realloc_slow
.Lflag_0_near:
    b       .Lflag_0

// The first window shows no end. Is the granule before marked, for a header or a free chunk's end?
.Lbeyond:
    ldrh    r12, [r2, #3]
    lsl     r12, r12, r3
    tst     r12, #0x100
    bne     .Lmarked_before
.Lsmall_beyond:
    ldr     r12, [r2, #-4]
    cmp     r12, #0
    beq     .Lthird
    clz     r12, r12
    add     r12, r12, #32
    sub     r12, r12, r3
.Lsmall_known:
    cmp     r1, r12, lsl #3
    bhi     .Lslow
    add     r3, r12, r12, lsl #1
    cmp     r1, r3, lsl #1
    bls     .Lslow
    cmp     r12, #ENTRY_POOLED_BYTES_MAX / 8
    bls     .Lstays_unless_ready
    bx      lr
.Lthird:
    ldr     r12, [r2, #-8]
    clz     r12, r12
    add     r12, r12, #64
    sub     r12, r12, r3
    cmp     r12, #ENTRY_SMALL_BYTES_MAX / 8 + 1
    bls     .Lsmall_known
    b       .Lslow                  // it has no end

.Lmarked_before:
    ldr     r12, [r0, #-4]
    tst     r12, #1
    beq     .Lsmall_beyond          // a free chunk's last word: it is even
    ldr     r3, [r0, #-8]
    mvns    r3, r3
    cmp     r3, r12
    bne     .Lslow
    subs    r3, r3, #9              // the block's own bytes
    cmp     r1, r3
    bhi     .Lslow
    add     r3, r3, r3, lsl #1
    cmp     r3, r1, lsl #2
    bhs     .Lslow
    bx      lr

.Lflag_0:
    ldr     r3, =_impure_ptr
    mov     r2, r1
    mov     r1, r0
    ldr     r0, [r3]
    b       libc__realloc_r

// While memory is plenty it moves to a ready block, and waits in its own pool then. r12: its granules.
.Lmove:
    ldr     r2, =obmalloc_heap
    ldr     r3, [r2, #HEAP_FAST_FREE]
    cmp     r3, #0
    beq     .Lslow
    ldr     r3, [r0, #4]
    cmp     r3, r2
    beq     .Lslow
    subs    r3, r1, #9
    cmp     r3, #ENTRY_POOLED_BYTES_MAX - 9
    bhi     .Lslow
    push    {r4-r7}
    lsrs    r3, r3, #3
    adds    r4, r3, #2              // granules wanted
    cmp     r4, r12
    beq     2f                      // no class is shorter that holds it
    add     r3, r2, r3, lsl #2
    ldr     r5, [r3, #ENTRY_HEAP_CLASS_FIRST]
    ldr     r6, [r5]
    cmp     r6, #0
    beq     3f
    str     r6, [r3, #ENTRY_HEAP_CLASS_FIRST]
    cmp     r4, r12
    it      hi
    movhi   r4, r12
    // An odd granule, then pairs: into the middle of what copies the most.
    mov     r1, r5
    mov     r3, r0
    lsrs    r4, r4, #1
    itt     cs
    ldrdcs  r6, r7, [r3], #8
    strdcs  r6, r7, [r1], #8
    adr     r6, 1f + 1
    sub     r6, r6, r4, lsl #3
    bx      r6
    .align 2
    .rept   ENTRY_POOLED_BYTES_MAX / 16
    ldmia.w r3!, {r2, r4, r6, r7}
    stmia.w r1!, {r2, r4, r6, r7}
    .endr
1:  ldr     r2, =obmalloc_heap
    ldr     r6, [r2, r12, lsl #2]   // not before: it may be the same pool
    str     r2, [r0, #4]
    str     r6, [r0]
    str     r0, [r2, r12, lsl #2]
    mov     r0, r5
2:  pop     {r4-r7}
    bx      lr
3:  pop     {r4-r7}
    b       entry_realloc_slow
    .ltorg
    .size realloc, . - realloc

#endif
