// SPDX-License-Identifier: MIT
/*
 * A life on a board. Words of the command line: traces=FOLDER of the host, seed=N, samples=N, operations=N of each
 * sample, leak_runs=N.
 */
#include <stdarg.h>
#include <stdlib.h>

#include "board.h"
#include "harness/board_text.h"
#include "obmalloc.h"
#include "soak.h"

/* Begins at a page, as on the PC: then blocks lie as they do there. */
__attribute__((section(".noinit"), aligned(4096))) static char arena[SOAK_ARENA_BYTES];

void obmalloc_boot_region(struct obmalloc_region *region) {
    *region = (struct obmalloc_region){.start = arena, .end = arena + sizeof arena};
}

void soak_print(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    text_print_list(format, arguments);
    va_end(arguments);
}

static uint32_t number_of(const char *key) {
    char digits[11];
    return board_argument(key, digits, sizeof digits) != 0 ? (uint32_t)strtoul(digits, NULL, 10)
                                                           : 0;
}

int main(void) {
    static char folder[160];
    board_argument("traces=", folder, sizeof folder);
    free(malloc(1)); /* latched before the arena is asked for */
    return soak(&(struct soak_wish){folder, number_of("seed="), number_of("samples="),
                                    number_of("operations="), number_of("leak_runs=")});
}
