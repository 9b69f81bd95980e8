// SPDX-License-Identifier: MIT
/* Reads recordings as port/RECORD.md describes them, for cases that know what must be there. */
#ifndef TESTS_COVERAGE_DECODE_H
#define TESTS_COVERAGE_DECODE_H

#include "target/target.h"
#include "watch/record_buffer.h"

enum { FREED = 1, MALLOC, CALLOC, MEMALIGN, REALLOC, REALLOC_BEGINS, OTHER };
enum { OTHER_CALLER = 1, OTHER_FORGOTTEN, OTHER_END };
enum { OPERATIONS_MAX = 2000 };

struct operation {
    uint32_t number; /* from 1, those that are lost among them */
    uint32_t kind;
    bool is_null;
    uint32_t address, result, alignment, bytes, caller, tick;
};

static struct operation decoded[OPERATIONS_MAX];
static unsigned decoded_count;
static uint32_t begun_address; /* of the last REALLOC_BEGINS */
static uint32_t caller_table[RECORD_CALLER_COUNT_MAX];
static uint32_t forgotten[2], totals_at_end[3];
static bool has_end;

struct reader {
    const uint8_t *at, *end;
    uint32_t address, tick, number;
    bool has_ticks;
    uint32_t last_callers[8];
};

static inline uint32_t get_number(struct reader *r) {
    uint32_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        CHECK(r->at < r->end);
        value |= (uint32_t)(*r->at & 0x7Fu) << shift;
        if ((*r->at++ & 0x80u) == 0) {
            return value;
        }
    }
}

static inline uint32_t get_word(struct reader *r) {
    CHECK(r->at + 4 <= r->end);
    uint32_t word =
        r->at[0] | (uint32_t)r->at[1] << 8 | (uint32_t)r->at[2] << 16 | (uint32_t)r->at[3] << 24;
    r->at += 4;
    return word;
}

static inline uint32_t get_distance(struct reader *r, uint32_t from, uint32_t low_bits) {
    uint32_t number = get_number(r);
    uint32_t granules = (number >> 1) ^ (0u - (number & 1u));
    return ((from >> 3) + granules) * 8u + low_bits;
}

static inline void read_other(struct reader *r, unsigned what) {
    has_end = has_end || what == OTHER_END;
    if (what == OTHER_CALLER) {
        unsigned index = *r->at++;
        CHECK(index < RECORD_CALLER_COUNT_MAX);
        caller_table[index] = get_word(r);
        (void)get_word(r);
    } else if (what == OTHER_FORGOTTEN) {
        forgotten[0] = get_word(r);
        forgotten[1] = get_word(r);
    } else {
        CHECK_EQUAL(what, OTHER_END);
        for (unsigned i = 0; i < 3; i++) {
            totals_at_end[i] = get_word(r);
        }
    }
}

static inline void read_entry(struct reader *r) {
    uint8_t tag = *r->at++;
    struct operation op = {.kind = tag & 7u, .is_null = (tag & 8u) != 0};
    if (op.kind == OTHER) {
        read_other(r, tag >> 3);
        return;
    }
    if ((tag & 0x20u) != 0) {
        unsigned index = *r->at++;
        r->last_callers[op.kind] = index == 255 ? get_word(r) : caller_table[index];
    }
    op.caller = r->last_callers[op.kind];
    if (op.kind >= REALLOC || !op.is_null) {
        uint32_t low_bits = (tag & 0x10u) != 0 ? *r->at++ : 0;
        op.address = get_distance(r, r->address, low_bits);
        r->address = op.address;
    }
    if (op.kind == REALLOC_BEGINS) {
        begun_address = op.address;
        return;
    }
    op.result = op.is_null ? 0 : op.address;
    if ((tag & 0x40u) != 0) {
        op.result = get_distance(r, op.address, 0);
        r->address = op.result;
    }
    op.alignment = op.kind == MEMALIGN ? get_number(r) : 0;
    op.bytes = op.kind != FREED ? get_number(r) : 0;
    if (r->has_ticks) {
        r->tick += get_number(r);
        op.tick = r->tick;
    }
    op.number = ++r->number;
    CHECK(decoded_count < OPERATIONS_MAX);
    decoded[decoded_count++] = op;
}

static inline void read_block(const struct record_block *block, bool has_ticks) {
    struct reader r = {.at = block->operations,
                       .end = (const uint8_t *)(block + 1),
                       .address = block->address,
                       .tick = block->tick,
                       .number = block->first,
                       .has_ticks = has_ticks};
    while (r.at != r.end && *r.at != 0) {
        read_entry(&r);
    }
}

static inline const struct record_header *begin_to_read(const void *recording) {
    const struct record_header *header = recording;
    decoded_count = 0;
    has_end = false;
    CHECK(memcmp(header->magic, "OBMR", 4) == 0);
    CHECK(header->version == 1 && header->header_bytes == 64 && header->block_bytes == 256);
    const struct record_caller *callers = (const void *)(header + 1);
    for (unsigned i = 0; i < header->caller_count; i++) {
        caller_table[i] = callers[i].address;
    }
    return header;
}

/* Of a buffer: the blocks that are there, in their order. */
static inline void read_ring(const void *buffer) {
    const struct record_header *header = begin_to_read(buffer);
    const struct record_caller *callers = (const void *)(header + 1);
    const struct record_block *blocks = (const void *)(callers + header->caller_count);
    uint32_t latest = 0;
    for (uint32_t i = 0; i < header->block_count; i++) {
        latest = blocks[i].number > latest ? blocks[i].number : latest;
    }
    for (uint32_t number = latest > header->block_count ? latest - header->block_count + 1 : 1;
         number <= latest; number++) {
        const struct record_block *block = &blocks[(number - 1) % header->block_count];
        CHECK_EQUAL(block->number, number);
        read_block(block, (header->flags & RECORD_FLAG_TICKS) != 0);
    }
}

#endif
