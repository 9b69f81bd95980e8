// SPDX-License-Identifier: MIT
/* Where the heap of the program lies, whoever has it. */
#ifndef TESTS_BAD_ALLOC_RAM_H
#define TESTS_BAD_ALLOC_RAM_H

#include <stdint.h>

struct ram {
    uintptr_t start, end;
};

/* The dynamic region: the linker's, or with the word ram=high 64 KiB at 0x80000000. */
struct ram ram_of_heap(void);

#endif
