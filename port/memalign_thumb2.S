// SPDX-License-Identifier: MIT
/* memalign for ARMv7-M and up, as far as one of the first ready blocks of its size is aligned by chance:
 * as take_aligned_ready in pools/heap.c. */
#include "assembly.h"
#include "entry_thumb.h"

#ifdef ENTRY_ASSEMBLY_RESIZES

    .syntax unified
    .thumb

    .global entry_memalign_slow     // the other functions come from entry.c with it

    .section .text.memalign, "ax", %progbits
    .align 2
    .global memalign
    .thumb_func
    .type memalign, %function
memalign:
    ldr     r2, =obmalloc_heap + ENTRY_HEAP_CLASS_FIRST
    ldr     r3, [r2, #ENTRY_HEAP_BASE - ENTRY_HEAP_CLASS_FIRST]
    cbz     r3, 4f
    subs    r3, r0, #1
    tst     r0, r3
    bne     3f                      // no power of two
    subs    r12, r1, #9
    cmp     r12, #ENTRY_POOLED_BYTES_MAX - 9
    bhi     3f
    lsr     r12, r12, #3
    add     r12, r2, r12, lsl #2    // where the address of the block, r2, comes from
    // POOLS_ALIGNED_LOOKS is 3. An alignment of 0 is a mask of ones here: no address is aligned.
    .rept   2
    ldr     r2, [r12]
    ldr     r0, [r2]                // the block behind it; 0 = this one is nil
    cbz     r0, 2f
    tst     r2, r3
    beq     1f
    mov     r12, r2
    .endr
    ldr     r2, [r12]
    ldr     r0, [r2]
    cbz     r0, 2f
    tst     r2, r3
    bne     2f
1:  str     r0, [r12]
#ifndef POOLS_KEYLESS
    str     r0, [r2, #4]            // anything but the key
#endif
    mov     r0, r2
    bx      lr
2:  adds    r0, r3, #1
3:  b       entry_memalign_slow
4:  TO_LIBC memalign, 2
    .size memalign, . - memalign

#endif
