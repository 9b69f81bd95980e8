// SPDX-License-Identifier: MIT
/* A report of misuse as text, without stdio, which would allocate. */
#include "explain.h"

/* Room for any number. */
enum { NUMBER_BYTES = 12 };

typedef void write_function(const char *text);

static void put_decimal(write_function *write, uint32_t value) {
    char text[NUMBER_BYTES];
    char *first = &text[NUMBER_BYTES - 1];
    *first = '\0';
    do {
        *--first = (char)('0' + value % 10u);
        value /= 10u;
    } while (value != 0);
    write(first);
}

static void put_address(write_function *write, const char *before, const void *address) {
    char text[] = "0x00000000";
    uintptr_t value = (uintptr_t)address;
    for (char *digit = text + 9; digit != text + 1; digit--) {
        *digit = "0123456789abcdef"[value & 0xFu];
        value >>= 4;
    }
    write(before);
    write(text);
}

static void put_story(write_function *write, size_t block_bytes, const void *freed_by,
                      const void *allocated_by) {
    if (block_bytes != 0) {
        write(", ");
        put_decimal(write, (uint32_t)block_bytes);
        write(" bytes");
    }
    if (allocated_by) {
        put_address(write, ", allocated from ", allocated_by);
    }
    if (freed_by) {
        put_address(write, ", freed from ", freed_by);
    }
}

void obmalloc_misuse_print(const struct obmalloc_misuse *report, void (*write)(const char *text)) {
    struct obmalloc_explanation at;
    obmalloc_explain_address(report->pointer, &at);
    write(report->entry_point);
    write(": ");
    write(report->sentence);
    put_address(write, "\n  ", report->pointer);
    put_address(write, ", called from ", report->caller);
    if (report->address && report->address != report->pointer) {
        put_address(write, ", written to at ", report->address);
    }
    put_story(write, report->block_bytes, report->freed_by, report->allocated_by);
    write("\n  it lies in ");
    write(at.sentence);
    if (at.block) {
        put_address(write, ", block ", at.block);
        put_story(write, at.block_bytes, at.freed_by, at.allocated_by);
    }
    write("\n");
}

void obmalloc_explain_print(const void *address, const void *instruction,
                            void (*write)(const char *text)) {
    struct obmalloc_explanation at;
    obmalloc_explain_address(address, &at);
    put_address(write, "access to ", address);
    put_address(write, " by ", instruction);
    write(": ");
    write(at.sentence);
    if (at.block) {
        put_address(write, ", block ", at.block);
        put_story(write, at.block_bytes, at.freed_by, at.allocated_by);
    }
    write("\n");
}
