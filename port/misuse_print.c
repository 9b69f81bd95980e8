// SPDX-License-Identifier: MIT
/* A report of misuse as text, without stdio, which would allocate. */
#include "explain.h"
#include "put.h"

static void put_place(put_function *write, const char *before, const void *address) {
    write(before);
    put_address(write, address);
}

static void put_story(put_function *write, size_t block_bytes, const void *freed_by,
                      const void *allocated_by) {
    if (block_bytes != 0) {
        write(", ");
        put_number(write, (uint32_t)block_bytes, 0);
        write(" bytes");
    }
    if (allocated_by) {
        put_place(write, ", allocated from ", allocated_by);
    }
    if (freed_by) {
        put_place(write, ", freed from ", freed_by);
    }
}

void obmalloc_misuse_print(const struct obmalloc_misuse *report, void (*write)(const char *text)) {
    struct obmalloc_explanation at;
    obmalloc_explain_address(report->pointer, &at);
    write(report->entry_point);
    write(": ");
    write(report->sentence);
    put_place(write, "\n  ", report->pointer);
    put_place(write, ", called from ", report->caller);
    if (report->address && report->address != report->pointer) {
        put_place(write, ", written to at ", report->address);
    }
    put_story(write, report->block_bytes, report->freed_by, report->allocated_by);
    write("\n  it lies in ");
    write(at.sentence);
    if (at.block) {
        put_place(write, ", block ", at.block);
        put_story(write, at.block_bytes, at.freed_by, at.allocated_by);
    }
    write("\n");
}

void obmalloc_explain_print(const void *address, const void *instruction,
                            void (*write)(const char *text)) {
    struct obmalloc_explanation at;
    obmalloc_explain_address(address, &at);
    put_place(write, "access to ", address);
    put_place(write, " by ", instruction);
    write(": ");
    write(at.sentence);
    if (at.block) {
        put_place(write, ", block ", at.block);
        put_story(write, at.block_bytes, at.freed_by, at.allocated_by);
    }
    write("\n");
}
