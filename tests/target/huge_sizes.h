// SPDX-License-Identifier: MIT
/* Sizes that no heap of a 32-bit machine can hold, around every edge that arithmetic has. */
#ifndef TESTS_TARGET_HUGE_SIZES_H
#define TESTS_TARGET_HUGE_SIZES_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

/* volatile, or GCC warns of what is meant here. */
static const volatile size_t huge_bytes[] = {
    SIZE_MAX,        SIZE_MAX - 1,        SIZE_MAX - 7,         SIZE_MAX - 8, SIZE_MAX - 64,
    (size_t)INT_MAX, (size_t)INT_MAX + 1, (size_t)INT_MAX - 15, 0x7FFFFFF0u};

enum { HUGE_COUNT = sizeof huge_bytes / sizeof huge_bytes[0] };

#endif
