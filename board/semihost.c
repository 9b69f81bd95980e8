// SPDX-License-Identifier: MIT
/* Console, exit, command line and files over semihosting. */
#include "semihost.h"

#include <stdbool.h>

#include "board.h"

enum { CONSOLE_TRIES = 10000000 };

static size_t text_length(const char *text) {
    size_t length = 0;
    while (text[length] != '\0') {
        length++;
    }
    return length;
}

static int open_on_host(const char *name, enum semihost_mode mode) {
    const uint32_t block[3] = {(uintptr_t)name, mode, text_length(name)};
    return (int)semihost_call(SEMIHOST_OPEN, block);
}

/* QEMU reads what it is to print by whole pages, and refuses one that begins with memory which an MPU closes:
 * where there may be such (the tier trap), text is copied to where none is. */
#ifdef OBMALLOC_TRAPPED
enum { PIECE_BYTES = 64 };

static const char *readable(const char *text, size_t *length_bytes) {
    static char piece[PIECE_BYTES];
    *length_bytes = *length_bytes < PIECE_BYTES ? *length_bytes : PIECE_BYTES;
    for (size_t i = 0; i < *length_bytes; i++) {
        piece[i] = text[i];
    }
    return piece;
}
#else
static const char *readable(const char *text, const size_t *length_bytes) {
    (void)length_bytes;
    return text;
}
#endif

/* A host whose reader is slow takes a part of the text, or nothing at this time, and answers how
 * much it left. One that takes nothing however often it is asked is given up. */
void board_console_write(const char *text, size_t length_bytes) {
    static bool open;
    static uint32_t handle;
    if (!open) {
        handle = (uint32_t)open_on_host(SEMIHOST_CONSOLE_NAME, SEMIHOST_MODE_W);
        open = true;
    }
    uint32_t tries_left = CONSOLE_TRIES;
    while (length_bytes != 0 && tries_left-- != 0) {
        size_t piece_bytes = length_bytes;
        const char *piece = readable(text, &piece_bytes);
        const uint32_t block[3] = {handle, (uintptr_t)piece, piece_bytes};
        uint32_t left_bytes = (uint32_t)semihost_call(SEMIHOST_WRITE, block);
        if (left_bytes < piece_bytes) {
            text += piece_bytes - left_bytes;
            length_bytes -= piece_bytes - left_bytes;
            tries_left = CONSOLE_TRIES;
        }
    }
}

void board_console_puts(const char *text) {
    board_console_write(text, text_length(text));
}

_Noreturn void board_exit(int status) {
    const uint32_t block[2] = {SEMIHOST_STOPPED_APPLICATION_EXIT, (uint32_t)status};
    for (;;) {
        (void)semihost_call(SEMIHOST_EXIT_EXTENDED, block);
    }
}

size_t board_command_line(char *buffer, size_t buffer_bytes) {
    uint32_t block[2] = {(uintptr_t)buffer, buffer_bytes};
    if (buffer_bytes == 0) {
        return 0;
    }
    if (semihost_call(SEMIHOST_GET_CMDLINE, block) != 0 || block[1] >= buffer_bytes) {
        buffer[0] = '\0';
        return 0;
    }
    buffer[block[1]] = '\0';
    return block[1];
}

int board_file_open(const char *host_path) {
    return open_on_host(host_path, SEMIHOST_MODE_RB);
}

long board_file_read(int handle, void *buffer, size_t buffer_bytes) {
    const uint32_t block[3] = {(uint32_t)handle, (uintptr_t)buffer, buffer_bytes};
    int32_t missing_bytes = semihost_call(SEMIHOST_READ, block);
    if (missing_bytes < 0 || (size_t)missing_bytes > buffer_bytes) {
        return -1;
    }
    return (long)(buffer_bytes - (size_t)missing_bytes);
}

void board_file_close(int handle) {
    const uint32_t block[1] = {(uint32_t)handle};
    (void)semihost_call(SEMIHOST_CLOSE, block);
}
