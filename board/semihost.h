// SPDX-License-Identifier: MIT
/* Arm semihosting: the operations that this project uses, by their numbers in Arm's document. */
#ifndef BOARD_SEMIHOST_H
#define BOARD_SEMIHOST_H

#include <stdint.h>

enum semihost_operation {
    SEMIHOST_OPEN = 0x01,
    SEMIHOST_CLOSE = 0x02,
    SEMIHOST_WRITE = 0x05,
    SEMIHOST_READ = 0x06,
    SEMIHOST_GET_CMDLINE = 0x15,
    SEMIHOST_EXIT_EXTENDED = 0x20
};

/* Modes of SEMIHOST_OPEN, as of fopen. */
enum semihost_mode { SEMIHOST_MODE_RB = 1, SEMIHOST_MODE_W = 4, SEMIHOST_MODE_WB = 5 };

/* Opens as the console. */
#define SEMIHOST_CONSOLE_NAME ":tt"

enum { SEMIHOST_STOPPED_APPLICATION_EXIT = 0x20026 };

/* `block` points to the operation's words. Returns what the host answers. */
static inline int32_t semihost_call(enum semihost_operation operation, const void *block) {
    register uint32_t r0 __asm__("r0") = (uint32_t)operation;
    register const void *r1 __asm__("r1") = block;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return (int32_t)r0;
}

#endif
