/* SPDX-License-Identifier: MIT */
/* Clock, UART and system calls of the STM32F405, none of them this repository's. */
#include <errno.h>
#include <stdint.h>
#include <sys/stat.h>

#define SCB_CPACR   (*(volatile uint32_t *)0xE000ED88UL)
#define USART1_SR   (*(volatile uint32_t *)0x40011000UL)
#define USART1_DR   (*(volatile uint32_t *)0x40011004UL)
#define USART1_CR1  (*(volatile uint32_t *)0x4001100CUL)
#define USART_TXE   (1UL << 7)
#define USART_UE_TE ((1UL << 13) | (1UL << 3))

void SystemInit(void) {
    SCB_CPACR |= (3UL << 20) | (3UL << 22);
    __asm__ volatile("dsb\n isb" ::: "memory");
    USART1_CR1 = USART_UE_TE;
}

int _write(int file, char *ptr, int len) {
    (void)file;
    for (int i = 0; i < len; i++) {
        while ((USART1_SR & USART_TXE) == 0) {
        }
        USART1_DR = (uint8_t)ptr[i];
    }
    return len;
}

/* Semihosting, for the exit alone. */
void _exit(int status) {
    uint32_t block[2] = {0x20026, (uint32_t)status};
    register uint32_t r0 __asm__("r0") = 0x20;
    register void *r1 __asm__("r1") = block;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    for (;;) {
    }
}

int _read(int file, char *ptr, int len) {
    (void)file, (void)ptr, (void)len;
    return 0;
}

int _close(int file) {
    (void)file;
    return -1;
}

int _fstat(int file, struct stat *st) {
    (void)file;
    st->st_mode = S_IFCHR;
    return 0;
}

int _isatty(int file) {
    (void)file;
    return 1;
}

int _lseek(int file, int ptr, int dir) {
    (void)file, (void)ptr, (void)dir;
    return 0;
}

int _getpid(void) {
    return 1;
}

int _kill(int pid, int sig) {
    (void)pid;
    _exit(128 + sig);
    return -1;
}
