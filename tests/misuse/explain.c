// SPDX-License-Identifier: MIT
/* What the fault handler says of an address, where the port is linked. */
#include "explain.h"
#include "board.h"
#include "exception.h"

void board_exception_explain(uint32_t address, uint32_t pc) {
    obmalloc_explain_print((const void *)(uintptr_t)address, (const void *)(uintptr_t)pc,
                           board_console_puts);
}
