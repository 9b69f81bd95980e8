// SPDX-License-Identifier: MIT
/* calloc for ARMv7-M and up: the fast path of malloc with a clear of fixed length behind it, or malloc
 * and a clear. */
#include "assembly.h"
#include "entry_thumb.h"

#ifdef ENTRY_ASSEMBLY_RESIZES

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
    umull   r12, r1, r0, r1
    cbnz    r1, 3f
    subs    r1, r12, #9
    cmp     r1, #ENTRY_POOLED_BYTES_MAX - 9
    bhi     .Lno_pool
    lsrs    r1, r1, #3
    ldr     r0, [r3, r1, lsl #2]
    ldr     r2, [r0]
    cbz     r2, 2f
    str     r2, [r3, r1, lsl #2]
    movs    r2, #0
    rsb     r1, r1, #ENTRY_POOLED_BYTES_MAX / 8 - 2 + WORDS_BEFORE
    lsls    r1, r1, #2
.Ladds:
    add     pc, r1                  // from 4 bytes further, to an instruction for each granule
    nop.n                           // GCOVR_EXCL_LINE: fills up the distance that is computed; jumped over
2:  b.w     .Lno_pool
3:  b.w     .Lno_size
4:  TO_LIBC calloc, 2
    .org    .Ladds + 4 + 4 * WORDS_BEFORE
    .set    offset, ENTRY_POOLED_BYTES_MAX - 8
    .rept   ENTRY_POOLED_BYTES_MAX / 8
    strd    r2, r2, [r0, #offset]
    .set    offset, offset - 8
    .endr
    bx      lr

.Lno_pool:
    push    {r12, lr}               // CALLER of entry_thumb.h looks for lr here
    mov     r0, r12
    bl      entry_malloc
    .global calloc_called_malloc
    .thumb_func
calloc_called_malloc:
    pop     {r1, lr}
    cbz     r0, 1f                  // errno is set
    adds    r1, r1, #3
    b       bulk_clear              // to the last word; returns the block
1:  bx      lr

// The product is no size_t. Another such pair, the low word of whose product is the same: where the
// flag is 0, newlib's calloc looks at no more.
.Lno_size:
    mov     r1, #-1
    rsbs    r0, r12, #0
    itt     eq
    moveq   r0, #0x10000
    moveq   r1, r0
    b       entry_calloc_slow
    .size calloc, . - calloc

#endif
