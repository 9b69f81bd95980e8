// SPDX-License-Identifier: MIT
#include "guard/block.h"

/* Words of a block, whatever the program keeps there. */
typedef uint32_t __attribute__((may_alias)) word;

static uint32_t turned(uint32_t value, unsigned bits) {
    return value << bits | value >> (32u - bits);
}

static uint32_t check_of(const struct guard_header *header, enum guard_state state) {
    static const uint32_t of_state[] = {
        [GUARD_LIVE] = 0x9E3779B9u, [GUARD_BUSY] = 0x7F4A7C15u, [GUARD_FREED] = 0xC2B2AE35u};
    return of_state[state] ^ (uint32_t)(uintptr_t)header ^ turned(header->lead_bytes, 24) ^
           turned(header->request_bytes, 9) ^ turned((uint32_t)(uintptr_t)header->caller, 17);
}

void guard_seal(void *block, uint32_t lead_bytes, uint32_t request_bytes, const void *caller,
                enum guard_state state) {
    struct guard_header *header = guard_header_of(block);
    *(word *)((uintptr_t)block - lead_bytes) = lead_bytes;
    header->lead_bytes = lead_bytes;
    header->request_bytes = request_bytes;
    header->caller = caller;
    header->check = check_of(header, state);
}

bool guard_is(const void *block, enum guard_state state) {
    const struct guard_header *header = guard_header_of(block);
    return header->check == check_of(header, state);
}

void guard_write_tail(void *block, uint32_t request_bytes) {
    uint8_t *byte = (uint8_t *)block + request_bytes;
    const uint8_t *end = (uint8_t *)block + guard_extent_bytes(request_bytes);
    while (byte != end) {
        *byte++ = GUARD_FORBIDDEN;
    }
}

const void *guard_tail_damage(const void *block) {
    uint32_t request_bytes = guard_header_of(block)->request_bytes;
    const uint8_t *byte = (const uint8_t *)block + request_bytes;
    const uint8_t *end = (const uint8_t *)block + guard_extent_bytes(request_bytes);
    while (byte != end && *byte == GUARD_FORBIDDEN) {
        byte++;
    }
    return byte == end ? NULL : byte;
}

void guard_fill(void *block, uint32_t bytes, uint8_t value) {
    word *at = block;
    const word *end = (word *)((uintptr_t)block + bytes);
    while (at != end) {
        *at++ = value * 0x01010101u;
    }
}

const void *guard_fill_damage(const void *block, uint32_t bytes, uint8_t value) {
    const word *at = block;
    const word *end = (const word *)((uintptr_t)block + bytes);
    while (at != end && *at == value * 0x01010101u) {
        at++;
    }
    if (at == end) {
        return NULL;
    }
    const uint8_t *byte = (const uint8_t *)at;
    while (*byte == value) {
        byte++;
    }
    return byte;
}
