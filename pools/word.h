// SPDX-License-Identifier: MIT
/*
 * Memory as 32-bit words at 32-bit addresses. The blocks belong to the program whenever they are
 * live, so these accesses must be allowed to alias anything.
 */
#ifndef POOLS_WORD_H
#define POOLS_WORD_H

#include <stdint.h>

/* Inlined for speed, but not where the build wants a small image. */
#ifdef __OPTIMIZE_SIZE__
#define POOLS_INLINE __attribute__((unused))
/* What a header defines is there once, in small.c. */
#define POOLS_IN_HEADER inline __attribute__((cold))
#else
#define POOLS_IN_HEADER static inline
#define POOLS_INLINE    inline __attribute__((always_inline))
#endif

typedef uint32_t __attribute__((may_alias)) pools_word;
typedef uint16_t __attribute__((may_alias)) pools_half;
typedef uint8_t __attribute__((may_alias)) pools_byte;

static inline pools_word *word_at(uint32_t address) {
    return (pools_word *)(uintptr_t)address;
}

static inline pools_half *half_at(uint32_t address) {
    return (pools_half *)(uintptr_t)address;
}

static inline pools_byte *byte_at(uint32_t address) {
    return (pools_byte *)(uintptr_t)address;
}

#endif
