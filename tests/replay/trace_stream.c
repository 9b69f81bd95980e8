// SPDX-License-Identifier: MIT
#include "trace_stream.h"

#include "board.h"

#define HEADER_BYTES   32u
#define FORMAT_VERSION 1u
#define SLOT_COUNT_MAX (UINT32_C(1) << 20)

/* CRC-32 as in zip and PNG, four bits at a step: a table of 64 bytes. */
static uint32_t crc_add(uint32_t crc, const uint8_t *bytes, size_t count) {
    static const uint32_t table[16] = {
        0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4,
        0x4DB26158, 0x5005713C, 0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
        0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
    };
    crc = ~crc;
    for (size_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        crc = (crc >> 4) ^ table[crc & 15u];
        crc = (crc >> 4) ^ table[crc & 15u];
    }
    return ~crc;
}

static uint32_t word_at(const uint8_t *bytes) {
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

static bool fail(struct trace_stream *stream, const char *sentence) {
    if (stream->error == NULL) {
        stream->error = sentence;
    }
    return false;
}

static bool read_exactly(struct trace_stream *stream, uint8_t *out, size_t count) {
    size_t have = 0;
    while (have < count) {
        long got = board_file_read(stream->handle, out + have, count - have);
        if (got <= 0) {
            return fail(stream, "the trace is cut off");
        }
        have += (size_t)got;
    }
    return true;
}

static bool read_header(struct trace_stream *stream) {
    uint8_t *header = stream->buffer;
    if (!read_exactly(stream, header, HEADER_BYTES)) {
        return false;
    }
    if (word_at(header) != UINT32_C(0x544D424F)) { /* "OBMT" */
        return fail(stream, "the file is not a binary trace");
    }
    if ((word_at(header + 4) & 0xFFFFu) != FORMAT_VERSION) {
        return fail(stream, "the trace has an unknown format version");
    }
    if (crc_add(0, header, HEADER_BYTES - 4) != word_at(header + 28)) {
        return fail(stream, "the trace's header is damaged");
    }
    uint32_t title_bytes = word_at(header + 4) >> 16;
    stream->operations_left = word_at(header + 8);
    uint32_t slot_count = word_at(header + 12);
    stream->bytes_left = word_at(header + 20);
    stream->expected_crc = word_at(header + 24);
    if (slot_count == 0 || slot_count > SLOT_COUNT_MAX) {
        return fail(stream, "the trace's slot count is out of range");
    }
    while (title_bytes != 0) {
        size_t part = title_bytes < sizeof stream->buffer ? title_bytes : sizeof stream->buffer;
        if (!read_exactly(stream, stream->buffer, part)) {
            return false;
        }
        stream->crc = crc_add(stream->crc, stream->buffer, part);
        title_bytes -= (uint32_t)part;
    }
    stream->operation_count = stream->operations_left;
    stream->slot_count = slot_count;
    return true;
}

bool trace_open(struct trace_stream *stream, const char *host_path) {
    *stream = (struct trace_stream){0};
    stream->handle = board_file_open(host_path);
    if (stream->handle < 0) {
        return fail(stream, "the trace cannot be opened");
    }
    if (!read_header(stream)) {
        board_file_close(stream->handle);
        return false;
    }
    return true;
}

static uint8_t next_byte(struct trace_stream *stream) {
    if (stream->buffer_next == stream->buffer_bytes) {
        size_t part =
            stream->bytes_left < sizeof stream->buffer ? stream->bytes_left : sizeof stream->buffer;
        if (part == 0) {
            fail(stream, "the operations end in the middle of one");
            return 0;
        }
        if (!read_exactly(stream, stream->buffer, part)) {
            return 0;
        }
        stream->crc = crc_add(stream->crc, stream->buffer, part);
        stream->bytes_left -= (uint32_t)part;
        stream->buffer_bytes = (uint16_t)part;
        stream->buffer_next = 0;
    }
    return stream->buffer[stream->buffer_next++];
}

static uint32_t next_number(struct trace_stream *stream) {
    uint32_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        uint8_t byte = next_byte(stream);
        if (shift == 28 && byte > 0x0F) {
            break;
        }
        value |= (uint32_t)(byte & 0x7Fu) << shift;
        if (byte < 0x80) {
            return value;
        }
    }
    fail(stream, "a number of the trace does not fit in 32 bits");
    return 0;
}

bool trace_next(struct trace_stream *stream, struct trace_operation *operation) {
    if (stream->error != NULL || stream->operations_left == 0) {
        if (stream->error == NULL &&
            (stream->bytes_left != 0 || stream->buffer_next != stream->buffer_bytes ||
             stream->crc != stream->expected_crc)) {
            fail(stream, "the trace's operations are damaged");
        }
        return false;
    }
    stream->operations_left--;
    uint32_t word = next_number(stream);
    uint32_t kind = word & 7u;
    uint32_t zigzag = word >> 3;
    *operation = (struct trace_operation){
        .kind = (enum trace_kind)kind,
        .slot = stream->previous_slot + ((zigzag >> 1) ^ (0u - (zigzag & 1u))),
    };
    if (kind >= TRACE_KIND_COUNT) {
        return fail(stream, "the trace has an unknown operation");
    }
    if (operation->slot >= stream->slot_count) {
        return fail(stream, "the trace names a slot beyond its slot count");
    }
    stream->previous_slot = operation->slot;
    if (kind == TRACE_ALIGNED) {
        uint8_t exponent = next_byte(stream);
        if (exponent > 31) {
            return fail(stream, "an alignment of the trace does not fit in 32 bits");
        }
        operation->alignment_bytes = UINT32_C(1) << exponent;
    }
    if (kind != TRACE_FREE) {
        operation->size_bytes = next_number(stream);
    }
    return stream->error == NULL;
}

void trace_close(struct trace_stream *stream) {
    board_file_close(stream->handle);
}
