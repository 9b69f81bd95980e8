// SPDX-License-Identifier: MIT
/*
 * Reads a binary trace (tests/traces/README.md) from a file of the host, a few bytes at a time.
 *
 * Allocates nothing. One stream at a time: the state is the caller's struct, the file the board's.
 */
#ifndef TESTS_REPLAY_TRACE_STREAM_H
#define TESTS_REPLAY_TRACE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum trace_kind {
    TRACE_FREE,
    TRACE_MALLOC,
    TRACE_CALLOC,
    TRACE_REALLOC,
    TRACE_ALIGNED,
    TRACE_KIND_COUNT
};

struct trace_operation {
    enum trace_kind kind;
    uint32_t slot; /* below slot_count */
    uint32_t size_bytes;
    uint32_t alignment_bytes; /* of TRACE_ALIGNED: a power of two; else 0 */
};

struct trace_stream {
    uint32_t operation_count;
    uint32_t slot_count;
    const char *error; /* static sentence without a full stop; NULL = all well so far */

    uint32_t operations_left;
    uint32_t bytes_left; /* of the operations, not yet in the buffer */
    uint32_t previous_slot;
    uint32_t crc;
    uint32_t expected_crc;
    int handle;
    uint16_t buffer_bytes;
    uint16_t buffer_next;
    uint8_t buffer[128];
};

/* Opens the file and reads its header. Returns true iff operations can be read; else `error` says
 * why not, and the counts are 0. */
bool trace_open(struct trace_stream *stream, const char *host_path);

/* Returns true and fills `operation` iff there is one more. After false, `error` is NULL iff the
 * trace was whole: all operations read, nothing behind them, checksum right. */
bool trace_next(struct trace_stream *stream, struct trace_operation *operation);

/* Closes the file of an open stream, wherever the reading is. The counts stay. */
void trace_close(struct trace_stream *stream);

#endif
