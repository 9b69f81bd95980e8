// SPDX-License-Identifier: MIT
/* The last run as text. */
#include "obmalloc_blackbox.h"
#include "put.h"

static const char *const ends[] = {
    [OBMALLOC_BLACKBOX_NONE] = "no record of an earlier run",
    [OBMALLOC_BLACKBOX_DAMAGED] = "the record of the last run is damaged",
    [OBMALLOC_BLACKBOX_ENDED] = "the last run ended as meant",
    [OBMALLOC_BLACKBOX_FAULTED] = "the last run ended with a fault",
    [OBMALLOC_BLACKBOX_STOPPED] = "the last run stopped without a word, by a watchdog or a reset",
};

static const char *const kinds[] = {
    [OBMALLOC_BLACKBOX_MALLOC] = "malloc  ",   [OBMALLOC_BLACKBOX_CALLOC] = "calloc  ",
    [OBMALLOC_BLACKBOX_MEMALIGN] = "memalign", [OBMALLOC_BLACKBOX_REALLOC] = "realloc ",
    [OBMALLOC_BLACKBOX_FREE] = "free    ",     [OBMALLOC_BLACKBOX_REALLOC_FROM] = "  old   ",
};

static void put_value(put_function *write, const char *name, uint32_t value) {
    write(name);
    put_number(write, value, 0);
}

static void put_place(put_function *write, const char *name, uint32_t address) {
    write(name);
    put_address(write, (const void *)(uintptr_t)address);
}

static void put_event(put_function *write, const char *name,
                      const struct obmalloc_blackbox_event *event) {
    if (!event->happened) {
        return;
    }
    write(name);
    if (!event->is_readable) {
        write("its record is damaged\n");
        return;
    }
    write(event->text);
    if (event->pointer != 0) {
        put_place(write, ", ", event->pointer);
    }
    put_value(write, ", after operation ", event->number);
    if (event->caller != 0) {
        put_place(write, "\n           from ", event->caller);
    }
    write("\n");
}

static void put_account(put_function *write, const struct obmalloc_blackbox_account *account) {
    put_value(write, "  ", account->operations);
    put_value(write, " operations, ", account->live_blocks);
    put_value(write, " blocks live, ", account->failures);
    put_value(write, " failures, ", account->misuses);
    write(" calls refused\n");
    if (account->arena_start != 0) {
        put_place(write, "  arena ", account->arena_start);
        put_place(write, "..", account->arena_end);
        put_place(write, ", in use up to ", account->arena_top);
        put_value(write, "; ", account->arena_chunks);
        put_value(write, " chunks, a free one of ", account->largest_bytes);
        write(" bytes\n");
    }
    put_value(write, "  C library's heap ", account->libc_bytes);
    write(" bytes\n");
}

static void put_operations(put_function *write, const struct obmalloc_blackbox_report *report) {
    for (uint32_t i = report->operation_count; i-- != 0;) {
        const struct obmalloc_blackbox_operation *operation = &report->operations[i];
        write("  ");
        put_number(write, operation->number, 10);
        write(" ");
        write(operation->kind <= OBMALLOC_BLACKBOX_REALLOC_FROM ? kinds[operation->kind]
                                                                : "?       ");
        if (operation->bytes < OBMALLOC_BLACKBOX_BYTES_MAX) {
            put_number(write, operation->bytes, 8);
        } else {
            write("    huge");
        }
        put_place(write, " ", operation->pointer);
        put_place(write, " from ", operation->caller);
        write("\n");
    }
}

void obmalloc_blackbox_print(put_function *write) {
    struct obmalloc_blackbox_report report;
    obmalloc_blackbox_last(&report);
    put_value(write, "black box: boot ", report.boots);
    write(", ");
    write(ends[report.end]);
    if (report.faults_in_a_row != 0) {
        put_value(write, ", fault ", report.faults_in_a_row);
        write(" in a row");
    }
    write("\n");
    if (report.end < OBMALLOC_BLACKBOX_ENDED) {
        return;
    }
    if (report.is_other_image) {
        write("  it was another image: its ELF file has the names of the callers\n");
    }
    put_event(write, "  fault:   ", &report.fault);
    put_event(write, "  damage:  ", &report.damage);
    if (report.account_is_readable) {
        put_account(write, &report.account);
        put_operations(write, &report);
    }
}
