// SPDX-License-Identifier: MIT
/*
 * The recorder's buffer: header, table of callers, and blocks of bytes that are filled one behind the other,
 * over and over. RECORD.md says what they hold; what is in a block behind its header is record.c's.
 *
 * For all but buffer_send: the lock is held.
 */
#ifndef OBMALLOC_RECORD_BUFFER_H
#define OBMALLOC_RECORD_BUFFER_H

#include <stdbool.h>
#include <stdint.h>

#include "obmalloc_record.h"

enum {
    RECORD_VERSION = 1,
    RECORD_BLOCK_BYTES = OBMALLOC_RECORD_BLOCK_BYTES,
    RECORD_CALLER_COUNT_MIN = 16,
    RECORD_CALLER_COUNT_MAX = 128,
    RECORD_FLAG_POOLS_SERVE = 1, /* use_main_obmalloc = 1 */
    RECORD_FLAG_STREAM = 2,      /* sent out, rather than kept */
    RECORD_FLAG_TICKS = 4        /* operations have times */
};

struct record_header {
    char magic[4];
    uint16_t version;
    uint16_t header_bytes;
    uint16_t block_bytes;
    uint16_t caller_count; /* of the table, a power of two */
    uint32_t block_count;  /* in the buffer */
    uint32_t flags;
    uint32_t tick_period_ps;
    uint32_t arena_start, arena_end;   /* both 0 while it is not open */
    uint32_t region_start, region_end; /* all dynamic memory */
    uint32_t malloc_address;           /* of the functions, for a comparison with the ELF file's */
    uint32_t free_address;
    uint32_t reserved[4];
};

struct record_caller {
    uint32_t address; /* 0 = no entry */
    uint32_t code;    /* the four bytes before the place that the call returns to */
};

struct record_block {
    uint32_t number;  /* 1, 2, ...; 0 = not begun */
    uint32_t first;   /* how many operations came before */
    uint32_t tick;    /* the tick that its first operation counts from */
    uint32_t address; /* the address that it counts from */
    uint8_t operations[RECORD_BLOCK_BYTES - 16];
};

struct recorder {
    uint8_t *
        at; /* in the block that is open: where the next operation goes; NULL = nothing is recorded */
    uint8_t *end;           /* its end */
    uint32_t address, tick; /* what the next operation counts from */
    uint32_t operation_count;
    uint32_t failure_count;
    uint32_t lost_count;
    struct record_header *header;
    struct record_caller *callers;
    struct record_block *blocks;
    uint32_t block_count;
    uint32_t open_number; /* of the block that is open */
    uint32_t sent_number; /* of the last one that was sent */
    bool is_stream;
    bool is_sending;
    bool header_sent;
    bool has_begun, has_ended;
};

extern struct recorder recorder;

/* Begins a recording in the buffer, or none if it is too short. */
void buffer_begin(void *start, size_t bytes);

/* Opens the next block. Returns true iff there is one: in a stream, one whose contents have been sent. */
bool buffer_next(void);

/* Sends what is complete, and what is open too if it has ended. The lock is not held. */
void buffer_send(void);

#endif
