// SPDX-License-Identifier: MIT
/* Vectors, reset, and what newlib and picolibc ask of a system, over semihosting. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "matrix.h"

/* For what the C library alone refers to: under LTO the compiler sees no reference. */
#define USED __attribute__((used))

extern uint32_t data_load[], data_start[], data_end[], bss_start[], bss_end[], stack_top[];
extern void (*const init_array_start[])(void), (*const init_array_end[])(void);

int main(void);
void reset(void);
void _init(void);
void _fini(void);
int getentropy(void *buffer, size_t bytes);
_Noreturn void _exit(int status);

static uint32_t semihost(uint32_t operation, const void *argument) {
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void say(const char *text) {
    (void)semihost(0x04, text);
}

USED _Noreturn void _exit(int status) {
    const uint32_t block[2] = {0x20026, (uint32_t)status};
    for (;;) {
        (void)semihost(0x20, block);
    }
}

#if __has_include(<picolibc.h>)
static int put(char character, FILE *stream) {
    (void)stream;
    (void)semihost(0x03, &character);
    return 0;
}

static FILE console = FDEV_SETUP_STREAM(put, NULL, NULL, _FDEV_SETUP_WRITE);
USED FILE *const stdin = &console;
USED FILE *const stdout = &console;
USED FILE *const stderr = &console;

extern char tls_start[];
void _set_tls(void *storage);
int kill(pid_t process, int signal);
pid_t getpid(void);

static void start_libc(void) {
    _set_tls(tls_start);
}

USED int kill(pid_t process, int signal) {
    (void)process;
    _exit(128 + signal);
}

USED pid_t getpid(void) {
    return 1;
}

/* Where _set_tls thinks that the storage begins behind the thread pointer. */
__asm__(".global __arm32_tls_tcb_offset\n.set __arm32_tls_tcb_offset, 8\n");
#else
int _write(int file, const char *text, int bytes);
int _read(int file, char *text, int bytes);
int _close(int file);
int _fstat(int file, struct stat *status);
int _isatty(int file);
int _lseek(int file, int offset, int whence);
int _kill(int process, int signal);
int _getpid(void);

static void start_libc(void) {
}

USED int _write(int file, const char *text, int bytes) {
    (void)file;
    for (int i = 0; i < bytes; i++) {
        (void)semihost(0x03, &text[i]);
    }
    return bytes;
}

USED int _read(int file, char *text, int bytes) {
    (void)file, (void)text, (void)bytes;
    return 0;
}

USED int _close(int file) {
    (void)file;
    return 0;
}

USED int _fstat(int file, struct stat *status) {
    (void)file;
    status->st_mode = S_IFCHR;
    return 0;
}

USED int _isatty(int file) {
    (void)file;
    return 1;
}

USED int _lseek(int file, int offset, int whence) {
    (void)file, (void)offset, (void)whence;
    return 0;
}

USED int _kill(int process, int signal) {
    (void)process;
    _exit(128 + signal);
}

USED int _getpid(void) {
    return 1;
}
#endif

/* What C++ passes to atexit, and what both libraries call at their ends. */
USED void *__dso_handle;

USED void _init(void) {
}

USED void _fini(void) {
}

/* There is none; newlib's libstdc++ links it for a std::random_device that nobody makes. */
USED int getentropy(void *buffer, size_t bytes) {
    (void)buffer, (void)bytes;
    return -1;
}

void reset(void) {
#ifdef __ARM_FP
    *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20;
    __asm__ volatile("dsb\n isb" ::: "memory");
#endif
    const uint32_t *from = data_load;
    for (volatile uint32_t *to = data_start; to < data_end; to++) {
        *to = *from++;
    }
    for (volatile uint32_t *to = bss_start; to < bss_end; to++) {
        *to = 0;
    }
    start_libc();
    for (void (*const *call)(void) = init_array_start; call < init_array_end; call++) {
        (*call)();
    }
    exit(main());
}

static void fault(void) {
    say("FAULT\n");
    _exit(70);
}

__attribute__((used, section(".vectors"))) static const void *const vectors[16] = {
    stack_top, reset, [2 ... 15] = fault};
