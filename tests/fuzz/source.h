// SPDX-License-Identifier: MIT
/* Where a play takes its decisions from: the bytes of a fuzzer's input, or a seed. */
#ifndef TESTS_FUZZ_SOURCE_H
#define TESTS_FUZZ_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source {
    const uint8_t *next; /* an input up to end; NULL = a stream of random bytes without end */
    const uint8_t *end;
    uint32_t random; /* of the stream, not 0 */
};

static inline struct source source_of_input(const uint8_t *bytes, size_t count) {
    return (struct source){.next = bytes, .end = bytes + count};
}

/* Seeds next to one another shall not begin alike. */
static inline struct source source_of_seed(uint32_t seed) {
    return (struct source){.random = (seed + 1u) * UINT32_C(2654435761) | 1u};
}

static inline bool source_is_over(const struct source *source) {
    return source->next != NULL && source->next == source->end;
}

/* Returns 0..255; 0 behind the end of an input. */
static inline uint32_t source_byte(struct source *source) {
    if (source->next != NULL) {
        return source->next == source->end ? 0 : *source->next++;
    }
    uint32_t x = source->random; /* xorshift */
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    source->random = x;
    return x >> 24;
}

/* Returns 0..65535. */
static inline uint32_t source_pair(struct source *source) {
    uint32_t low = source_byte(source);
    return low | source_byte(source) << 8;
}

/* Returns 0..limit - 1, by one byte up to 256, else by two; limit: 1..65536. */
static inline uint32_t source_below(struct source *source, uint32_t limit) {
    return (limit <= 256u ? source_byte(source) : source_pair(source)) % limit;
}

#endif
