// SPDX-License-Identifier: MIT
/* An allocator of the firmware's author: blocks of one size, each without a header. */
#ifndef TESTS_AUDIT_OWN_HEAP_H
#define TESTS_AUDIT_OWN_HEAP_H

#include <stdbool.h>
#include <stddef.h>

enum { OWN_BLOCK_BYTES = 64, OWN_BLOCK_COUNT = 32 };

/* Returns a block of OWN_BLOCK_BYTES, or NULL. */
void *own_take(size_t bytes);
void own_give(void *block);
bool own_has(const void *block);

#endif
