// SPDX-License-Identifier: MIT
/*
 * The seed article's example as a program, with the value 0: whatever the config word and the board
 * said, the C library serves. It prints what the harness would.
 */
#include <stdlib.h>

#include <Python.h>

#include "board.h"
#include "obmalloc.h"

static int is_as_asked(void) {
    struct obmalloc_boot_report boot = obmalloc_boot_report();
    void *block = malloc(100);
    int owned = obmalloc_owns(block);
    free(block);
    return boot.flag == 0 && boot.source == OBMALLOC_FROM_REQUEST && block != NULL && owned == 0;
}

int main(void) {
    PyInterpreterConfig config = PyInterpreterConfig_DEFAULT;
    config.use_main_obmalloc = 0;
    Py_InitializeFromConfig(&config);

    int passed = is_as_asked();
    board_console_puts(passed ? "ok seed_example_with_0\n"
                              : "FAIL seed_example_with_0: the flag is not in force\n");
    board_console_puts("done\n");
    return !passed;
}
