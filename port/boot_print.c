// SPDX-License-Identifier: MIT
/* The boot report and the ledger as text, without stdio, which would allocate. */
#include "obmalloc_ledger.h"
#include "put.h"

static const char *const source_names[] = {
    [OBMALLOC_FROM_CONFIG_WORD] = "config word",
    [OBMALLOC_FROM_DAMAGED_WORD] = "damaged config word",
    [OBMALLOC_FROM_BOOT_HOOK] = "boot hook",
    [OBMALLOC_FROM_REQUEST] = "request",
    [OBMALLOC_FROM_BLACKBOX] = "black box",
};

static const char *const allocator_names[] = {
    [OBMALLOC_LEDGER_NOBODY] = "nobody",
    [OBMALLOC_LEDGER_POOLS] = "pools",
    [OBMALLOC_LEDGER_LIBC] = "C library",
};

static void put_boot(put_function *write, const struct obmalloc_boot_report *boot) {
    write("use_main_obmalloc = ");
    write(boot->flag ? "1" : "0");
    write(" from the ");
    write(source_names[boot->source]);
    write(boot->latched ? ", latched: " : ", not latched: ");
    write(boot->sentence);
    write("\ndynamic memory ");
    put_address(write, boot->region.start);
    write("..");
    put_address(write, boot->region.end);
    if (boot->arena_state == OBMALLOC_ARENA_OPEN) {
        write(", arena from ");
        put_address(write, boot->arena_start);
    }
    write("\n");
}

static void put_row(put_function *write, uint32_t count, uint32_t bytes, const char *allocator) {
    put_number(write, count, 8);
    put_number(write, bytes, 10);
    write(allocator ? "  " : "");
    write(allocator ? allocator : "");
    write("\n");
}

static void put_entries(put_function *write, const struct obmalloc_ledger *ledger) {
    uint32_t other_count = ledger->block_count;
    uint32_t other_bytes = ledger->bytes;
    write("  caller      blocks     bytes  from\n");
    for (uint32_t i = 0; i < ledger->entry_count; i++) {
        const struct obmalloc_ledger_entry *entry = &ledger->entries[i];
        write("  ");
        put_address(write, entry->caller);
        put_row(write, entry->count, entry->bytes, allocator_names[entry->allocator]);
        if (entry->allocator != OBMALLOC_LEDGER_NOBODY) {
            other_count -= entry->count;
            other_bytes -= entry->bytes;
        }
    }
    if (other_count != 0) {
        write("  others    ");
        put_row(write, other_count, other_bytes, NULL);
    }
}

void obmalloc_boot_print(void (*write)(const char *text)) {
    struct obmalloc_boot_report boot = obmalloc_boot_report();
    const struct obmalloc_ledger *ledger = obmalloc_ledger();
    put_boot(write, &boot);
    write("before main: ");
    put_number(write, ledger->block_count, 0);
    write(" blocks, ");
    put_number(write, ledger->bytes, 0);
    write(" bytes, ");
    put_number(write, ledger->freed_count, 0);
    write(!ledger->has_ended    ? " freed so far\n"
          : ledger->is_complete ? " freed\n"
                                : " freed; there were more calls than are noted\n");
    if (ledger->entry_count != 0) {
        put_entries(write, ledger);
    }
}
