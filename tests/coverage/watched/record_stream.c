// SPDX-License-Identifier: MIT
/* A recording that is sent out, while others allocate: what finds no room is lost and counted, and all else arrives. */
// test-builds: full
// test-flags: 1
#include "coverage/watched/decode.h"
#include "obmalloc_record.h"
#include "watch/record.h"

enum { SINK_BYTES = 48 << 10, PERIOD_PS = 4096, CODES = 4000 };

static _Alignas(8) char buffer[OBMALLOC_RECORD_BYTES_MIN];
static _Alignas(8) uint8_t sink[SINK_BYTES];
static size_t sink_bytes;
static unsigned meanwhile_count; /* operations of others for each part that is sent */
static bool takes_all = true;
static bool is_crowded; /* others fill the buffer, and then somebody new comes */
static unsigned next_code;
static uint16_t code[CODES];

uint32_t obmalloc_tick(void) {
    return 7;
}

uint32_t obmalloc_tick_period_ps(void) {
    return PERIOD_PS;
}

/* Of a new caller each. */
static void act(void) {
    const char *from = (const char *)&code[2 + next_code++ % (CODES - 2)] + 1;
    record_allocated(WATCH_MALLOC, buffer, 0, 8, from);
}

bool obmalloc_record_write(const void *bytes, size_t byte_count) {
    if (!takes_all) {
        return false;
    }
    CHECK(sink_bytes + byte_count <= SINK_BYTES);
    memcpy(sink + sink_bytes, bytes, byte_count);
    sink_bytes += byte_count;
    for (unsigned i = meanwhile_count; i != 0; i--) {
        /* Some of one caller, too, so that its entry alone finds no room. */
        if (i % 3 == 0) {
            act();
        } else {
            record_freeing(buffer, (const char *)&code[2] + 1);
        }
    }
    if (is_crowded) {
        for (unsigned i = 0; i < 400; i++) {
            record_freeing(buffer, (const char *)&code[2] + 1);
        }
        act();
    }
    return true;
}

static struct obmalloc_record_status status(void) {
    struct obmalloc_record_status now;
    obmalloc_record_status(&now);
    return now;
}

static void read_sink(void) {
    const struct record_header *header = begin_to_read(sink);
    CHECK((header->flags & RECORD_FLAG_STREAM) != 0 && (header->flags & RECORD_FLAG_TICKS) != 0);
    CHECK_EQUAL(header->tick_period_ps, PERIOD_PS);
    size_t at = sizeof *header + header->caller_count * sizeof(struct record_caller);
    uint32_t number = 0;
    for (; at < sink_bytes; at += RECORD_BLOCK_BYTES) {
        const struct record_block *block = (const void *)(sink + at);
        CHECK_EQUAL(block->number, ++number);
        read_block(block, true);
    }
    CHECK_EQUAL(at, sink_bytes);
    CHECK(has_end);
}

static void record_some(unsigned operation_count) {
    sink_bytes = 0;
    obmalloc_record_to(buffer, sizeof buffer);
    for (unsigned i = 0; i < operation_count; i++) {
        act();
    }
    obmalloc_record_end();
    read_sink();
    CHECK_EQUAL(totals_at_end[0], status().operation_count);
    CHECK_EQUAL(totals_at_end[2], status().lost_count);
    CHECK_EQUAL(decoded_count + status().lost_count, status().operation_count);
}

TEST(one_thread_loses_nothing) {
    record_some(400);
    CHECK_EQUAL(status().lost_count, 0);
    for (unsigned i = 0; i < decoded_count; i++) {
        CHECK(decoded[i].number == i + 1 && decoded[i].address == (uintptr_t)buffer);
        CHECK(decoded[i].tick == 7 && decoded[i].bytes == 8);
        CHECK(i == 0 || decoded[i].caller != decoded[i - 1].caller);
    }
}

/* Whoever allocates while a part is sent finds less room the longer it takes: each number of operations. */
TEST(others_meanwhile) {
    uint32_t lost = 0;
    for (meanwhile_count = 1; meanwhile_count < 150; meanwhile_count += 7) {
        record_some(40);
        lost += status().lost_count;
        for (unsigned i = 0; i < decoded_count; i++) {
            CHECK(i == 0 || decoded[i].number > decoded[i - 1].number);
            CHECK_EQUAL(decoded[i].address, (uintptr_t)buffer);
        }
    }
    CHECK(lost != 0);
    meanwhile_count = 0;
}

/* A caller that is not in the table yet, when there is no room for its entry: it is not in the table then. */
TEST(somebody_new_where_nothing_fits) {
    sink_bytes = 0;
    obmalloc_record_to(buffer, sizeof buffer);
    is_crowded = true;
    while (sink_bytes == 0) {
        record_freeing(buffer, (const char *)&code[2] + 1);
    }
    is_crowded = false;
    act();
    obmalloc_record_end();
    read_sink();
    CHECK(status().lost_count > 1);
    CHECK_EQUAL(decoded_count + status().lost_count, status().operation_count);
    const struct operation *latest = &decoded[decoded_count - 1];
    CHECK(latest->kind == MALLOC && latest->number == status().operation_count);
    CHECK(latest->caller > (uintptr_t)code && latest->caller < (uintptr_t)(code + CODES));
}

/* Then it stays in the buffer, as without the hook. */
TEST(nobody_takes_it) {
    takes_all = false;
    obmalloc_record_to(buffer, sizeof buffer);
    for (unsigned i = 0; i < 100; i++) {
        act();
    }
    const struct record_header *header = status().buffer;
    CHECK_EQUAL(header->flags & RECORD_FLAG_STREAM, 0);
    CHECK_EQUAL(status().lost_count, 0);
    read_ring(header);
    CHECK(decoded_count != 0 && decoded[decoded_count - 1].number == 100);
}

TEST_LIST = {TEST_ENTRY(one_thread_loses_nothing), TEST_ENTRY(others_meanwhile),
             TEST_ENTRY(somebody_new_where_nothing_fits), TEST_ENTRY(nobody_takes_it)};
