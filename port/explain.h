// SPDX-License-Identifier: MIT
/*
 * What lies at an address of dynamic memory: for a fault handler, a debugger's hook, a report of misuse.
 * Linked only into programs that ask.
 */
#ifndef OBMALLOC_EXPLAIN_H
#define OBMALLOC_EXPLAIN_H

#include "obmalloc.h"

#ifdef __cplusplus
extern "C" {
#endif

enum obmalloc_place {
    OBMALLOC_PLACE_OUTSIDE,   /* no dynamic memory of the main heap */
    OBMALLOC_PLACE_LIVE,      /* in a live block */
    OBMALLOC_PLACE_GUARD,     /* before or behind a live block, where nobody has to write */
    OBMALLOC_PLACE_FREED,     /* in a block that was freed, or in a free chunk */
    OBMALLOC_PLACE_UNTOUCHED, /* in memory that no block holds, nor has held since it was merged */
    OBMALLOC_PLACE_STATE, /* the allocator's own: the arena's map, or what is closed below the arena */
    OBMALLOC_PLACE_LIBC /* in the C library's heap, or where that may grow to */
};

struct obmalloc_explanation {
    enum obmalloc_place place;
    const char *sentence;     /* static: the place in words */
    const void *address;      /* what was asked for */
    const void *block;        /* the block, or the free chunk; NULL = none is known */
    size_t block_bytes;       /* what it holds; from the tier paranoid on, what was asked for */
    const void *freed_by;     /* who freed it, from the tier full on; NULL = not known */
    const void *allocated_by; /* who allocated it, from the tier paranoid on; NULL = not known */
};

/* Fills `out`. May be called by any handler, a fault handler too, under any lock policy but hooks, and in the tier trap
 * with the MPU on. Neither allocates nor writes to dynamic memory.
 * Cost: walks the arena up to the address, with the lock held. */
void obmalloc_explain_address(const void *address, struct obmalloc_explanation *out);

/* Writes a report of misuse in words, for a hook obmalloc_misuse(): what, which pointer, of which block, who called, who
 * freed it before. write: prints a text; is called several times, must not allocate. */
void obmalloc_misuse_print(const struct obmalloc_misuse *report, void (*write)(const char *text));

/* The same for an address that a fault handler has, e.g. the register MMFAR, and the instruction that used it. */
void obmalloc_explain_print(const void *address, const void *instruction,
                            void (*write)(const char *text));

#ifdef __cplusplus
}
#endif

#endif
