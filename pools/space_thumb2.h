// SPDX-License-Identifier: MIT
/*
 * Pieces that the assembly of malloc and free share: space_bin_of, space_unlink. All of it counts
 * instructions, so nothing is called and nothing that a caller knows is loaded again.
 *
 * Registers everywhere: r1 heap, r8 bins_filled.
 */
#ifndef POOLS_SPACE_THUMB2_H
#define POOLS_SPACE_THUMB2_H

#include "assembly.h"

#define MAP_FIRST  0x80000000
#define MAP_SECOND 0x40000000
#define MAP_THIRD  0x20000000

/* chunk_first_in(POOLS_BIN_COUNT - 1): what is above in a chunk's second word is an address. */
#define FIRST_IN_LAST_BIN 62

/* \bin = space_bin_of(\bytes). */
.macro BIN_OF bin, bytes, scratch
    clz     \scratch, \bytes
    lsl     \bin, \bytes, \scratch
    lsr     \bin, \bin, #30
    sub     \bin, \bin, \scratch, lsl #1
    add     \bin, \bin, #52
    usat    \bin, #5, \bin
.endm

/* Unlinks a chunk whose first two words are \next and \previous. Spoils \previous and \scratch.
 * \heap: the heap less \bias. */
.macro UNLINK next, previous, scratch, bias=0
    cbz     \next, 501f
    str     \previous, [\next, #4]
501:
    cmp     \previous, #FIRST_IN_LAST_BIN
    bls     502f
    str     \next, [\previous]
    b       503f
502:
    add     \scratch, r1, \previous, lsl #1
    str     \next, [\scratch, #HEAP_BINS - \bias]
    cbnz    \next, 503f
    lsrs    \previous, \previous, #1
    mov     \scratch, #MAP_FIRST
    lsr     \scratch, \scratch, \previous
    bic     r8, r8, \scratch
    str     r8, [r1, #HEAP_BINS_FILLED - \bias]
503:
.endm

/* Sets (\change is orr) or clears (bic) one mark, at offset \offset from \base. Spoils all but \base, which \address
 * may be. */
.macro CHANGE_MARK change, base, offset, address, word, bit
    sub     \address, \base, \offset, lsr #6
    ldrb    \word, [\address, #-1]!
    ubfx    \offset, \offset, #3, #3
    mov     \bit, #0x80
    lsr     \bit, \bit, \offset
    \change  \word, \word, \bit
    strb    \word, [\address]
.endm

#endif
