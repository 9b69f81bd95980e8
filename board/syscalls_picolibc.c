// SPDX-License-Identifier: MIT
/* picolibc's system calls: the console as stdin, stdout and stderr, no files; one thread. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

#include "board.h"

int kill(pid_t process, int signal);

static int put(char character, FILE *stream) {
    (void)stream;
    board_console_write(&character, 1);
    return (unsigned char)character;
}

/* Nobody types: always the end of the file. */
static int get(FILE *stream) {
    (void)stream;
    return _FDEV_EOF;
}

// NOLINTNEXTLINE(cert-fio38-c,misc-non-copyable-objects): picolibc's way to make one
static FILE console = FDEV_SETUP_STREAM(put, get, NULL, _FDEV_SETUP_RW);
FILE *const stdin = &console;
FILE *const stdout = &console;
FILE *const stderr = &console;

/* abort() raises a signal on the only process: the program ends as a shell would say it. */
int kill(pid_t process, int signal) {
    (void)process;
    board_console_puts("\nFAULT signal raised, abort() or raise()\n");
    board_exit(128 + signal);
}

pid_t getpid(void) {
    return 1;
}

/* The library's own needs to be told where the storage is, by the start-up code of each thread. The
 * processor's ABI puts 8 bytes between the address and the storage, and lets this function change
 * no register but r0. */
extern char __tls_start[];
void *__aeabi_read_tp(void);

__attribute__((naked, used)) void *__aeabi_read_tp(void) {
    __asm__("ldr r0, =__tls_start - 8\n"
            "bx lr");
}
