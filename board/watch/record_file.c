// SPDX-License-Identifier: MIT
/* Recordings go to the host's file that the word record=PATH of the command line names; without it they stay
 * in RAM. */
#include "board.h"
#include "obmalloc_record.h"
#include "semihost.h"

enum { PATH_BYTES = 200, NOT_OPENED = -2 };

static int open_file(void) {
    char path[PATH_BYTES];
    size_t length_bytes = board_argument("record=", path, sizeof path);
    if (length_bytes == 0) {
        return -1;
    }
    const uint32_t block[3] = {(uintptr_t)path, SEMIHOST_MODE_WB, length_bytes};
    int handle = (int)semihost_call(SEMIHOST_OPEN, block);
    if (handle < 0) {
        board_console_puts("\nthe host cannot open the file of record=\n");
    }
    return handle;
}

bool obmalloc_record_write(const void *bytes, size_t byte_count) {
    static int handle = NOT_OPENED;
    if (handle == NOT_OPENED) {
        handle = open_file();
    }
    if (handle < 0) {
        return false;
    }
    const uint32_t block[3] = {(uint32_t)handle, (uintptr_t)bytes, byte_count};
    return semihost_call(SEMIHOST_WRITE, block) == 0;
}
