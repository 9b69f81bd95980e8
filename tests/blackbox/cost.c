// SPDX-License-Identifier: MIT
/* What the black box adds to a call: with -icount shift=8. */
#include <stdio.h>
#include <stdlib.h>

#include "board.h"
#include "obmalloc.h"
#include "replay/meter.h"

static void put_count(const char *name, uint32_t count) {
    char line[48];
    snprintf(line, sizeof line, "%s %u\n", name, (unsigned)count);
    board_console_puts(line);
}

int main(void) {
    uintptr_t block = 0, nothing;
    uint32_t malloc_count = 0, free_count = 0;
    if (!meter_start(false)) {
        board_console_puts("no tick\n");
        return 0;
    }
    /* The third call of each finds a ready block, and all of the box in use. */
    for (unsigned i = 0; i < 3; i++) {
        malloc_count = meter_count(METER_FUNCTION(malloc), 24, 0, &block);
        free_count = meter_count(METER_FUNCTION(free), block, 0, &nothing);
    }
    put_count("malloc", malloc_count);
    put_count("free", free_count);
    return 0;
}
