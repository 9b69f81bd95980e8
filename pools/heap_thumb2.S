// SPDX-License-Identifier: MIT
/*
 * pools_malloc for ARMv7-M and up: heap.c's, with plenty_take_ready, plenty_carve, space_find,
 * space_cut, space_cut_end and plenty_renew in it.
 *
 * An allocation never turns scarce into plenty, but for the rest of a ready block (free_thumb2.S).
 * So where the untouched part stays, fast_free_granules is right or becomes 0.
 *
 * Registers:
 *   r0  bytes of the chunk that is wanted
 *   r1  heap + 8, because malloc's fast path has it
 *   r2  where to go without a block, on the stack later; then the chunk that is cut, or what was cut off its end
 *   r3  its bin
 *   r4  base   r5 fast_free_granules, from find on the bytes of the untouched part   r6 untouched
 *   r7  used_chunks   r8 bins_filled   r9 plenty_bins   r10 end, later the rest's address
 *   r11 plenty_chunk_bytes
 *   r12 bytes of the chunk, later of its rest
 *   lr  address of its bin, less HEAP_BINS - 8
 */
#include "space_thumb2.h"

#ifdef POOLS_ASSEMBLY

#define BIAS      8
#define AT(field) ((field) - BIAS)

    .syntax unified
    .thumb

    .section .text.pools_malloc, "ax", %progbits
    .align 2

// void *pools_malloc(struct pools_heap *heap, size_t request_bytes)
    .global pools_malloc
    .thumb_func
    .type pools_malloc, %function
pools_malloc:
    mov     r3, r0
    mov     r0, r1
    add     r1, r3, #BIAS
    adr     r2, 1f + 1
    cmp     r0, #512
    bhi     pools_malloc_large_or
    cmp     r0, #248
    bhi     pools_malloc_single_or
    cmp     r0, #16
    it      ls
    movls   r0, #16
    adds    r0, r0, #7
    bic     r0, r0, #7
    b       pools_malloc_pooled_or
    .align 2
1:  movs    r0, #0
    bx      lr
    .size pools_malloc, . - pools_malloc

/* Takes the first chunk, r2, out of its bin, at lr. Goes to \remains if the bin has another; else r8 is to be stored.
 * Spoils r3, r6. */
.macro TAKE_FIRST remains
    ldr     r6, [r2]
    str     r6, [lr, #AT(HEAP_BINS)]
    cbz     r6, 1f
    lsl     r3, r3, #1
    str     r3, [r6, #4]
    b       \remains
1:  mov     r6, #MAP_FIRST
    lsr     r6, r6, r3
    bic     r8, r8, r6
.endm

/* Makes \chunk the first of bin r7; r6, r7: its next and previous from then on. Spoils r3, lr. */
.macro PUT_FIRST chunk
    add     lr, r1, r7, lsl #2
    ldr     r6, [lr, #AT(HEAP_BINS)]
    str     \chunk, [lr, #AT(HEAP_BINS)]
    cbz     r6, 1f
    str     \chunk, [r6, #4]
    b       2f
1:  mov     r3, #MAP_FIRST
    lsr     r3, r3, r7
    orr     r8, r8, r3
2:  str     r8, [r1, #AT(HEAP_BINS_FILLED)]
    lsl     r7, r7, #1
.endm

/* Writes the rest's own words, at r10: r6 next, r7 previous. Spoils r3, lr. */
.macro WRITE_REST
    sub     lr, r1, #BIAS           // the key
    stm     r10, {r6, r7, r12, lr}
    add     r3, r10, r12
    str     r12, [r3, #-4]          // behind it: over the key in the shortest chunk
.endm

/* Cuts the chunk at r6 off the untouched part: r5 afterwards, lr its granule, r2 its offset. Goes to \clear if the
 * map does not reach as far. Spoils r7, r10. */
.macro CUT_UNTOUCHED clear
    adds    r7, r7, #1
    str     r7, [r1, #AT(HEAP_USED_CHUNKS)]
    add     r10, r6, r0
    str     r10, [r1, #AT(HEAP_UNTOUCHED)]
    sub     r5, r5, r0
    sub     r2, r10, r4
    lsr     lr, r2, #3
    ldr     r7, [r1, #AT(HEAP_CLEARED)]
    cmp     lr, r7
    bhs     \clear
.endm

/* The map's word whose first bit is not behind the mark at offset r6 from \base: r7 at \address, with r6 the bit. */
.macro LOAD_MARKS base, address
    sub     \address, \base, r6, lsr #6
    ldr     r7, [\address, #-4]!
    ubfx    r6, r6, #3, #3
.endm

/* Takes space_find's chunk, and cuts it. The marks are the caller's, at .L\kind\()_split, right behind, with the
 * rest at r10, or .L\kind\()_whole with r12 = 0 or 8 bytes more than wanted; or at .L\kind\()_untouched with
 * nothing taken yet, or at .Llarge_end with nothing cut off the chunk's end yet, of which r12 bytes stay. */
.macro FIND_AND_CUT kind, is_large
.L\kind\()_find:
.if \is_large
    BIN_OF  r3, r0, r2
.else
    clz     r2, r0
    lsl     r3, r0, r2
    lsr     r3, r3, #30
    sub     r3, r3, r2, lsl #1
    add     r3, r3, #52             // small ones need not be limited to the last bin
.endif
    sub     r5, r10, r6
    lsls    r2, r8, r3
    bmi     .L\kind\()_own
.L\kind\()_up:
    beq     .L\kind\()_only
    clz     r2, r2
    add     r3, r3, r2
    add     lr, r1, r3, lsl #2
    ldr     r2, [lr, #AT(HEAP_BINS)]
    ldr     r12, [r2, #8]
    cmp     r5, r12
    bhs     .L\kind\()_first
    cmp     r5, r0
    bhs     .L\kind\()_untouched

// The first chunk of its bin.
.L\kind\()_first:
    adds    r7, r7, #1
    str     r7, [r1, #AT(HEAP_USED_CHUNKS)]
    sub     r12, r12, r0
    cmp     r12, #16
    blo     .L\kind\()_first_whole
.if \is_large
    cmp     r0, #1536               // POOLS_END_CUT_BYTES
    bhs     .Llarge_end
.endif
    add     r10, r2, r0
    BIN_OF  r7, r12, r6
    cmp     r7, r3
    bne     .L\kind\()_first_moves
    ldr     r6, [r2]                // first before and after
    lsl     r7, r7, #1
    str     r10, [lr, #AT(HEAP_BINS)]
    WRITE_REST
    cbz     r6, .L\kind\()_split
    str     r10, [r6, #4]
.endm

/* The rest of it: the chunk is not the first of its bin, or what stays of it is not. */
.macro FIND_AND_CUT_ELSE kind, is_large
.L\kind\()_first_moves:
    TAKE_FIRST .L\kind\()_link
.L\kind\()_link:
    PUT_FIRST r10
    WRITE_REST
    b       .L\kind\()_split

.L\kind\()_first_whole:
    TAKE_FIRST .L\kind\()_whole
    str     r8, [r1, #AT(HEAP_BINS_FILLED)]
    b       .L\kind\()_whole

// The bin of this size: its first few may be too short.
.L\kind\()_own:
    add     lr, r1, r3, lsl #2
    ldr     r2, [lr, #AT(HEAP_BINS)]
    ldr     r12, [r2, #8]
    cmp     r12, r0
    bhs     .L\kind\()_first
.if \is_large
    cmp     r3, #31
    ite     eq
    moveq   r10, #20                // POOLS_LAST_BIN_TRIES - 1
    movne   r10, #1                 // POOLS_BIN_TRIES - 1
.endif
1:  ldr     r2, [r2]
    cbz     r2, 2f
    ldr     r12, [r2, #8]
    cmp     r12, r0
    bhs     .L\kind\()_second
.if \is_large
    subs    r10, r10, #1
    bne     1b
.endif
2:  lsls    r2, r8, r3
    bics    r2, r2, #MAP_FIRST
    b       .L\kind\()_up

.L\kind\()_second:
    adds    r7, r7, #1
    str     r7, [r1, #AT(HEAP_USED_CHUNKS)]
    ldrd    r6, r7, [r2]            // it has a chunk before it
    str     r6, [r7]
    cbz     r6, 1f
    str     r7, [r6, #4]
1:  sub     r12, r12, r0
    cmp     r12, #16
    blo     .L\kind\()_whole
.if \is_large
    cmp     r0, #1536
    bhs     .Llarge_end_link
.endif
    add     r10, r2, r0
    BIN_OF  r7, r12, r6
    b       .L\kind\()_link
.endm

/* Clears the mark of the last granule of chunk r2, r0 bytes long. Spoils r3, r4 (base), r6, r7. */
.macro CLEAR_LAST_MARK
    add     r6, r2, r0
    sub     r6, r6, r4
    sub     r6, r6, #8
    CHANGE_MARK bic, r4, r6, r4, r7, r3
.endm

/* Marks the rest at r10 as a free chunk. Spoils r3, r4 (base), r6, r7. */
.macro MARK_REST
    sub     r6, r10, r4
    LOAD_MARKS r4, r4
    mov     r3, #MAP_FIRST | MAP_SECOND
    lsr     r3, r3, r6
    orr     r7, r7, r3
    str     r7, [r4]
.endm

/* Calls space_clear_map(heap, \granule), keeping all registers but the flags. */
.macro CLEAR_MAP granule
    push    {r0-r3, r12, lr}
    mov     r3, \granule
    sub     r0, r1, #BIAS
    mov     r1, r3
    bl      space_clear_map
    pop     {r0-r3, r12, lr}
.endm

// ---- up to 512 bytes

/* A block of r0 bytes, 16..248, a multiple of 8, of heap r1 - 8; or goes to r2, with r0 and lr as they
 * were. r2 has bit 0 set. */
    .section .text.pools_malloc_pooled_or, "ax", %progbits
    .align 2
    .global pools_malloc_pooled_or
    .thumb_func
    .type pools_malloc_pooled_or, %function
pools_malloc_pooled_or:
    push    {r2, r4-r11, lr}
    add     r3, r1, #AT(HEAP_BASE)
    ldm     r3, {r4-r11}
    cmp     r5, #0
    bne     .Lsmall_find
    // Scarce: a block that waits in one of two other pools will do. POOLS_DRAIN_LOOKS is 2.
    cmp     r6, r4
    beq     .Lrefuse                // the heap is not open
    ldr     r2, [r1, #AT(HEAP_DRAIN_CLASS)]
    lsr     r3, r0, #3
.rept 2
    cmp     r2, r3
    ite     hi
    subhi   r2, r2, #1
    movls   r2, #31
    add     r12, r1, r2, lsl #2
    ldr     lr, [r12, #-BIAS]
    ldr     r5, [lr]
    cmp     r5, #0
    bne     .Lready
.endr
    str     r2, [r1, #AT(HEAP_DRAIN_CLASS)]
    FIND_AND_CUT small, 0

// The chunk's second mark goes, the rest's two come.
.Lsmall_split:
    sub     r6, r2, r4
    LOAD_MARKS r4, r4
    mov     r3, #MAP_SECOND
    lsr     r3, r3, r6
    bic     r7, r7, r3
    lsrs    r0, r0, #3
    cmp     r0, #23
    bhi     .Lsmall_split_far
    add     r6, r6, r0
    mov     r3, #MAP_FIRST | MAP_SECOND
    lsr     r3, r3, r6
    orr     r7, r7, r3
    str     r7, [r4]
.Lsmall_done:
    movs    r3, #0
    str     r3, [r2, #4]            // no key
    cmp     r5, r11
    bhs     1f
    tst     r8, r9
    bne     1f
    str     r3, [r1, #AT(HEAP_FAST_FREE)]
1:  mov     r0, r2
    pop     {r2, r4-r11, pc}

.Lsmall_split_far:
    str     r7, [r4]
    ldr     r4, [r1, #AT(HEAP_BASE)]
    MARK_REST
    b       .Lsmall_done

// The chunk's second mark goes, and its last one.
.Lsmall_whole:
    add     r0, r0, r12
    sub     r6, r2, r4
    LOAD_MARKS r4, r12
    mov     r3, #MAP_SECOND
    lsr     r3, r3, r6
    bic     r7, r7, r3
    lsrs    r3, r0, #3
    cmp     r3, #25
    bhi     .Lsmall_whole_far
    add     r6, r6, r3
    mov     r3, #1
    ror     r3, r3, r6              // MAP_FIRST >> (r6 - 1)
    bic     r7, r7, r3
    str     r7, [r12]
    b       .Lsmall_done
.Lsmall_whole_far:
    str     r7, [r12]
    CLEAR_LAST_MARK
    b       .Lsmall_done

    FIND_AND_CUT_ELSE small, 0

.Lsmall_only:
    cmp     r5, r0
    blo     .Lrefuse
.Lsmall_untouched:
    ldr     r3, [r1, #AT(HEAP_FAST_FREE)]
    cmp     r3, #0
    beq     .Lsmall_cut             // scarce: no more than is wanted
    lsr     r2, r0, #3
    cmp     r2, #12
    bhi     .Lsmall_cut
    ldr     r3, =plenty_carves - 16
    add     r3, r3, r2, lsl #3
    ldrd    r3, r12, [r3]           // marks, blocks
    mul     lr, r12, r0
    cmp     lr, r5, lsr #7          // POOLS_CARVE_SHIFT
    bhi     .Lsmall_cut
    add     r7, r7, r12
    str     r7, [r1, #AT(HEAP_USED_CHUNKS)]
    add     r10, r6, lr
    str     r10, [r1, #AT(HEAP_UNTOUCHED)]
    sub     r5, r5, lr
    sub     lr, r10, r4
    lsr     lr, lr, #3
    ldr     r7, [r1, #AT(HEAP_CLEARED)]
    cmp     lr, r7
    bhs     .Lcarve_clear
.Lcarve:
    sub     r7, r6, r4
    sub     r4, r4, r7, lsr #6
    ldr     r10, [r4, #-4]!
    ubfx    r7, r7, #3, #3
    lsr     r3, r3, r7
    orr     r10, r10, r3
    str     r10, [r4]
    // All but the first go to the pool, whose first one is r10.
    sub     r7, r1, #BIAS
    add     r3, r7, r2, lsl #2
    ldr     r10, [r3]
    add     r4, r6, r0
    str     r4, [r3]
    subs    r12, r12, #2
    beq     2f
1:  add     r3, r4, r0
    strd    r3, r7, [r4]
    mov     r4, r3
    subs    r12, r12, #1
    bne     1b
2:  strd    r10, r7, [r4]
.Luntouched_done:
    movs    r3, #0
    str     r3, [r6, #4]
    cmp     r5, r11
    bhs     1f
    tst     r8, r9
    beq     2f
1:  mov     r3, lr
2:  str     r3, [r1, #AT(HEAP_FAST_FREE)]
    mov     r0, r6
    pop     {r2, r4-r11, pc}
.Lcarve_clear:
    CLEAR_MAP lr
    b       .Lcarve

// lr: the untouched part's granule afterwards.
.Lsmall_cut:
    CUT_UNTOUCHED .Lsmall_cut_clear
.Lsmall_cut_mark:
    CHANGE_MARK orr, r4, r2, r10, r7, r3
    b       .Luntouched_done
.Lsmall_cut_clear:
    CLEAR_MAP lr
    b       .Lsmall_cut_mark

// Block lr of pool r12, of r2 granules where r3 are wanted; r5 is behind it.
.Lready:
    str     r5, [r12, #-BIAS]
    str     r2, [r1, #AT(HEAP_DRAIN_CLASS)]
    movs    r5, #0
    str     r5, [lr, #4]
    subs    r12, r2, r3
    cmp     r12, #2
    bhs     1f
    mov     r0, lr
    pop     {r2, r4-r11, pc}
1:  add     r0, lr, r0
    mov     r4, lr
    sub     r1, r1, #BIAS
    bl      pools_give_rest
    mov     r0, r4
    pop     {r2, r4-r11, pc}

.Lrefuse:
    pop     {r2, r4-r11, lr}
    bx      r2

/* The same for r0 = 249..512 bytes; at r2, r0 is rounded up to a multiple of 8. */
    .global pools_malloc_single_or
    .thumb_func
    .type pools_malloc_single_or, %function
pools_malloc_single_or:
    push    {r2, r4-r11, lr}
    add     r3, r1, #AT(HEAP_BASE)
    ldm     r3, {r4-r11}
    adds    r0, r0, #7
    bic     r0, r0, #7
    cmp     r6, r4
    bne     .Lsmall_find
    b       .Lrefuse
    .ltorg
    .size pools_malloc_pooled_or, . - pools_malloc_pooled_or

// ---- above 512 bytes

/* The same for r0 > 512 bytes, any. */
    .section .text.pools_malloc_large_or, "ax", %progbits
    .align 2
    .global pools_malloc_large_or
    .thumb_func
    .type pools_malloc_large_or, %function
pools_malloc_large_or:
    cmp     r0, #0x1000000          // REQUEST_BYTES_MAX
    bhi     .Lhuge
    push    {r2, r4-r11, lr}
    add     r3, r1, #AT(HEAP_BASE)
    ldm     r3, {r4-r11}
    adds    r0, r0, #8 + 7
    bic     r0, r0, #7
    cmp     r6, r4
    beq     .Llarge_refuse
    FIND_AND_CUT large, 1

// The chunk's second mark stays, because the block is large.
.Llarge_split:
    MARK_REST
.Llarge_done:
    orr     r0, r0, #1
    mvn     r3, r0
    strd    r3, r0, [r2]
    cmp     r5, r11
    bhs     1f
    tst     r8, r9
    bne     1f
    movs    r3, #0
    str     r3, [r1, #AT(HEAP_FAST_FREE)]
1:  add     r0, r2, #8
    pop     {r2, r4-r11, pc}

.Llarge_whole:
    add     r0, r0, r12
    CLEAR_LAST_MARK
    b       .Llarge_done

    FIND_AND_CUT_ELSE large, 1

// space_cut_end: the chunk becomes r12 bytes long, the first of its bin as before, if it stays in that.
.Llarge_end:
    BIN_OF  r7, r12, r6
    cmp     r7, r3
    beq     .Llarge_end_cut
    TAKE_FIRST .Llarge_end_bin
.Llarge_end_bin:
    PUT_FIRST r2
    strd    r6, r7, [r2]
.Llarge_end_cut:
    str     r12, [r2, #8]
    add     r2, r2, r12
    str     r12, [r2, #-4]          // behind what stays: over the key in the shortest chunk
    // The granule before the block is the last of what stays; two marks are the block's. Its last one goes.
    sub     r6, r2, r4
    sub     r6, r6, #8
    LOAD_MARKS r4, r12
    mov     r3, #MAP_FIRST | MAP_SECOND | MAP_THIRD
    lsr     r3, r3, r6
    orr     r7, r7, r3
    str     r7, [r12]
    CLEAR_LAST_MARK
    b       .Llarge_done
.Llarge_end_link:
    BIN_OF  r7, r12, r6
    b       .Llarge_end_bin

.Llarge_only:
    cmp     r5, r0
    blo     .Llarge_refuse
.Llarge_untouched:
    CUT_UNTOUCHED 2f
1:  CHANGE_MARK orr, r4, r2, r10, r7, r3
    sub     r2, r6, r4
    add     r2, r2, #8
    CHANGE_MARK orr, r4, r2, r10, r7, r3
    orr     r0, r0, #1
    mvn     r3, r0
    strd    r3, r0, [r6]
    movs    r3, #0
    cmp     r5, r11
    bhs     3f
    tst     r8, r9
    beq     4f
3:  mov     r3, lr
4:  str     r3, [r1, #AT(HEAP_FAST_FREE)]
    add     r0, r6, #8
    pop     {r2, r4-r11, pc}
2:  CLEAR_MAP lr
    b       1b

.Llarge_refuse:
    sub     r0, r0, #8              // the request, rounded
    pop     {r2, r4-r11, lr}
.Lhuge:
    bx      r2
    .size pools_malloc_large_or, . - pools_malloc_large_or

#endif
