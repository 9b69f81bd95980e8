// SPDX-License-Identifier: MIT
/*
 * malloc and free for ARMv7-M and up: what pools_malloc_fast and pools_free_fast say in
 * pools/heap_inline.h, and entry.c around them, in as few instructions as we know.
 *
 * Under a lock policy (lock.h) a fast path takes the lock behind its first look, which nobody changes
 * once the flag is latched; the slow paths of pools/ are called with the lock held, and what they leave
 * is gone to without it. calloc, realloc and memalign are entry.c's then.
 */
#include "assembly.h"
#include "entry_thumb.h"

#ifdef ENTRY_ASSEMBLY

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
#ifdef LOCK_IN_ASSEMBLY
    ldr     r1, =obmalloc_heap + ENTRY_HEAP_CLASS_FIRST
    ldr     r2, [r1, #ENTRY_HEAP_BASE - ENTRY_HEAP_CLASS_FIRST]
    cbz     r2, 4f
    cmp     r2, #ENTRY_BASE_UNLATCHED
    beq     8f
    subs    r3, r0, #9
    cmp     r3, #ENTRY_POOLED_BYTES_MAX - 9
    bhi     2f
    lsrs    r3, r3, #3
1:  LOCK    r12, r2
    ldr     r0, [r1, r3, lsl #2]    // the pool's first block
    ldr     r2, [r0]                // the one behind it; 0 = this one is nil
    cbz     r2, 3f
    str     r2, [r1, r3, lsl #2]
#ifndef POOLS_KEYLESS
    str     r2, [r0, #4]            // anything but the key
#endif
    UNLOCK  r12
    bx      lr
4:  TO_LIBC malloc, 1
2:  cmp     r0, #8
    bhi     5f
    movs    r3, #0                  // up to 8 bytes: the first class
    b       1b
8:  mov     r1, lr
    b.w     route_malloc
#ifdef POOLS_ASSEMBLY
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
    beq     8b                      // the C library comes first
    LOCK    r12, r2
    push    {r12, lr}
    ldr     r2, =malloc_failed
    bl      pools_malloc_large_or
7:  pop     {r3, lr}
    UNLOCK  r3
    bx      lr
#else
3:  UNLOCK  r12
    adds    r3, #2                  // the request, rounded to the class
    lsls    r0, r3, #3
5:  mov     r1, lr
    b       entry_malloc_slow
#endif
#else
    ldr     r1, =obmalloc_heap + ENTRY_HEAP_CLASS_FIRST
    ldr     r2, [r1, #ENTRY_HEAP_BASE - ENTRY_HEAP_CLASS_FIRST]
    cbz     r2, 4f
    sub     r12, r0, #9             // kept: malloc_failed wants the request as it was
    cmp     r12, #ENTRY_POOLED_BYTES_MAX - 9
    bhi     2f
    lsr     r3, r12, #3
1:  ldr     r0, [r1, r3, lsl #2]    // the pool's first block
    ldr     r2, [r0]                // the one behind it; 0 = this one is nil
    cbz     r2, 3f
    str     r2, [r1, r3, lsl #2]
#ifndef POOLS_KEYLESS
    str     r2, [r0, #4]            // anything but the key
#endif
    bx      lr
#ifdef POOLS_ASSEMBLY
2:  cmp     r0, #8
    bhi     5f
    movs    r3, #0                  // up to 8 bytes: the first class
    b       1b
3:  adds    r3, #2                  // the request, rounded to the class
    lsls    r0, r3, #3
    ldr     r2, =malloc_failed
    b       pools_malloc_pooled_or
5:  ldr     r2, =malloc_failed
    cmp     r0, #ENTRY_SMALL_BYTES_MAX
    bls     pools_malloc_single_or
    ldr     r3, =obmalloc_state
    ldrb    r3, [r3, #ENTRY_STATE_WHOLE_REGION]
    cmp     r3, #0
    bne     pools_malloc_large_or
    CALLER
    b       route_malloc            // the C library comes first
#else
2:  cmp     r0, #8
    bhi     5f
    movs    r3, #0                  // up to 8 bytes: the first class
    b       1b
3:  add     r0, r12, #9             // the request
5:  CALLER
    b       entry_malloc_slow
#endif
4:  TO_LIBC malloc, 1
#endif
    .size malloc, . - malloc

#ifdef LOCK_IN_ASSEMBLY
#ifdef POOLS_ASSEMBLY
// Where the arena has no room, with r0 and the stack as they were at the call.
    .section .text.malloc_failed, "ax", %progbits
    .align 2
    .thumb_func
    .type malloc_failed, %function
malloc_failed:
    pop     {r3, lr}
    UNLOCK  r3
    mov     r1, lr
    b       route_malloc_failed
    .size malloc_failed, . - malloc_failed
#endif
#else
#ifdef POOLS_ASSEMBLY
/* No block. The pools have rounded the request up to their classes; where they are not open, the C
 * library must get it as it was. They have not touched r12 then. */
    .section .text.malloc_failed, "ax", %progbits
    .align 2
    .thumb_func
    .type malloc_failed, %function
malloc_failed:
    ldr     r3, [r1, #ENTRY_HEAP_BASE - ENTRY_HEAP_CLASS_FIRST]
    CALLER
    cmp     r3, #ENTRY_BASE_UNLATCHED
    beq     1f
    b       route_malloc_failed
1:  add     r0, r12, #9
    b       route_malloc
    .size malloc_failed, . - malloc_failed
#endif
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
#ifndef POOLS_KEYLESS
    ldr     r3, [r0, #4]
    cmp     r3, r1                  // the key: has it been freed before?
    beq     3f
#endif
    ldr     r3, [r1, r2, lsl #2]    // its pool; 0 = no such block
    cbz     r3, 3f
#ifdef POOLS_KEYLESS
    str     r3, [r0]
#else
    strd    r3, r1, [r0]
#endif
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
#ifndef POOLS_KEYLESS
    ldr     r12, [r0, #4]
    cmp     r12, r1                 // the key: has it been freed before?
    beq     1f
#endif
#ifdef POOLS_KEYLESS
    str     r3, [r0]
#else
    strd    r3, r1, [r0]
#endif
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
2:  TO_LIBC free, 1
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
