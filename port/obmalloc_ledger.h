// SPDX-License-Identifier: MIT
/*
 * The ledger: what was allocated before main, by whom, and by which allocator; and the boot report in
 * print.
 *
 * Constructors, the C library and the C++ runtime allocate before main. A program that refers to
 * obmalloc_ledger() or obmalloc_boot_print() has every such call noted, in constant RAM
 * (OBMALLOC_LEDGER_BYTES_MAX of .bss); all others link nothing of this. From main on nothing is noted
 * and no call takes an instruction more. Before, a call takes a few hundred more, and hands out what it
 * would hand out without.
 *
 * Where main begins cannot be seen from inside. In this order:
 *   obmalloc_main_begins()  where the program calls it, in the reset handler behind the constructors or as
 *                           main's first statement: exact
 *   the last constructor    otherwise. Ours comes behind those of the program's objects, but before those of
 *                           libraries that stand behind ours on the link line, which libstdc++ does
 *   OBMALLOC_LEDGER_CALLS_MAX calls, where neither comes
 */
#ifndef OBMALLOC_OBMALLOC_LEDGER_H
#define OBMALLOC_OBMALLOC_LEDGER_H

#include "obmalloc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Callers that are told apart, 12 bytes of RAM each. Where there are more, those of most bytes stay. */
#ifndef OBMALLOC_LEDGER_ENTRY_COUNT
#define OBMALLOC_LEDGER_ENTRY_COUNT 8
#endif

#define OBMALLOC_LEDGER_BYTES_MAX (12 * OBMALLOC_LEDGER_ENTRY_COUNT + 48)

/* Calls noted before main at most: so many slow calls at worst, where nothing says that main begins. */
#define OBMALLOC_LEDGER_CALLS_MAX 1000

enum obmalloc_ledger_allocator {
    OBMALLOC_LEDGER_NOBODY, /* the request failed */
    OBMALLOC_LEDGER_POOLS,
    OBMALLOC_LEDGER_LIBC
};

/* What one caller got of one allocator. */
struct obmalloc_ledger_entry {
    const void *caller; /* where the allocation function returned to; its lowest bit is Thumb's */
    uint32_t bytes;     /* as requested, in all */
    uint16_t count;     /* blocks */
    uint8_t allocator;  /* enum obmalloc_ledger_allocator */
};

struct obmalloc_ledger {
    struct obmalloc_ledger_entry entries[OBMALLOC_LEDGER_ENTRY_COUNT];
    uint32_t entry_count;
    uint32_t block_count; /* of all callers, also of those for whom there was no entry left */
    uint32_t bytes;
    uint32_t freed_count; /* blocks given back before main; realloc gives one and takes one */
    bool is_complete;     /* obmalloc_main_begins() or the last constructor has ended it */
    bool has_ended;
};

/* Returns what was noted: valid for ever, and constant once main has begun. Does not latch. */
const struct obmalloc_ledger *obmalloc_ledger(void);

/* Says that main begins: ends the ledger if there is one. Idempotent. Cost: a few instructions without a
 * ledger, a few hundred with one. */
void obmalloc_main_begins(void);

/* Prints boot report and ledger as lines of text, each with its end, through `write`, which must not
 * allocate. `port/host/callers.py` puts names to the callers. Does not latch. */
void obmalloc_boot_print(void (*write)(const char *text));

#ifdef __cplusplus
}
#endif

#endif
