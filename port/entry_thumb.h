// SPDX-License-Identifier: MIT
/* What the entry points in assembly share. */
// clang-format off
#ifndef OBMALLOC_ENTRY_THUMB_H
#define OBMALLOC_ENTRY_THUMB_H

#include "entry.h"

/* The way to the C library's function of this name under flag 0. As newlib's own wrapper does, it loads
 * the caller's reent and goes to the reentrant function; picolibc's functions take what the caller gave.
 * Spoils r3, and r2 with two arguments. */
.macro TO_LIBC name, argument_count
#if !ENTRY_LIBC_IS_REENTRANT
#ifdef __thumb2__
    b.w     libc_\name
#else
    ldr     r3, =libc_\name
    bx      r3
#endif
#else
    ldr     r3, =_impure_ptr
    .if \argument_count > 1
    mov     r2, r1
    .endif
    mov     r1, r0
    ldr     r0, [r3]
#ifdef __thumb2__
    b.w     libc__\name\()_r
#else
    ldr     r3, =libc__\name\()_r
    bx      r3
#endif
#endif
.endm

#ifdef __thumb2__
/* r1 = where malloc returns to; or calloc, if that has called malloc. Spoils r2. */
.macro CALLER
    mov     r1, lr
    ldr     r2, =calloc_called_malloc
    cmp     r1, r2
    it      eq
    ldreq   r1, [sp, #4]
.endm
#endif

#endif
