// SPDX-License-Identifier: MIT
/* Files of the host, for writing, over semihosting. */
#include "coverage/dump.h"
#include "semihost.h"

enum { MODE_WB = 5 };

int dump_open(const char *path) {
    uint32_t length = 0;
    while (path[length] != '\0') {
        length++;
    }
    const uint32_t block[3] = {(uintptr_t)path, MODE_WB, length};
    return (int)semihost_call(SEMIHOST_OPEN, block);
}

_Bool dump_write(int handle, const void *data, size_t bytes) {
    const uint32_t block[3] = {(uint32_t)handle, (uintptr_t)data, bytes};
    return semihost_call(SEMIHOST_WRITE, block) == 0;
}

void dump_close(int handle) {
    const uint32_t block[1] = {(uint32_t)handle};
    (void)semihost_call(SEMIHOST_CLOSE, block);
}
