// SPDX-License-Identifier: MIT
/* Prints addresses, as many as there are, in lines `hits ADDRESS ADDRESS ...` of hexadecimal numbers. */
#ifndef TESTS_LOCK_HITS_H
#define TESTS_LOCK_HITS_H

#include <stdint.h>

void hits_add(uint32_t address);

/* Prints what is still to be printed. */
void hits_end(void);

#endif
