// SPDX-License-Identifier: MIT
/* What watches the allocator has its say when the program ends, at exit() or by a fault. The link line puts
 * this in front of board_exit(), by --wrap. */
#include "board.h"
#include "obmalloc_record.h"

#pragma weak obmalloc_record_end

_Noreturn void __real_board_exit(int status);
_Noreturn void __wrap_board_exit(int status);

_Noreturn void __wrap_board_exit(int status) {
    if (obmalloc_record_end) {
        obmalloc_record_end();
    }
    __real_board_exit(status);
}
