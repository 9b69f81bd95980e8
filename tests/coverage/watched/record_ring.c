// SPDX-License-Identifier: MIT
/* A recording that is kept: in the buffer of the linker script's symbols, then in others; what is read back are the
 * latest operations, with callers, times and results. */
// test-builds: full
#include <malloc.h>

#include "coverage/watched/decode.h"
#include "obmalloc_heap.h"
#include "obmalloc_record.h"
#include "watch/record.h"

enum { FIRST_BYTES = 1024, CODES = 200, STEPS = 600 };

/* As a linker script has it. */
_Alignas(8) char __obmalloc_record_start[FIRST_BYTES];
__asm__(".global __obmalloc_record_end\n"
        ".set __obmalloc_record_end, __obmalloc_record_start + 1024\n");

static _Alignas(8) char buffer[8192];
static uint32_t now_ticks;
static uint16_t code[CODES]; /* what is before a return address can be read */
static const volatile size_t impossible = PTRDIFF_MAX / 2;

uint32_t obmalloc_tick(void) {
    return now_ticks += 3;
}

static struct obmalloc_record_status status(void) {
    struct obmalloc_record_status now;
    obmalloc_record_status(&now);
    return now;
}

static const void *caller(unsigned number) {
    return (const char *)&code[number + 2] + 1;
}

TEST(the_linker_scripts_buffer) {
    CHECK(status().buffer == NULL);
    CHECK_EQUAL(status().buffer_bytes, 0);
    void *block = malloc(40);
    CHECK(status().buffer == __obmalloc_record_start);
    CHECK(status().buffer_bytes <= FIRST_BYTES && status().block_count == 1);
    read_ring(__obmalloc_record_start);
    CHECK_EQUAL(decoded_count, 1);
    CHECK(decoded[0].kind == MALLOC && decoded[0].address == (uintptr_t)block);
    CHECK(decoded[0].bytes == 40 && decoded[0].caller != 0);
    const struct record_header *header = (const void *)__obmalloc_record_start;
    CHECK_EQUAL((header->flags & RECORD_FLAG_POOLS_SERVE) != 0, flag());
    CHECK_EQUAL(header->arena_start != 0, flag());
    CHECK_EQUAL(header->tick_period_ps, 0);
    free(block);
}

/* What was done, from the first operation of the buffer on. */
static struct operation done[STEPS];
static unsigned done_count;

static void note(uint32_t kind, const void *address, const void *result, size_t alignment,
                 size_t bytes) {
    done[done_count++] = (struct operation){.kind = kind,
                                            .is_null = kind != FREED && result == NULL,
                                            .address = (uint32_t)(uintptr_t)address,
                                            .result = (uint32_t)(uintptr_t)result,
                                            .alignment = (uint32_t)alignment,
                                            .bytes = (uint32_t)bytes};
}

static void note_new(uint32_t kind, const void *block, size_t alignment, size_t bytes) {
    note(kind, block, block, alignment, bytes);
}

static void check_read_back(const void *recording) {
    read_ring(recording);
    CHECK(decoded_count != 0 && decoded_count <= done_count);
    uint32_t tick = 0;
    for (unsigned i = 0; i < decoded_count; i++) {
        const struct operation *is = &decoded[i];
        const struct operation *was = &done[done_count - decoded_count + i];
        CHECK_EQUAL(is->number, done_count - decoded_count + i + 1);
        CHECK_EQUAL(is->kind, was->kind);
        CHECK_EQUAL(is->is_null, was->is_null);
        CHECK_EQUAL(is->address, was->address);
        CHECK(was->kind == FREED || is->result == was->result);
        CHECK(is->alignment == was->alignment && is->bytes == was->bytes);
        CHECK(was->caller == 0 || is->caller == was->caller);
        CHECK(is->tick > tick);
        tick = is->tick;
    }
}

TEST(the_latest_operations) {
    static char *blocks[8];
    static const uint16_t lengths[] = {704, 960, 2000, 8192};
    for (unsigned l = 0; l < 4; l++) {
        obmalloc_record_to(buffer, lengths[l]);
        done_count = 0;
        for (unsigned step = 0; step < STEPS; step++) {
            char **block = &blocks[step * 5 % 8];
            size_t bytes = 1 + step * 37 % 900;
            if (*block && step % 3 == 0) {
                char *old = *block;
                char *grown = realloc(old, step % 9 == 0 ? impossible : bytes);
                note(REALLOC, old, grown, 0, step % 9 == 0 ? impossible : bytes);
                CHECK(grown == NULL || begun_address == 0 || grown != NULL);
                *block = grown ? grown : old;
            } else if (*block) {
                note(FREED, *block, NULL, 0, 0);
                free(*block);
                *block = NULL;
            } else if (step % 4 == 0) {
                *block = calloc(bytes, 2);
                note_new(CALLOC, *block, 0, 2 * bytes);
            } else if (step % 4 == 1) {
                *block = memalign(32, bytes);
                note_new(MEMALIGN, *block, 32, bytes);
            } else {
                size_t wanted = step % 7 == 0 ? impossible : bytes;
                *block = malloc(wanted);
                note_new(MALLOC, *block, 0, wanted);
            }
        }
        check_read_back(buffer);
        CHECK_EQUAL(status().operation_count, done_count);
        CHECK_EQUAL(status().lost_count, 0);
        CHECK(status().failure_count != 0 && status().buffer == buffer);
        CHECK(status().buffer_bytes <= lengths[l] && status().buffer_bytes > lengths[l] - 256u);
        for (unsigned i = 0; i < 8; i++) {
            free(blocks[i]);
            blocks[i] = NULL;
        }
    }
    check_sound();
}

/* More callers than the table has room for, some of them no code, and pointers that are no multiple of 8. */
TEST(many_callers) {
    for (unsigned length = 704; length <= 8192; length += 8192 - 704) {
        obmalloc_record_to(buffer, length);
        done_count = 0;
        for (unsigned i = 0; i < 3 * (CODES - 4); i++) {
            const void *from = i % 50 == 49 ? (const void *)2 : caller(i * 7 % (CODES - 4));
            char *block = buffer + 8 * (i % 30);
            if (i % 2 == 0) {
                record_allocated(WATCH_REALLOC, block, 0, i, from);
                note_new(MALLOC, block, 0, i);
            } else {
                record_freeing(block + 3, from);
                note(FREED, block + 3, NULL, 0, 0);
            }
            done[done_count - 1].caller = (uint32_t)(uintptr_t)from;
        }
        check_read_back(buffer);
    }
    /* Nobody: as no caller was known before. */
    obmalloc_record_to(buffer, sizeof buffer);
    record_allocated(WATCH_MALLOC, buffer, 0, 8, caller(0));
    record_allocated(WATCH_MALLOC, buffer, 0, 8, NULL);
    read_ring(buffer);
    CHECK(decoded_count == 2 && decoded[0].caller != 0 && decoded[1].caller == 0);
}

TEST(a_realloc_begins) {
    obmalloc_record_to(buffer, sizeof buffer);
    record_resizing(buffer + 40);
    record_resized(buffer + 40, buffer + 80, 24, caller(1));
    record_resizing(buffer + 84);
    record_resized(buffer + 84, NULL, 24, caller(1));
    read_ring(buffer);
    CHECK_EQUAL(begun_address, (uintptr_t)buffer + 84);
    CHECK_EQUAL(decoded_count, 2);
    CHECK(decoded[0].address == (uintptr_t)buffer + 40 &&
          decoded[0].result == (uintptr_t)buffer + 80);
    CHECK(decoded[1].is_null && decoded[1].address == (uintptr_t)buffer + 84);
}

TEST(a_heap_that_ends) {
    static _Alignas(8) char region[2048];
    struct obmalloc_heap *heap;
    obmalloc_record_to(buffer, sizeof buffer);
    CHECK_EQUAL(obmalloc_heap_create(region, region + sizeof region, &heap), OBMALLOC_HEAP_OK);
    CHECK(obmalloc_heap_malloc(heap, 40) != NULL);
    CHECK_EQUAL(obmalloc_heap_destroy(heap, OBMALLOC_HEAP_RECLAIM, NULL), OBMALLOC_HEAP_OK);
    read_ring(buffer);
    CHECK(forgotten[0] == (uintptr_t)heap && forgotten[1] == (uintptr_t)region + sizeof region);
}

TEST(the_end) {
    obmalloc_record_to(buffer, sizeof buffer);
    free(malloc(24));
    CHECK(malloc(impossible) == NULL);
    obmalloc_record_end();
    obmalloc_record_end();
    free(malloc(24));
    record_forgotten(buffer, buffer + 8);
    read_ring(buffer);
    CHECK(has_end && decoded_count == 3 && forgotten[1] != (uintptr_t)buffer + 8);
    CHECK(totals_at_end[0] == 3 && totals_at_end[1] == 1 && totals_at_end[2] == 0);
    CHECK_EQUAL(status().operation_count, 3);
}

TEST(buffers_that_are_none) {
    static char *const wrong[] = {NULL, buffer + 2, buffer};
    static const uint16_t lengths[] = {8192, 2048, OBMALLOC_RECORD_BYTES_MIN - 1};
    for (unsigned i = 0; i < 3; i++) {
        obmalloc_record_to(wrong[i], lengths[i]);
        free(malloc(24));
        CHECK(status().buffer == NULL && status().operation_count == 0);
    }
}

TEST_LIST = {TEST_ENTRY(the_linker_scripts_buffer),
             TEST_ENTRY(the_latest_operations),
             TEST_ENTRY(many_callers),
             TEST_ENTRY(a_realloc_begins),
             TEST_ENTRY(a_heap_that_ends),
             TEST_ENTRY(the_end),
             TEST_ENTRY(buffers_that_are_none)};
