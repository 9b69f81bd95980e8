// SPDX-License-Identifier: MIT
/*
 * malloc and free for ARMv7-M and up: what pools_malloc_fast and pools_free_fast say in
 * pools/heap_inline.h, and entry.c around them, in as few instructions as we know.
 *
 * Under a lock policy (lock.h) a fast path takes the lock behind its first look, which nobody changes
 * once the flag is latched; the slow paths of pools/ are called with the lock held, and what they leave
 * is gone to without it. calloc and realloc are entry.c's then.
 *
 * Under flag 0 each does what the C library's own wrapper does: load the caller's reent and go to
 * the reentrant function.
 */
#include "assembly.h"
#include "entry.h"

#ifdef ENTRY_ASSEMBLY

    .syntax unified
    .thumb

    .global entry_malloc_slow       // the other functions come from entry.c with these

#ifdef OBMALLOC_LOCK_NONE
.macro LOCK before, scratch
.endm
.macro UNLOCK before
.endm
#endif

.macro MALLOC_OF_LIBC
    ldr     r3, =_impure_ptr
    mov     r1, r0
    ldr     r0, [r3]
    b       libc__malloc_r
.endm

    .section .text.malloc, "ax", %progbits
    .align 2
    .global malloc
    .thumb_func
    .type malloc, %function
malloc:
    ldr     r1, =obmalloc_heap + ENTRY_HEAP_CLASS_FIRST
    ldr     r2, [r1, #ENTRY_HEAP_BASE - ENTRY_HEAP_CLASS_FIRST]
    cbz     r2, 4f
    subs    r3, r0, #9
    cmp     r3, #ENTRY_POOLED_BYTES_MAX - 9
    bhi     2f
    lsrs    r3, r3, #3
1:  LOCK    r12, r2
    ldr     r0, [r1, r3, lsl #2]    // the pool's first block
    ldr     r2, [r0]                // the one behind it; 0 = this one is nil
    cbz     r2, 3f
    str     r2, [r1, r3, lsl #2]
    str     r2, [r0, #4]            // anything but the key
    UNLOCK  r12
    bx      lr
#if defined(POOLS_ASSEMBLY) && defined(LOCK_IN_ASSEMBLY)
4:  MALLOC_OF_LIBC                  // here, for the sake of cbz's reach
2:  cmp     r0, #8
    bhi     5f
    movs    r3, #0                  // up to 8 bytes: the first class
    b       1b
3:  adds    r3, #2                  // the request, rounded to the class
    lsls    r0, r3, #3
    push    {r12, lr}
    ldr     r2, =malloc_failed
    bl      pools_malloc_pooled_or
    b       7f
5:  cmp     r0, #ENTRY_SMALL_BYTES_MAX
    bhi     6f
    LOCK    r12, r2
    push    {r12, lr}
    ldr     r2, =malloc_failed
    bl      pools_malloc_single_or
    b       7f
6:  ldr     r3, =obmalloc_state
    ldrb    r3, [r3, #ENTRY_STATE_WHOLE_REGION]
    cmp     r3, #0
    beq.w   route_malloc            // the C library comes first
    LOCK    r12, r2
    push    {r12, lr}
    ldr     r2, =malloc_failed
    bl      pools_malloc_large_or
7:  pop     {r3, lr}
    UNLOCK  r3
    bx      lr
#elif defined(POOLS_ASSEMBLY)
2:  cmp     r0, #8
    bhi     5f
    movs    r3, #0                  // up to 8 bytes: the first class
    b       1b
3:  adds    r3, #2                  // the request, rounded to the class
    lsls    r0, r3, #3
    ldr     r2, =route_malloc_failed
    b       pools_malloc_pooled_or
5:  ldr     r2, =route_malloc_failed
    cmp     r0, #ENTRY_SMALL_BYTES_MAX
    bls     pools_malloc_single_or
    ldr     r3, =obmalloc_state
    ldrb    r3, [r3, #ENTRY_STATE_WHOLE_REGION]
    cmp     r3, #0
    bne     pools_malloc_large_or
    b       route_malloc            // the C library comes first
#else
2:  cmp     r0, #8
    bhi.w   entry_malloc_slow
    movs    r3, #0                  // up to 8 bytes: the first class
    b       1b
3:  UNLOCK  r12
    adds    r3, #2                  // the request, rounded to the class
    lsls    r0, r3, #3
    b       entry_malloc_slow
#endif
#if !defined(POOLS_ASSEMBLY) || !defined(LOCK_IN_ASSEMBLY)
4:  MALLOC_OF_LIBC
#endif
    .size malloc, . - malloc

#if defined(POOLS_ASSEMBLY) && defined(LOCK_IN_ASSEMBLY)
// Where the arena has no room, with r0 and the stack as they were at the call.
    .section .text.malloc_failed, "ax", %progbits
    .align 2
    .thumb_func
    .type malloc_failed, %function
malloc_failed:
    pop     {r3, lr}
    UNLOCK  r3
    b       route_malloc_failed
    .size malloc_failed, . - malloc_failed
#endif

#ifdef ENTRY_ASSEMBLY_RESIZES
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
    adr     r1, 1f + 1
    add     r2, r1, r2, lsl #2      // one instruction for each granule that the block has
    movs    r1, #0
    movs    r3, #0
    bx      r2
2:  movs    r1, #1                  // r0: the product
    b       entry_calloc_slow
3:  mov     r0, #-1                 // no size_t
    mov     r1, r0
    b       entry_calloc_slow
4:  ldr     r3, =_impure_ptr
    mov     r2, r1
    mov     r1, r0
    ldr     r0, [r3]
    b       libc__calloc_r
    .align 2
1:  .set    offset, ENTRY_POOLED_BYTES_MAX - 8
    .rept   ENTRY_POOLED_BYTES_MAX / 8
    strd    r1, r3, [r0, #offset]
    .set    offset, offset - 8
    .endr
    bx      lr
    .size calloc, . - calloc

/* As pools_realloc_fast, but a block of up to 248 bytes that the new size fits, by CPython's rule
 * (pools_wastes_little), stays whether memory is plenty or scarce. The map says how long it is. */
    .section .text.realloc, "ax", %progbits
    .align 2
    .global realloc
    .thumb_func
    .type realloc, %function
realloc:
    ldr     r2, =obmalloc_heap
    ldr     r3, [r2, #ENTRY_HEAP_BASE]
    cbz     r3, 2f
    ldr     r2, [r2, #HEAP_UNTOUCHED]
    subs    r2, r2, r3
    lsrs    r2, r2, #3
    sub     r12, r0, r3
    cmp     r2, r12, ror #3
    bls     1f
    sub     r3, r3, r12, lsr #6
    ldr     r3, [r3, #-4]
    ubfx    r12, r12, #3, #3
    lsl     r3, r3, r12
    eor     r3, r3, #0x80000000
    clz     r3, r3                  // granules
    sub     r12, r3, #2
    cmp     r12, #ENTRY_POOLED_BYTES_MAX / 8 - 2
    bhi     1f
    cmp     r1, r3, lsl #3
    bhi     3f
    add     r12, r3, r3, lsl #1
    cmp     r1, r12, lsl #1         // 3/4 of it
    bls     3f
    ldr     r12, [r0, #4]
    ldr     r2, =obmalloc_heap      // the key: has it been freed?
    cmp     r12, r2
    beq     1f
    bx      lr
1:  b       entry_realloc_slow
2:  ldr     r3, =_impure_ptr
    mov     r2, r1
    mov     r1, r0
    ldr     r0, [r3]
    b       libc__realloc_r
    // While memory is plenty it moves to a ready block, and waits in its own pool then.
3:  ldr     r2, =obmalloc_heap
    ldr     r12, [r2, #HEAP_FAST_FREE]
    cmp     r12, #0
    beq     1b
    ldr     r12, [r0, #4]
    cmp     r12, r2
    beq     1b
    subs    r12, r1, #9
    cmp     r12, #ENTRY_POOLED_BYTES_MAX - 9
    bhi     1b
    push    {r4-r7}
    lsr     r12, r12, #3
    add     r4, r12, #2
    cmp     r4, r3
    beq     6f                      // no class is shorter that holds it
    add     r4, r2, r12, lsl #2
    ldr     r5, [r4, #ENTRY_HEAP_CLASS_FIRST]
    ldr     r6, [r5]
    cbz     r6, 5f
    str     r6, [r4, #ENTRY_HEAP_CLASS_FIRST]
    add     r12, r12, #2
    cmp     r12, r3
    it      hi
    movhi   r12, r3
    mov     r4, r0
    mov     r1, r5
4:  ldrd    r6, r7, [r4], #8
    strd    r6, r7, [r1], #8
    subs    r12, r12, #1
    bne     4b
    ldr     r6, [r2, r3, lsl #2]    // not before: it may be the same pool
    str     r6, [r0]
    str     r2, [r0, #4]
    str     r0, [r2, r3, lsl #2]
    mov     r0, r5
    pop     {r4-r7}
    bx      lr
5:  pop     {r4-r7}
    b       entry_realloc_slow
6:  pop     {r4-r7}
    bx      lr
    .size realloc, . - realloc
#endif

    .section .text.free, "ax", %progbits
    .align 2
    .global free
    .thumb_func
    .type free, %function
free:
    ldr     r1, =obmalloc_heap
    ldrd    r2, r3, [r1, #ENTRY_HEAP_BASE]
    cbz     r2, 2f
    sub     r12, r0, r2
    cmp     r3, r12, ror #3         // granule within the limit, and a multiple of 8
    bls     1f
#ifdef LOCK_IN_ASSEMBLY
    sub     r2, r2, r12, lsr #6     // the map's word
    ubfx    r3, r12, #3, #3
    LOCK    r12, r1
.if LOCK_SPOILS_SCRATCH
    ldr     r1, =obmalloc_heap
.endif
    ldr     r2, [r2, #-4]
    lsls    r2, r3
    eor     r2, r2, #0x80000000     // the block's own bit away
    clz     r2, r2                  // the granules that it has
    ldr     r3, [r0, #4]
    cmp     r3, r1                  // the key: has it been freed before?
    beq     3f
    ldr     r3, [r1, r2, lsl #2]    // its pool; 0 = no such block
    cbz     r3, 3f
    strd    r3, r1, [r0]
    str     r0, [r1, r2, lsl #2]
    UNLOCK  r12
    bx      lr
#ifdef POOLS_ASSEMBLY
1:  LOCK    r12, r3
3:  push    {r12, lr}
    ldr     r3, =free_refused
    bl      pools_free_or
    pop     {r3, lr}
    UNLOCK  r3
    bx      lr
#else
3:  UNLOCK  r12
1:  mov     r1, lr
    b       entry_free_slow
#endif
#else
    sub     r2, r2, r12, lsr #6     // the map's word
    ldr     r2, [r2, #-4]
    ubfx    r3, r12, #3, #3
    lsls    r2, r3
    eor     r2, r2, #0x80000000     // the block's own bit away
    clz     r2, r2                  // the granules that it has
    ldr     r3, [r1, r2, lsl #2]    // its pool; 0 = no such block
    cbz     r3, 1f
    ldr     r12, [r0, #4]
    cmp     r12, r1                 // the key: has it been freed before?
    beq     1f
    strd    r3, r1, [r0]
    str     r0, [r1, r2, lsl #2]
    bx      lr
#ifdef POOLS_ASSEMBLY
1:  ldr     r3, =free_refused
    b       pools_free_or
#else
1:  mov     r1, lr
    b       entry_free_slow
#endif
#endif
2:  ldr     r3, =_impure_ptr
    mov     r1, r0
    ldr     r0, [r3]
    b       libc__free_r
    .size free, . - free

#ifdef POOLS_ASSEMBLY
// Not a live block of the arena: NULL, or somebody else's.
    .section .text.free_refused, "ax", %progbits
    .align 2
    .thumb_func
    .type free_refused, %function
free_refused:
#ifdef LOCK_IN_ASSEMBLY
    pop     {r3, lr}
    UNLOCK  r3
#endif
    cbz     r0, 1f
    mov     r1, lr
    b       route_free
1:  bx      lr
    .size free_refused, . - free_refused
#endif

#endif
