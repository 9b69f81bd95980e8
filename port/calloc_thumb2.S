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
    bhi     2f
    lsrs    r2, r2, #3
    ldr     r12, [r3, r2, lsl #2]
    ldr     r1, [r12]
    cbz     r1, 2f
    str     r1, [r3, r2, lsl #2]
    mov     r0, r12
    rsb     r2, r2, #ENTRY_POOLED_BYTES_MAX / 8 - 2
    adr     r1, .Lclears + 1
    add     r2, r1, r2, lsl #2      // one instruction for each granule that the block has
    movs    r1, #0
    movs    r3, #0
    bx      r2
2:  push    {r4, lr}                // r0: the product
    mov     r4, r0
    bl      malloc
    cbz     r0, 1f                  // errno is set
    adds    r1, r4, #3
    bl      bulk_clear              // to the last word, and returns the block
1:  pop     {r4, pc}
3:  mov     r0, #-1                 // no size_t
    mov     r1, r0
    b       entry_calloc_slow
4:  ldr     r3, =_impure_ptr
    mov     r2, r1
    mov     r1, r0
    ldr     r0, [r3]
    b       libc__calloc_r
    .align 2
.Lclears:
    .set    offset, ENTRY_POOLED_BYTES_MAX - 8
    .rept   ENTRY_POOLED_BYTES_MAX / 8
    strd    r1, r3, [r0, #offset]
    .set    offset, offset - 8
    .endr
    bx      lr
    .size calloc, . - calloc

#endif
