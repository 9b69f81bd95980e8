// SPDX-License-Identifier: MIT
/*
 * realloc for ARMv7-M and up, as far as it needs no other chunk: pools_realloc_fast; and a block that
 * the new size fits, by CPython's rule (pools_wastes_little), stays, however long it is, whether memory
 * is plenty or scarce.
 */
#include "assembly.h"
#include "entry_thumb.h"

#ifdef ENTRY_ASSEMBLY_RESIZES

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
    ldm     r2, {r2, r3}            // base, fast_free_granules
    cbz     r2, .Lflag_0
    sub     r12, r0, r2
    cmp     r3, r12, ror #3         // granule within the limit, and a multiple of 8
    bls     .Lscarce
    sub     r2, r2, r12, lsr #6
    ldr     r3, [r2, #-4]!          // the map's word
    ubfx    r12, r12, #3, #3
    lsls    r3, r3, r12             // carry: the bit before the block's, or set if the word begins with that
    eor     r3, r3, #0x80000000
    cbz     r3, .Lbeyond
    clz     r3, r3                  // granules
    cmp     r3, #2
    blo     .Lslow
#ifdef POOLS_KEYLESS
    ldr     r2, =obmalloc_heap
#else
    ldr     r12, [r0, #4]
    ldr     r2, =obmalloc_heap      // the key: has it been freed?
    cmp     r12, r2
    beq     .Lslow
#endif
    rsbs    r12, r1, r3, lsl #3     // what it has too much
    blo     .Lgrows
    cmp     r12, r3, lsl #1         // a quarter of it
    bhs     .Lshrinks
    bx      lr

.Lflag_0:
    TO_LIBC realloc, 2
.Lno_block:
    cbnz    r0, .Lslow
    mov     r0, r1                  // NULL
    b       entry_malloc
.Lslow:
    b       entry_realloc_slow

/* The map's word at r2 shows no end behind bit r12. A small block shows it in the next one, or in the
 * one after that if it is nearly 512 bytes long. A large one has a header, whose granule is marked. */
.Lbeyond:
    ldr     r3, [r2, #-4]
    cbz     r3, .Lno_end
    clz     r3, r3
    add     r3, r3, #32
    sub     r3, r3, r12
.Lstays_if_it_fits:
    rsb     r12, r1, r3, lsl #3
    cmp     r12, r3, lsl #1
    bhs     .Lslow
#ifndef POOLS_KEYLESS
    ldr     r12, [r0, #4]           // above 248 bytes it says nothing, but then the long way does
    ldr     r2, =obmalloc_heap
    cmp     r12, r2
    beq     .Lslow
#endif
    bx      lr

.Lno_end:
    teq     r12, #0                 // leaves the carry
    beq     .Lword_begins
    bcc     .Lthird
.Lmarked_before:
    ldrd    r2, r3, [r0, #-8]
    mvn     r2, r2
    orr     r2, r2, #1              // of a free chunk the last word is even
    cmp     r2, r3
    bne     .Lslow
    subs    r3, r3, #9              // the block's own bytes
    subs    r12, r3, r1
    cmp     r12, r3, lsr #2
    bhs     .Lslow
    bx      lr
.Lword_begins:
    ldrb    r3, [r2, #4]
    lsls    r3, r3, #31
    bne     .Lmarked_before

.Lthird:
    ldr     r3, [r2, #-8]
    clz     r3, r3
    add     r3, r3, #64
    sub     r3, r3, r12
    cmp     r3, #ENTRY_SMALL_BYTES_MAX / 8
    bhi     .Lslow                  // it has no end
    rsb     r12, r1, r3, lsl #3
    cmp     r12, r3, lsl #1
    bhs     .Lslow
    bx      lr

// Memory is scarce, or it is no block: blocks stay, or go the long way.
.Lscarce:
    ldr     r3, =obmalloc_heap + HEAP_UNTOUCHED
    ldr     r3, [r3]
    subs    r3, r3, r2
    lsr     r3, r3, #3
    cmp     r3, r12, ror #3
    bls     .Lno_block
    sub     r2, r2, r12, lsr #6
    ldr     r3, [r2, #-4]!
    ubfx    r12, r12, #3, #3
    lsls    r3, r3, r12
    eor     r3, r3, #0x80000000
    cbz     r3, .Lscarce_beyond
    clz     r3, r3
    cmp     r3, #2
    bhs     .Lstays_if_it_fits
    b       .Lslow
.Lscarce_beyond:
    b       .Lbeyond

/* While memory is plenty a block of up to 248 bytes, r3 granules, moves to a ready one, and waits in
 * its own pool then. r2: the heap. */
.Lshrinks:
    subs    r12, r1, #9
    cmp     r12, #ENTRY_POOLED_BYTES_MAX - 9
    bhi     .Lslow                  // up to 8 bytes
    lsr     r12, r12, #3
    push    {r4-r7, lr}
    add     r4, r12, #2             // granules wanted, and copied
    cmp     r4, r3
    bne     .Lmoves
    pop     {r4-r7, pc}             // no class is shorter that holds it
.Lgrows:
    subs    r12, r1, #9
    cmp     r12, #ENTRY_POOLED_BYTES_MAX - 9
    bhi     .Lslow
    lsr     r12, r12, #3
    push    {r4-r7, lr}
    mov     r4, r3
.Lmoves:
    add     r12, r2, r12, lsl #2
    ldr     r5, [r12, #ENTRY_HEAP_CLASS_FIRST]
    ldr     r6, [r5]
    cbz     r6, .Lno_ready
    str     r6, [r12, #ENTRY_HEAP_CLASS_FIRST]
    // An odd granule, then pairs: into the middle of what copies the most.
    mov     r1, r5
    mov     r12, r0
    lsrs    r4, r4, #1
    itt     cs
    ldrdcs  r6, r7, [r12], #8
    strdcs  r6, r7, [r1], #8
    adr     r6, .Lcopied + 1
    sub     r6, r6, r4, lsl #3
    bx      r6
.Lno_ready:
    pop     {r4-r7, lr}
    b       entry_realloc_slow
    .align 2
    .rept   ENTRY_POOLED_BYTES_MAX / 16
    ldmia.w r12!, {r4, r6, r7, lr}
    stmia.w r1!, {r4, r6, r7, lr}
    .endr
.Lcopied:
    ldr     r6, [r2, r3, lsl #2]    // not before: it may be the same pool
    strd    r6, r2, [r0]
    str     r0, [r2, r3, lsl #2]
    mov     r0, r5
    pop     {r4-r7, pc}
    .ltorg
    .size realloc, . - realloc

#endif
