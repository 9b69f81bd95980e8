// SPDX-License-Identifier: MIT
/* An input is a config word; it is whole iff it is one of the two that config_word.h describes, byte for byte. */
#include <stdlib.h>
#include <string.h>

#include "config_word.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    static const uint8_t whole[2][20] = {
        "OBMCFG\r\x1a\x01\0\0\0\0\0\0\0\xff\xff\xff\x2b",
        "OBMCFG\r\x1a\x01\0\0\0\x01\0\0\0\0\0\0\x2c",
    };
    struct obmalloc_config_word word;
    if (count != sizeof word) {
        return 0;
    }
    memcpy(&word, bytes, sizeof word);
    int expected = memcmp(bytes, whole[0], sizeof word) == 0   ? 0
                   : memcmp(bytes, whole[1], sizeof word) == 0 ? 1
                                                               : -1;
    if (obmalloc_config_word_flag(&word) != expected) {
        abort();
    }
    return 0;
}
