// SPDX-License-Identifier: MIT
/* calloc for ARMv7-M and up: the fast path of malloc with a clear of fixed length behind it, or malloc
 * and a clear. */
#include "assembly.h"
#include "entry_thumb.h"

#ifdef ENTRY_ASSEMBLY

    .syntax unified
    .thumb

#if ENTRY_LIBC_IS_REENTRANT
#define WORDS_BEFORE 5
#else
#define WORDS_BEFORE 3
#endif

    .global entry_calloc_slow       // the other functions come from entry.c with it

    .section .text.calloc, "ax", %progbits
    .align 2
    .global calloc
    .thumb_func
    .type calloc, %function
calloc:
    ldr     r3, =obmalloc_heap + ENTRY_HEAP_CLASS_FIRST
    ldr     r2, [r3, #ENTRY_HEAP_BASE - ENTRY_HEAP_CLASS_FIRST]
    cbz     r2, 4f
    umull   r0, r1, r0, r1
    cbnz    r1, 3f
    subs    r2, r0, #9
    cmp     r2, #ENTRY_POOLED_BYTES_MAX - 9
    bhi     .Lno_pool
    lsrs    r2, r2, #3
    ldr     r0, [r3, r2, lsl #2]
    ldr     r1, [r0]
    cbz     r1, 2f
    str     r1, [r3, r2, lsl #2]
    movs    r1, #0
    rsb     r2, r2, #ENTRY_POOLED_BYTES_MAX / 8 - 2 + WORDS_BEFORE
    lsls    r2, r2, #2
.Ladds:
    add     pc, r2                  // from 4 bytes further, to an instruction for each granule
    nop.n                           // what comes before them is WORDS_BEFORE words more
2:  b.w     .Lno_ready
3:  b.w     .Lno_size
4:  TO_LIBC calloc, 2
    .org    .Ladds + 4 + 4 * WORDS_BEFORE
    .set    offset, ENTRY_POOLED_BYTES_MAX - 8
    .rept   ENTRY_POOLED_BYTES_MAX / 8
    strd    r1, r1, [r0, #offset]
    .set    offset, offset - 8
    .endr
    bx      lr

.Lno_ready:
    adds    r2, r2, #2              // the request, rounded to the class
    lsls    r0, r2, #3
.Lno_pool:
    push    {r4, lr}                // r0: the product
    mov     r4, r0
    bl      malloc
    cbz     r0, 1f                  // errno is set
    adds    r1, r4, #3
    bl      bulk_clear              // to the last word, and returns the block
1:  pop     {r4, pc}
.Lno_size:
    mov     r0, #-1                 // no size_t
    mov     r1, r0
    b       entry_calloc_slow
    .size calloc, . - calloc

#endif
