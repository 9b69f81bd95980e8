// SPDX-License-Identifier: MIT
/*
 * pools_free for ARMv7-M and up: heap.c's, with space_give_at and plenty_renew of space_give.h and
 * plenty.h in it.
 *
 * Two things are told from less than C looks at. Freeing never turns plenty into scarce: what is merged
 * is as large as its parts. And it turns scarce into plenty only where the chunk enters an empty bin, or
 * the untouched part grows. So fast_free_granules is touched in these two cases only.
 *
 * Registers:
 *   r0  chunk; the block, as long as the call may still be refused
 *   r1  heap
 *   r2  marks << 2, later scratch: r4, r5 too
 *   r3  where to go with a refused block; once it is accepted, the end of the chunk
 *   r4  base, as long as nothing has been unlinked
 *   r6  untouched   r7  used_chunks   r8  bins_filled
 *   r9  address of the map's word that shows the granule before the chunk
 *   r10 by how much the word must be turned to have that granule first
 *   r11 the word, turned: "marks"
 *   r12 the chunk's granules, later its bytes
 *   lr  bytes of the free chunk before it
 */
#include "space_thumb2.h"

#ifdef POOLS_ASSEMBLY

    .syntax unified
    .thumb

/* r9, r10, r11 as above, of the granule before the chunk at offset r10. Spoils r5. */
.macro TURNED_MARKS shift, turn
    sub     r10, r10, #8
    sub     r9, r4, r10, \shift #6
    ldr     r11, [r9, #-4]!
    ubfx    r10, r10, #3, #3
    rsb     r5, r10, #32
    \turn   r11, r11, r5
.endm

/* Adds the free chunk before, lr bytes: its marks go but for the first. Spoils r4, r5, lr. */
.macro JOIN_BEFORE
    sub     r0, r0, lr
    bic     r11, r11, #MAP_SECOND | MAP_THIRD
    cmp     lr, #16
    it      ne
    bicne   r11, r11, #MAP_FIRST    // else its last granule is its second one
    ldrd    r4, r5, [r0]
    UNLINK  r4, r5, lr
.endm

/* r5: the first two marks of the free chunk behind, \bytes long, as far as they go. Where they are: r12. */
.macro MARKS_OF_NEXT bytes
    mov     r5, #MAP_SECOND | MAP_THIRD
    cmp     \bytes, #16
    it      eq
    moveq   r5, #MAP_SECOND         // its second granule's mark is its last one's
    lsr     r5, r5, r12
.endm

    .section .text.pools_free, "ax", %progbits
    .align 2

// enum pools_status pools_free(struct pools_heap *heap, void *block)
    .global pools_free
    .thumb_func
    .type pools_free, %function
pools_free:
    mov     r2, r0
    mov     r0, r1
    mov     r1, r2
    // As entry_thumb2.S: plenty, and the block fits a pool.
    ldrd    r2, r3, [r1, #HEAP_BASE]
    sub     r12, r0, r2
    cmp     r3, r12, ror #3
    bls     1f
    sub     r2, r2, r12, lsr #6
    ldr     r2, [r2, #-4]
    ubfx    r3, r12, #3, #3
    lsls    r2, r3
    eor     r2, r2, #MAP_FIRST
    clz     r2, r2
    ldr     r3, [r1, r2, lsl #2]
    cbz     r3, 1f
#ifndef POOLS_KEYLESS
    ldr     r12, [r0, #4]
    cmp     r12, r1
    beq     1f
#endif
    strd    r3, r1, [r0]
    str     r0, [r1, r2, lsl #2]
    movs    r0, #0
    bx      lr
1:  push    {r1, lr}
    adr     r3, 2f + 1
    bl      pools_free_or
    movs    r0, #0
    pop     {r1, pc}
    .align 2
2:  mov     r1, r0                  // refused: what is it?
    pop     {r0, lr}
    b       pools_refused
    .size pools_free, . - pools_free

/* Frees r0, a block of heap r1 that has no place in a pool; or goes to r3, with r0, r1 and lr as they
 * were. r3 has bit 0 set. */
    .global pools_free_or
    .thumb_func
    .type pools_free_or, %function
pools_free_or:
    push    {r4-r11, lr}
    add     r2, r1, #HEAP_BASE
    ldm     r2, {r4-r8}
    sub     r10, r0, r4
    sub     r5, r6, r4
    lsr     r5, r5, #3
    cmp     r5, r10, ror #3         // below untouched, and a multiple of 8
    bls     .Lrefuse
    TURNED_MARKS asr, ror
    lsls    r2, r11, #2
    bcc     .Lrefuse                // no chunk starts here
    bmi     .Lrefuse                // a free one, or a header
    cmp     r11, #0
    bmi     .Lbefore
#ifndef POOLS_KEYLESS
    ldr     r5, [r0, #4]
    cmp     r5, r1
    beq     .Lkeyed
#endif
    clz     r12, r2
    add     r12, r12, #1
    cmp     r12, #22                // SPACE_NEAR_GRANULES
    bhi     .Lfar
    orr     r11, r11, #MAP_THIRD
    add     r3, r0, r12, lsl #3

// The word shows where the chunk ends, too.
.Lnear:
    cmp     r3, r6
    beq     .Lnear_lower
    lsls    r2, r2, r12
    bmi     .Lnear_next
.Lnear_used:
    mov     r5, #MAP_FIRST
    lsr     r5, r5, r12
    orr     r11, r11, r5
.Lnear_write:
    ror     r11, r11, r10
    str     r11, [r9]

.Llink:
    subs    r7, r7, #1
    str     r7, [r1, #HEAP_USED_CHUNKS]
    sub     r12, r3, r0
    BIN_OF  r2, r12, r4
    add     lr, r1, r2, lsl #2
    ldr     r4, [lr, #HEAP_BINS]
    lsl     r5, r2, #1
    str     r0, [lr, #HEAP_BINS]
    mov     lr, r1                  // the key
    stm     r0, {r4, r5, r12, lr}
    str     r12, [r3, #-4]          // behind it: over the key in the shortest chunk
    cbz     r4, 1f
    str     r0, [r4, #4]
    pop     {r4-r11, pc}
1:  mov     r4, #MAP_FIRST
    lsr     r4, r4, r2
    orr     r8, r8, r4
    str     r8, [r1, #HEAP_BINS_FILLED]
    ldr     r5, [r1, #HEAP_PLENTY_BINS]
    tst     r4, r5
    bne     .Lplenty
    pop     {r4-r11, pc}
.Lplenty:
    ldr     r4, [r1, #HEAP_BASE]
    sub     r6, r6, r4
    lsrs    r6, r6, #3
    str     r6, [r1, #HEAP_FAST_FREE]
    pop     {r4-r11, pc}

// What follows is free, or a large block.
.Lnear_next:
    ldrd    r4, r5, [r3]
    tst     r5, #1
    bne     .Lnear_used
    ldr     r2, [r3, #8]
    UNLINK  r4, r5, lr
    MARKS_OF_NEXT r2
    bic     r11, r11, r5
    add     r3, r3, r2
    b       .Lnear_write

// The granule before is marked: a free chunk's last one, or a header. Or a free chunk's first one; then
// the key is where the block would have it.
.Lbefore:
    ldr     lr, [r0, #-4]
    tst     lr, #1
    bne     .Lbefore_large
    ldr     r5, [r0, #4]
    cmp     r5, r1
    beq     .Lkeyed
    clz     r12, r2
    add     r12, r12, #1
    cmp     r12, #22
    bhi     .Lfar
    add     r3, r0, r12, lsl #3
    JOIN_BEFORE
    b       .Lnear

.Lbefore_large:
    ldr     r5, [r0, #-8]
    mvns    r5, r5
    cmp     r5, lr
    bne     .Lrefuse                // the header is damaged
    sub     r0, r0, #8
    bic     lr, lr, #1
    add     r3, r0, lr
    sub     r10, r0, r4
    TURNED_MARKS asr, rors
    bpl     .Lfar_end
    ldr     lr, [r0, #-4]
    b       .Lfar_before

.Lrefuse:
    pop     {r4-r11, lr}
    bx      r3

// The block holds the heap's key: it waits in its pool, or lies in a free chunk, or holds it by chance.
.Lkeyed:
    pop     {r4-r11, lr}
    push    {r0, r1, r3, lr}
    mov     r2, r0
    mov     r0, r1
    mov     r1, r2
    bl      pools_free_suspect
    mov     r2, r0
    pop     {r0, r1, r3, lr}
    cbnz    r2, 1f
    bx      lr
1:  bx      r3

// A small block whose end the first word does not show in any case: the words behind do.
.Lfar:
    ldr     r5, [r9]
    lsl     r5, r5, r10
    lsls    r5, r5, #2
    beq     1f
    clz     r12, r5
    add     r12, r12, #1
    b       3f
1:  rsb     r12, r10, #31
    ldr     r5, [r9, #-4]
    cbnz    r5, 2f
    add     r12, r12, #32
    ldr     r5, [r9, #-8]
    cmp     r5, #0
    beq     .Lrefuse                // it has no end
2:  clz     r5, r5
    add     r12, r12, r5
3:  cmp     r12, #31                // POOLS_POOLED_BYTES_MAX
    bls     .Lfar_pooled
4:  add     r3, r0, r12, lsl #3
    cmp     r11, #0
    bmi     .Lfar_before
    orr     r11, r11, #MAP_THIRD

// r2, r12 from here on: as r9, r10, for the granule before r3.
.Lfar_end:
    cmp     r3, r6
    beq     .Lfar_lower
    ldr     r4, [r1, #HEAP_BASE]
    sub     r12, r3, r4
    sub     r12, r12, #8
    sub     r2, r4, r12, lsr #6
    ldr     r5, [r2, #-4]!
    ubfx    r12, r12, #3, #3
    lsl     r5, r5, r12
    lsls    r5, r5, #2
    bmi     .Lfar_next
.Lfar_used:
    ror     r11, r11, r10
    str     r11, [r9]
    mov     r5, #MAP_FIRST
    lsr     r5, r5, r12
    ldr     r4, [r2]                // not before: the two words may overlap
    orr     r4, r4, r5
    str     r4, [r2]
    b       .Llink

// Its end was beyond the fast path's sight, but it has a pool.
.Lfar_pooled:
    ldr     r5, [r1, #HEAP_FAST_FREE]
    cmp     r5, #0
    beq     4b
    ldr     r5, [r1, r12, lsl #2]
    str     r5, [r0]
    str     r1, [r0, #4]
    str     r0, [r1, r12, lsl #2]
    pop     {r4-r11, pc}

.Lfar_next:
    ldrd    r4, r5, [r3]
    tst     r5, #1
    bne     .Lfar_used
    UNLINK  r4, r5, lr
    ldr     lr, [r3, #8]
    ror     r11, r11, r10
    str     r11, [r9]
    MARKS_OF_NEXT lr
    ldr     r4, [r2]
    bic     r4, r4, r5
    str     r4, [r2]
    add     r3, r3, lr
    b       .Llink

.Lfar_before:
    JOIN_BEFORE
    b       .Lfar_end

// The chunk becomes part of the untouched memory behind it: that one's mark goes, and the chunk's
// second.
.Lnear_lower:
    mov     r5, #MAP_SECOND
    lsr     r5, r5, r12
    bic     r11, r11, r5
    tst     r11, #MAP_SECOND
    beq     1f                      // it begins with the chunk before
    bic     r11, r11, #MAP_THIRD
    ror     r11, r11, r10
    str     r11, [r9]
    b       .Llowered
1:  ror     r11, r11, r10
    str     r11, [r9]
    b       2f
.Lfar_lower:
    ror     r11, r11, r10
    str     r11, [r9]
    ldr     r4, [r1, #HEAP_BASE]
    sub     r5, r6, r4
    CHANGE_MARK bic, r4, r5, r4, r2, r12
2:  ldr     r4, [r1, #HEAP_BASE]
    sub     r5, r0, r4
    add     r5, r5, #8
    CHANGE_MARK bic, r4, r5, r4, r2, r12
.Llowered:
    ldr     r5, [r1, #HEAP_HIGH_WATER]
    cmp     r5, r6
    it      lo
    strlo   r6, [r1, #HEAP_HIGH_WATER]
    mov     r6, r0
    str     r6, [r1, #HEAP_UNTOUCHED]
    subs    r7, r7, #1
    str     r7, [r1, #HEAP_USED_CHUNKS]
    ldrd    r4, r5, [r1, #HEAP_END]
    subs    r4, r4, r6
    cmp     r4, r5
    bhs     .Lplenty
    ldr     r4, [r1, #HEAP_FAST_FREE]
    cmp     r4, #0
    bne     .Lplenty
    pop     {r4-r11, pc}
    .size pools_free_or, . - pools_free_or

/* Gives the end of a used chunk back: r12 granules at r0, of heap r1. It is no chunk of its own yet, but
 * becomes one for the count's sake. Keeps r4..r11. */
    .global pools_give_rest
    .thumb_func
    .type pools_give_rest, %function
pools_give_rest:
    push    {r4-r11, lr}
    add     r2, r1, #HEAP_BASE
    ldm     r2, {r4-r8}
    adds    r7, r7, #1
    sub     r10, r0, r4
    TURNED_MARKS lsr, ror
    lsls    r2, r11, #2
    orr     r11, r11, #MAP_SECOND | MAP_THIRD
    add     r3, r0, r12, lsl #3
    cmp     r12, #22
    bhi     .Lfar_end
    b       .Lnear
    .size pools_give_rest, . - pools_give_rest

#endif
