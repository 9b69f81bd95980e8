// SPDX-License-Identifier: MIT
#include "pattern.h"

/* Two odd constants: words of one block differ, and so do the first words of different blocks. */
#define SLOT_STEP UINT32_C(0x9E3779B1)
#define WORD_STEP UINT32_C(0x85EBCA77)

static uint32_t first_word(uint32_t slot, uint32_t size_bytes) {
    return (slot + 1) * SLOT_STEP ^ size_bytes * WORD_STEP;
}

/* Blocks are handled as words from their start, which an allocator aligns to 8; the last one to
 * three bytes are the low bytes of the word that would follow. */
void pattern_fill(void *block, uint32_t slot, uint32_t size_bytes) {
    uint32_t *word = block;
    uint32_t value = first_word(slot, size_bytes);
    for (uint32_t left = size_bytes / 4; left != 0; left--) {
        *word++ = value;
        value += WORD_STEP;
    }
    uint8_t *byte = (uint8_t *)word;
    for (uint32_t left = size_bytes % 4; left != 0; left--) {
        *byte++ = (uint8_t)value;
        value >>= 8;
    }
}

uint32_t pattern_check(const void *block, uint32_t slot, uint32_t size_bytes,
                       uint32_t compared_bytes) {
    const uint32_t *word = block;
    uint32_t value = first_word(slot, size_bytes);
    uint32_t offset = 0;
    for (; offset + 4 <= compared_bytes; offset += 4) {
        if (*word++ != value) {
            return offset;
        }
        value += WORD_STEP;
    }
    const uint8_t *byte = (const uint8_t *)word;
    for (; offset < compared_bytes; offset++) {
        if (*byte++ != (uint8_t)value) {
            return offset;
        }
        value >>= 8;
    }
    return PATTERN_SOUND;
}

uint32_t pattern_check_zero(const void *block, uint32_t size_bytes) {
    const uint8_t *byte = block;
    for (uint32_t offset = 0; offset < size_bytes; offset++) {
        if (byte[offset] != 0) {
            return offset;
        }
    }
    return PATTERN_SOUND;
}
