// SPDX-License-Identifier: MIT
/* newlib's system calls: the console for reading and writing, no files. */
#include <errno.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "board.h"
#include "exception.h"

/* The library's reentrant layer carries this plain variable into the caller's own errno. */
#undef errno
extern int errno;

int _write(int file, const char *text, int length_bytes);
int _read(int file, char *buffer, int buffer_bytes);
int _close(int file);
int _fstat(int file, struct stat *status);
int _isatty(int file);
off_t _lseek(int file, off_t offset, int whence);
int _kill(pid_t process, int signal);
pid_t _getpid(void);

static int is_console(int file) {
    if (file < 0 || file > 2) {
        errno = EBADF;
        return 0;
    }
    return 1;
}

int _write(int file, const char *text, int length_bytes) {
    if (!is_console(file)) {
        return -1;
    }
    board_console_write(text, (size_t)length_bytes);
    return length_bytes;
}

/* Nobody types: always the end of the file. */
// NOLINTNEXTLINE(readability-non-const-parameter): the signature is newlib's
int _read(int file, char *buffer, int buffer_bytes) {
    (void)buffer;
    (void)buffer_bytes;
    return is_console(file) ? 0 : -1;
}

int _close(int file) {
    return is_console(file) ? 0 : -1;
}

int _fstat(int file, struct stat *status) {
    if (!is_console(file)) {
        return -1;
    }
    status->st_mode = S_IFCHR;
    return 0;
}

int _isatty(int file) {
    return is_console(file);
}

off_t _lseek(int file, off_t offset, int whence) {
    (void)offset;
    (void)whence;
    if (is_console(file)) {
        errno = ESPIPE;
    }
    return -1;
}

/* abort() raises a signal on the only process: the program ends as a shell would say it. */
int _kill(pid_t process, int signal) {
    (void)process;
    board_console_puts("\nFAULT signal raised, abort() or raise()\n");
    board_exit(128 + signal);
}

pid_t _getpid(void) {
    return 1;
}
