// SPDX-License-Identifier: MIT
/* A config word beside the one that counts, as a copy of somebody's constants would have it. */
#include <stdint.h>

extern const uint32_t copied_word[5];
const uint32_t copied_word[5] = {0x434D424F, 0x1A0D4746, 1, 1, 0x2C000000};
const uint32_t *volatile copied_word_use;

__attribute__((constructor)) static void use(void) {
    copied_word_use = copied_word;
}
