// SPDX-License-Identifier: MIT
#include "workspace.h"

#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "obmalloc.h"

/* A heap below this serves no trace. */
#define HEAP_BYTES_MIN 1024u

struct workspace workspace;

static const char too_many_slots[] = "the trace has more slots than this board has RAM for";

/* Returns true iff the command line has the word `key`; `value` is then its number. */
static bool read_number(const char *key, uint32_t *value) {
    char digits[11];
    bool found = board_argument(key, digits, sizeof digits) != 0;
    *value = (uint32_t)strtoul(digits, NULL, 10);
    return found;
}

/* Gives region and arena the sizes that the command line wants, or sees that the linker's fit. */
static const char *reshape(struct obmalloc_region *region) {
    uint32_t region_bytes;
    uint32_t arena_bytes;
    bool arena_wanted = read_number("arena_bytes=", &arena_bytes);
    if (arena_wanted) {
        region->arena_bytes = arena_bytes;
    }
    if (!read_number("region_bytes=", &region_bytes)) {
        size_t left_bytes = (size_t)((char *)region->end - (char *)region->start);
        return region->arena_bytes + HEAP_BYTES_MIN > left_bytes ? too_many_slots : NULL;
    }
    uintptr_t start = (uintptr_t)region->start;
    uintptr_t end = (uintptr_t)region->end & ~(uintptr_t)(WORKSPACE_REGION_END_BYTES - 1);
    if (end < start || region_bytes > end - start) {
        return "region_bytes is more than this board has";
    }
    region->start = (void *)(end - region_bytes);
    region->end = (void *)end;
    region->arena_bytes = arena_wanted ? arena_bytes : 0;
    return NULL;
}

static const char *prepare(struct obmalloc_region *region) {
    char path[128];
    uint32_t number;
    workspace.damage_wanted = read_number("corrupt=", &workspace.damage_operation);
    workspace.counts_wanted = read_number("print_counts=", &number) && number != 0;
    workspace.stop_at_failure = read_number("stop_at_failure=", &number) && number != 0;
    (void)read_number("sample_every=", &workspace.sample_every);
    if (board_argument("trace=", path, sizeof path) == 0) {
        return "the command line has no word trace=PATH, or a path too long";
    }
    if (!trace_open(&workspace.stream, path)) {
        return workspace.stream.error;
    }

    size_t region_bytes = (size_t)((char *)region->end - (char *)region->start);
    size_t table_bytes = workspace.stream.slot_count * sizeof(struct player_slot);
    if (table_bytes + HEAP_BYTES_MIN > region_bytes) {
        return too_many_slots;
    }
    char *table = (char *)(((uintptr_t)region->end - table_bytes) & ~(uintptr_t)7);
    memset(table, 0, table_bytes);
    region->end = table;
    workspace.table_bytes = (uint32_t)table_bytes;
    workspace.player.slots = (struct player_slot *)(void *)table;
    workspace.player.slot_count = workspace.stream.slot_count;
    return reshape(region);
}

void obmalloc_boot_region(struct obmalloc_region *region) {
    workspace.error = prepare(region);
    workspace.prepared = true;
}
