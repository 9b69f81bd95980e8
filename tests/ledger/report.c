// SPDX-License-Identifier: MIT
#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "harness/board_text.h"
#include "obmalloc_ledger.h"

static uint32_t live_blocks(void) {
    struct obmalloc_statistics now;
    obmalloc_statistics(&now);
    return now.arena_used_blocks + now.libc_used_blocks;
}

void report_ledger(void) {
    struct pools_finding finding;
    struct obmalloc_ledger before = *obmalloc_ledger();
    obmalloc_boot_print(board_console_puts);
    text_print("check live %u\n", (unsigned)live_blocks());
    void *block = malloc(24);
    block = realloc(block, 40);
    free(block);
    text_print("check unchanged %d\n", memcmp(&before, obmalloc_ledger(), sizeof before) == 0);
    text_print("check sound %d\n", obmalloc_check(&finding) == POOLS_OK);
    text_print("check bytes %u of %u\n", (unsigned)sizeof before + 24u, OBMALLOC_LEDGER_BYTES_MAX);
}
