// SPDX-License-Identifier: MIT
/*
 * A recording of every operation of the allocator, made on the target: which call, from where, when, with
 * what result. For a library built with OBMALLOC_WATCH=record; in any other these functions are not defined.
 *
 * It starts with the first operation, before main too. It is kept in RAM, in the buffer below, whose oldest
 * part is overwritten by what is new; a dump of that buffer is a recording. Where the firmware has
 * obmalloc_record_write(), it is sent out there instead, whole, and the buffer holds what waits to be sent.
 * RECORD.md describes the bytes. Tools on the host read either: `make leaks RECORDING=`, `make run TRACE=`.
 *
 * Not recorded: free(NULL), which does nothing, and realloc's own copying. realloc(NULL, n) is recorded as
 * malloc(n). A free is recorded before it is done, refused or not.
 *
 * Cost: README.md, "Record". The lock is held while an operation is recorded.
 */
#ifndef OBMALLOC_OBMALLOC_RECORD_H
#define OBMALLOC_OBMALLOC_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "obmalloc_tick.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The buffer that is there from the start: between the symbols __obmalloc_record_start and
 * __obmalloc_record_end if the linker script has them, in RAM that the reset handler leaves alone or not; else
 * a variable of so many bytes. */
#ifndef OBMALLOC_RECORD_BYTES
#define OBMALLOC_RECORD_BYTES 2048
#endif

/* The shortest buffer: a header, room for the addresses of 16 callers, and two blocks. A quarter of a longer
 * one goes to the addresses, of 128 callers at most. */
#define OBMALLOC_RECORD_BYTES_MIN 704

/* Begins a new recording in [buffer, buffer + bytes), and forgets the old one. A buffer that is NULL, no
 * multiple of 4, or shorter than OBMALLOC_RECORD_BYTES_MIN ends recording. Where recordings are sent out, what
 * follows is a second one: call it before the first operation, or not at all. */
void obmalloc_record_to(void *buffer, size_t bytes);

/* Ends the recording with its totals, and sends what was not sent. Further operations are not recorded.
 * Idempotent. */
void obmalloc_record_end(void);

struct obmalloc_record_status {
    uint32_t operation_count; /* operations so far, those that are lost among them */
    uint32_t failure_count;   /* of these, requests that were answered with NULL */
    uint32_t
        lost_count; /* operations that found no room, because what was recorded could not be sent in time */
    uint32_t block_count;  /* blocks of OBMALLOC_RECORD_BLOCK_BYTES begun so far */
    const void *buffer;    /* where a dump starts; NULL = nothing is recorded */
    uint32_t buffer_bytes; /* and how long it is */
};

#define OBMALLOC_RECORD_BLOCK_BYTES 256

/* How recording stands. Cost: constant. */
void obmalloc_record_status(struct obmalloc_record_status *out);

/* Optional hook of the firmware, weak: takes the recording, part by part. Returns when it needs the bytes no
 * more: true, or false iff nobody takes them, and then it is not asked again: what follows stays in the buffer,
 * as without the hook. Called without the lock, by whoever allocates, by one at a time: what allocates meanwhile
 * waits in the buffer, and is lost where that is full. Must not allocate. */
bool obmalloc_record_write(const void *bytes, size_t byte_count) __attribute__((weak));

#ifdef __cplusplus
}
#endif

#endif
