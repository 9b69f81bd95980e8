// SPDX-License-Identifier: MIT
/*
 * An input is a trace as the board reads it, in parts as the host hands them out. Its first byte says whether the
 * checksums are made right before, without which no fuzzer gets behind them, and how long the parts are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "replay/trace_stream.h"

enum { HEADER_BYTES = 32, INPUT_BYTES_MAX = 8192 };

static uint8_t file[INPUT_BYTES_MAX];
static size_t file_bytes, file_next, part_bytes;
static int open_count;

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int board_file_open(const char *host_path) {
    (void)host_path;
    open_count++;
    return 3;
}

long board_file_read(int handle, void *buffer, size_t buffer_bytes) {
    if (handle != 3 || open_count != 1) {
        abort();
    }
    size_t left = file_bytes - file_next;
    size_t part = buffer_bytes < part_bytes ? buffer_bytes : part_bytes;
    part = part < left ? part : left;
    memcpy(buffer, file + file_next, part);
    file_next += part;
    return (long)part;
}

void board_file_close(int handle) {
    if (handle != 3) {
        abort();
    }
    open_count--;
}

static uint32_t crc(uint32_t value, const uint8_t *bytes, size_t count) {
    value = ~value;
    for (size_t i = 0; i < count; i++) {
        value ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            value = value >> 1 ^ (value & 1u ? UINT32_C(0xEDB88320) : 0);
        }
    }
    return ~value;
}

static uint32_t word_of(size_t offset) {
    uint32_t word;
    memcpy(&word, file + offset, sizeof word);
    return word;
}

static void set_word(size_t offset, uint32_t word) {
    memcpy(file + offset, &word, sizeof word);
}

/* Title and operations are what is there, and the checksums are right. */
static void make_right(void) {
    if (file_bytes < HEADER_BYTES) {
        return;
    }
    size_t body_bytes = file_bytes - HEADER_BYTES;
    memcpy(file, "OBMT\1\0", 6);
    size_t title_bytes = file[6];
    title_bytes = title_bytes < body_bytes ? title_bytes : body_bytes;
    file[6] = (uint8_t)title_bytes;
    file[7] = 0;
    set_word(20, (uint32_t)(body_bytes - title_bytes));
    set_word(24, crc(0, file + HEADER_BYTES, body_bytes));
    set_word(28, crc(0, file, HEADER_BYTES - 4));
}

static void expect(bool holds, const char *sentence) {
    if (!holds) {
        fprintf(stderr, "BROKEN: %s\n", sentence);
        abort();
    }
}

/* A number as README.md of tests/traces describes it, of whatever length. */
static uint64_t number_at(size_t *at) {
    uint64_t value = 0;
    for (unsigned shift = 0; *at < file_bytes; shift += 7) {
        uint8_t byte = file[(*at)++];
        value |= shift < 63 ? (uint64_t)(byte & 0x7Fu) << shift : 0;
        if (byte < 0x80) {
            break;
        }
    }
    return value;
}

/* The operation is what the bytes say. */
static void compare(const struct trace_operation *operation, size_t *at, int64_t *slot) {
    uint64_t word = number_at(at);
    int64_t zigzag = (int64_t)(word >> 3);
    *slot += zigzag & 1 ? -(zigzag + 1) / 2 : zigzag / 2;
    uint64_t alignment = operation->kind == TRACE_ALIGNED ? UINT64_C(1) << file[(*at)++] : 0;
    uint64_t size = operation->kind != TRACE_FREE ? number_at(at) : 0;
    expect(word <= UINT32_MAX && operation->kind == (word & 7u) && operation->slot == *slot &&
               operation->alignment_bytes == alignment && operation->size_bytes == size,
           "an operation is not what the bytes say");
}

static void read_all(struct trace_stream *stream) {
    struct trace_operation operation;
    uint32_t count = 0;
    size_t at = HEADER_BYTES + (word_of(4) >> 16);
    int64_t slot = 0;
    while (trace_next(stream, &operation)) {
        count++;
        compare(&operation, &at, &slot);
        expect(count <= stream->operation_count, "there are more operations than the header says");
        expect(operation.slot < stream->slot_count, "a slot is beyond the slot count");
        expect((unsigned)operation.kind < TRACE_KIND_COUNT, "an operation is of no kind");
        uint32_t alignment = operation.alignment_bytes;
        expect((operation.kind == TRACE_ALIGNED) == (alignment != 0) &&
                   (alignment & (alignment - 1u)) == 0,
               "an alignment is none");
    }
    if (stream->error == NULL) {
        expect(count == stream->operation_count, "a whole trace ends early");
        uint32_t title_bytes = word_of(4) >> 16;
        uint32_t operations_bytes = word_of(20);
        size_t end = HEADER_BYTES + (size_t)title_bytes + operations_bytes;
        expect(file_next == end && at == end, "a whole trace is not read to its end");
        expect(crc(0, file + HEADER_BYTES, title_bytes + (size_t)operations_bytes) == word_of(24),
               "a trace is whole though its checksum is wrong");
    }
    expect(!trace_next(stream, &operation), "an ended trace goes on");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    if (count == 0 || count - 1u > sizeof file) {
        return 0;
    }
    file_bytes = count - 1u;
    file_next = 0;
    open_count = 0;
    part_bytes = bytes[0] % 64u + (bytes[0] & 64u ? 1u : 128u);
    memcpy(file, bytes + 1, file_bytes);
    if (bytes[0] & 128u) {
        make_right();
    }
    struct trace_stream stream;
    if (trace_open(&stream, "a trace")) {
        expect(stream.error == NULL && stream.slot_count != 0, "an open trace has an error");
        read_all(&stream);
        trace_close(&stream);
        expect(open_count == 0, "a stream that is closed leaves its file open");
    } else {
        expect(stream.error != NULL && stream.operation_count == 0 && stream.slot_count == 0 &&
                   open_count == 0,
               "a trace that does not open has no error, or counts, or stays open");
    }
    return 0;
}
