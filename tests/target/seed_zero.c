// SPDX-License-Identifier: MIT
/*
 * The seed article's example as a program, with the value 0: whatever the config word and the board
 * said, the C library serves. It prints what the harness would.
 */
#include <stdlib.h>

#include <Python.h>

#include "board.h"
#include "obmalloc.h"

/* Returns what is wrong, NULL if nothing is. */
static const char *complaint(void) {
    struct obmalloc_boot_report boot = obmalloc_boot_report();
    void *block = malloc(100);
    if (block == NULL) {
        return "not enough memory";
    }
    int owned = obmalloc_owns(block);
    free(block);
    return boot.flag == 0 && boot.source == OBMALLOC_FROM_REQUEST && owned == 0
               ? NULL
               : "the flag is not in force";
}

int main(void) {
    PyInterpreterConfig config = PyInterpreterConfig_DEFAULT;
    config.use_main_obmalloc = 0;
    Py_InitializeFromConfig(&config);

    const char *wrong = complaint();
    board_console_puts(wrong ? "FAIL seed_example_with_0: " : "ok seed_example_with_0");
    board_console_puts(wrong ? wrong : "");
    board_console_puts("\ndone\n");
    return wrong != NULL;
}
