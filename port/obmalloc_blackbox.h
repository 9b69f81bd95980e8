// SPDX-License-Identifier: MIT
/*
 * A black box over reset: what the allocator was doing when the firmware died, told at the next boot.
 *
 * For builds with OBMALLOC_WATCH := blackbox. The box lies in the section .noinit.obmalloc, RAM that
 * no start-up code clears; obmalloc.ld places it where the linker script has no .noinit of its own. It
 * holds two runs, this one and the last, each with counts, the last operations, the first damage, and
 * the fault. All of it is checked when it is read: a power-on, which leaves RAM as it comes, or a write
 * gone astray is told from a record.
 *
 * How a run ends: by obmalloc_blackbox_end(), before a reset that is meant; by obmalloc_blackbox_fault(),
 * from a fault handler; or it just stops, by a watchdog, a pin or a SYSRESETREQ that said nothing. The
 * last two are fault resets. After OBMALLOC_BLACKBOX_FAULTS_MAX of them in a row the boot falls back to
 * flag 0, whatever config word and hooks say, obmalloc_boot_report() says so, and
 * obmalloc_request_flag(1) is refused. A run that ends as meant, or obmalloc_blackbox_healthy(), or
 * another image ends the row.
 *
 * Cost: MISUSE.md, "A black box". Threads and interrupts: as malloc; obmalloc_blackbox_fault() at any time.
 */
#ifndef OBMALLOC_BLACKBOX_H
#define OBMALLOC_BLACKBOX_H

#include "obmalloc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Fault resets in a row after which flag 0 is tried: 1..255. */
#ifndef OBMALLOC_BLACKBOX_FAULTS_MAX
#define OBMALLOC_BLACKBOX_FAULTS_MAX 3
#endif

/* How many operations of a run are kept: a power of two. */
#ifndef OBMALLOC_BLACKBOX_OPERATION_COUNT
#define OBMALLOC_BLACKBOX_OPERATION_COUNT 8
#endif

/* Of an event's text, a multiple of 4. */
#define OBMALLOC_BLACKBOX_TEXT_BYTES 64

enum obmalloc_blackbox_end {
    OBMALLOC_BLACKBOX_NONE,    /* no record: power came on, or the box is new */
    OBMALLOC_BLACKBOX_DAMAGED, /* there was one, and it contradicts itself */
    OBMALLOC_BLACKBOX_ENDED,   /* as meant */
    OBMALLOC_BLACKBOX_FAULTED, /* obmalloc_blackbox_fault() was called */
    OBMALLOC_BLACKBOX_STOPPED  /* without a word: a watchdog, a pin */
};

/* Counts of a run. */
struct obmalloc_blackbox_account {
    uint32_t operations;   /* calls, and what was found to be damaged or refused */
    uint32_t live_blocks;  /* handed out and not given back */
    uint32_t failures;     /* requests that ended with NULL */
    uint32_t misuses;      /* pointers that were refused */
    uint32_t arena_start;  /* addresses; 0 = the arena was not open */
    uint32_t arena_top;    /* below it chunks, above it memory never used or merged back */
    uint32_t arena_end;    /* */
    uint32_t arena_chunks; /* live and ready blocks in the arena */
    uint32_t
        largest_bytes; /* a free chunk as long as this was there, or half as long again; 0 = none */
    uint32_t libc_bytes; /* what sbrk had given out */
};

enum obmalloc_blackbox_kind {
    OBMALLOC_BLACKBOX_MALLOC,
    OBMALLOC_BLACKBOX_CALLOC,
    OBMALLOC_BLACKBOX_MEMALIGN,
    OBMALLOC_BLACKBOX_REALLOC,
    OBMALLOC_BLACKBOX_FREE,
    OBMALLOC_BLACKBOX_REALLOC_FROM /* the block that a realloc was given */
};

/* Larger requests are told as this. */
#define OBMALLOC_BLACKBOX_BYTES_MAX 0x0FFFFFFFu

struct obmalloc_blackbox_operation {
    uint32_t number; /* counted from 1 */
    enum obmalloc_blackbox_kind kind;
    uint32_t bytes;   /* asked for */
    uint32_t pointer; /* what came of it, or was given */
    uint32_t caller;
};

/* A damage or a fault. */
struct obmalloc_blackbox_event {
    bool happened;
    bool is_readable; /* false: it happened, but its record is damaged */
    uint32_t number;  /* of operations before it */
    uint32_t pointer; /* the address that it is about, 0 = none */
    uint32_t caller;  /* the code that it was in, or that called */
    char text[OBMALLOC_BLACKBOX_TEXT_BYTES];
};

struct obmalloc_blackbox_report {
    enum obmalloc_blackbox_end end;
    bool
        is_other_image; /* written by another build: callers cannot be named by this one's ELF file */
    uint32_t boots;     /* since power came on, this one included */
    uint32_t faults_in_a_row; /* fault resets up to this boot */
    bool account_is_readable;
    struct obmalloc_blackbox_account account;
    uint32_t operation_count; /* in operations[], the latest first */
    struct obmalloc_blackbox_operation operations[OBMALLOC_BLACKBOX_OPERATION_COUNT];
    struct obmalloc_blackbox_event damage; /* the first of the run */
    struct obmalloc_blackbox_event fault;
};

/* What the run before this one has left. Boots if nobody has. Cost: constant. */
void obmalloc_blackbox_last(struct obmalloc_blackbox_report *report);

/* Prints it in lines; port/host/callers.py firmware.elf < log names the callers. `write` puts a text out,
 * and must not allocate. Takes 700 bytes of stack. */
void obmalloc_blackbox_print(void (*write)(const char *text));

/* For fault handlers: the run faults. pc, lr: from the stacked frame; address: that the CPU names, or 0;
 * text: static or not, cut at OBMALLOC_BLACKBOX_TEXT_BYTES - 1. Only the first call of a run counts. */
void obmalloc_blackbox_fault(uint32_t pc, uint32_t address, const char *text);

/* A reset that is meant follows. */
void obmalloc_blackbox_end(void);

/* The firmware has come far enough: earlier faults are no longer in a row with what may follow. */
void obmalloc_blackbox_healthy(void);

#ifdef __cplusplus
}
#endif

#endif
