// SPDX-License-Identifier: MIT
#include "workspace.h"

#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "obmalloc.h"

/* Medians are for regions in which the histograms are small change. */
#define BINS_WANT_REGION_BYTES (48u * 1024u)
/* A heap below this serves no trace. */
#define HEAP_BYTES_MIN 1024u

struct workspace workspace;

static void read_damage(void) {
    char digits[11];
    workspace.damage_wanted = board_argument("corrupt=", digits, sizeof digits) != 0;
    workspace.damage_operation = (uint32_t)strtoul(digits, NULL, 10);
}

static const char *prepare(struct obmalloc_region *region) {
    char path[128];
    read_damage();
    if (board_argument("trace=", path, sizeof path) == 0) {
        return "the command line has no word trace=PATH, or a path too long";
    }
    if (!trace_open(&workspace.stream, path)) {
        return workspace.stream.error;
    }

    size_t region_bytes = (size_t)((char *)region->end - (char *)region->start);
    bool with_bins = region_bytes >= BINS_WANT_REGION_BYTES;
    size_t slots_bytes = workspace.stream.slot_count * sizeof(struct player_slot);
    size_t bins_bytes = with_bins ? 2 * METER_BIN_COUNT * sizeof(uint32_t) : 0;
    size_t table_bytes = slots_bytes + bins_bytes;
    if (table_bytes + region->arena_bytes + HEAP_BYTES_MIN > region_bytes) {
        return "the trace has more slots than this board has RAM for";
    }

    char *table = (char *)(((uintptr_t)region->end - table_bytes) & ~(uintptr_t)7);
    memset(table, 0, table_bytes);
    region->end = table;
    workspace.table_bytes = (uint32_t)table_bytes;
    workspace.player.slots = (struct player_slot *)(void *)table;
    workspace.player.slot_count = workspace.stream.slot_count;
    if (with_bins) {
        uint32_t *bins = (uint32_t *)(void *)(table + slots_bytes);
        workspace.player.meters[TRACE_MALLOC].bins = bins;
        workspace.player.meters[TRACE_FREE].bins = bins + METER_BIN_COUNT;
    }
    return NULL;
}

void obmalloc_boot_region(struct obmalloc_region *region) {
    workspace.error = prepare(region);
    workspace.prepared = true;
}
