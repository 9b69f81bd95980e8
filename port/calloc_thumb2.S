// SPDX-License-Identifier: MIT
/* calloc for ARMv7-M and up: the fast path of malloc with a clear of fixed length behind it, or malloc
 * and a clear. */
#include "assembly.h"
#include "entry.h"

#ifdef ENTRY_ASSEMBLY

    .syntax unified
    .thumb

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
    rsb     r2, r2, #ENTRY_POOLED_BYTES_MAX / 8 - 2 + 5
    lsls    r2, r2, #2
    add     pc, r2                  // from 4 bytes further, to an instruction for each granule
    nop.n                           // what comes before them is 5 words more
2:  b.w     .Lno_ready
3:  b.w     .Lno_size
4:  ldr     r3, =_impure_ptr
    mov     r2, r1
    mov     r1, r0
    ldr     r0, [r3]
    b.w     libc__calloc_r
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
