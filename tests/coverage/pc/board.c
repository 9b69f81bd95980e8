// SPDX-License-Identifier: MIT
/*
 * A board that is this computer: console, exit, command line and files by Linux's system calls of x86, 32 bits.
 *
 * 32 bits, because that is what the port is made for: the config word, a heap's addresses and the sizes that
 * are refused are the same here as on a Cortex-M. No C library of this computer is linked.
 */
#include "board.h"

#include <stdlib.h>

#include "coverage/pc/system.h"
#include "exception.h"
#include "obmalloc_ledger.h"
#include "stack.h"

enum {
    CALL_EXIT = 1,
    CALL_READ = 3,
    CALL_WRITE = 4,
    CALL_OPEN = 5,
    CALL_CLOSE = 6,
    CALL_MMAP = 90
};
enum { COMMAND_LINE_BYTES = 512, FILE_MODE = 0644, OPEN_TO_WRITE = 01 | 0100 | 01000 };

const char board_name[] = "pc";
const uint32_t board_tick_mask = UINT32_MAX;

typedef void (*constructor)(void);
extern const constructor __init_array_start[], __init_array_end[];

int main(void);

/* A program may be linked without. */
#pragma weak obmalloc_main_begins
_Noreturn void pc_reset(const uintptr_t *initial_stack);

static char command_line[COMMAND_LINE_BYTES];
static size_t command_line_bytes;

static long system_call(long number, long first, long second, long third) {
    long result;
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(number), "b"(first), "c"(second), "d"(third)
                     : "memory");
    return result;
}

void board_console_write(const char *text, size_t length_bytes) {
    (void)pc_file_write(1, text, length_bytes);
}

void board_console_puts(const char *text) {
    size_t length_bytes = 0;
    while (text[length_bytes] != '\0') {
        length_bytes++;
    }
    board_console_write(text, length_bytes);
}

_Noreturn void board_exit(int status) {
    for (;;) {
        (void)system_call(CALL_EXIT, status, 0, 0);
    }
}

size_t board_command_line(char *buffer, size_t buffer_bytes) {
    bool fits = command_line_bytes < buffer_bytes;
    size_t length = fits ? command_line_bytes : 0;
    for (size_t i = 0; i < length; i++) {
        buffer[i] = command_line[i];
    }
    if (buffer_bytes != 0) {
        buffer[length] = '\0';
    }
    return length;
}

int board_file_open(const char *host_path) {
    long handle = system_call(CALL_OPEN, (long)host_path, 0, 0);
    return handle < 0 ? -1 : (int)handle;
}

int pc_file_create(const char *path) {
    return (int)system_call(CALL_OPEN, (long)path, OPEN_TO_WRITE, FILE_MODE);
}

long pc_file_write(int handle, const void *data, size_t bytes) {
    size_t written = 0;
    while (written < bytes) {
        long step =
            system_call(CALL_WRITE, handle, (long)data + (long)written, (long)(bytes - written));
        if (step <= 0) {
            break;
        }
        written += (size_t)step;
    }
    return (long)written;
}

long board_file_read(int handle, void *buffer, size_t buffer_bytes) {
    long bytes = system_call(CALL_READ, handle, (long)buffer, (long)buffer_bytes);
    return bytes < 0 ? -1 : bytes;
}

void board_file_close(int handle) {
    (void)system_call(CALL_CLOSE, handle, 0, 0);
}

/* No tick tells instructions apart here. */
void board_tick_start(void) {
}

uint32_t board_tick(void) {
    return 0;
}

uint32_t board_tick_period_ps(void) {
    return 0;
}

/* argc, then argv: the words, parted by spaces. */
static void read_words(const uintptr_t *initial_stack) {
    for (uintptr_t i = 1; i < initial_stack[0]; i++) {
        const char *word = (const char *)initial_stack[1 + i];
        for (; *word != '\0' && command_line_bytes + 2 < COMMAND_LINE_BYTES; word++) {
            command_line[command_line_bytes++] = *word;
        }
        command_line[command_line_bytes++] = ' ';
    }
    if (command_line_bytes != 0) {
        command_line_bytes--;
    }
}

void *pc_map(uint32_t address, size_t bytes) {
    enum { READ_WRITE = 1 | 2, FIXED_PRIVATE_ANONYMOUS = 0x10 | 0x02 | 0x20 };
    const uint32_t mapping[] = {address, bytes, READ_WRITE, FIXED_PRIVATE_ANONYMOUS, UINT32_MAX, 0};
    if ((uint32_t)system_call(CALL_MMAP, (long)mapping, 0, 0) != address) {
        board_console_puts("\nFAULT memory cannot be mapped\n");
        board_exit(BOARD_EXCEPTION_STATUS);
    }
    return (void *)address;
}

/* As board/startup.c does it. */
_Noreturn void pc_reset(const uintptr_t *initial_stack) {
    board_stack_mark();
    (void)pc_map(0xE000E000u, 4096); /* Arm's system control space, as RAM */
    read_words(initial_stack);
    obmalloc_boot();
    for (const constructor *call = __init_array_start; call < __init_array_end; call++) {
        (*call)();
    }
    if (obmalloc_main_begins) {
        obmalloc_main_begins();
    }
    exit(main());
}
