// SPDX-License-Identifier: MIT
/* What watches the allocator has its say when the program ends, at exit() or by a fault. The link line puts
 * this in front of board_exit(), by --wrap. */
#include "board.h"
#include "obmalloc_record.h"
#include "obmalloc_sites.h"

#pragma weak obmalloc_record_end
#pragma weak obmalloc_sites_print

_Noreturn void __real_board_exit(int status);
_Noreturn void __wrap_board_exit(int status);

/* The word sites=1 of the command line asks for it. */
static void print_sites(void) {
    char wanted[2];
    if (obmalloc_sites_print && board_argument("sites=", wanted, sizeof wanted) != 0 &&
        wanted[0] == '1') {
        board_console_puts("\n");
        obmalloc_sites_print(board_console_puts);
    }
}

_Noreturn void __wrap_board_exit(int status) {
    print_sites();
    if (obmalloc_record_end) {
        obmalloc_record_end();
    }
    __real_board_exit(status);
}
