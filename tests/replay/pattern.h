// SPDX-License-Identifier: MIT
/*
 * The contents that a replay gives its blocks, so that a block which overlaps another, moves
 * without its contents or is written by the allocator is noticed.
 */
#ifndef TESTS_REPLAY_PATTERN_H
#define TESTS_REPLAY_PATTERN_H

#include <stddef.h>
#include <stdint.h>

#define PATTERN_SOUND UINT32_MAX

/* Fills [block, block + size_bytes). The contents depend on the slot and on the size, so no two
 * live blocks agree. */
void pattern_fill(void *block, uint32_t slot, uint32_t size_bytes);

/* Compares the first `compared_bytes` of a block that was filled for (slot, size_bytes).
 * Returns PATTERN_SOUND iff they are as filled, else the offset of the first word that differs. */
uint32_t pattern_check(const void *block, uint32_t slot, uint32_t size_bytes,
                       uint32_t compared_bytes);

/* Returns PATTERN_SOUND iff [block, block + size_bytes) is zero, else the offset of a byte that
 * is not. */
uint32_t pattern_check_zero(const void *block, uint32_t size_bytes);

#endif
