// SPDX-License-Identifier: MIT
/* An input is a play on pools/. */
#include "host_memory.h"
#include "play.h"

enum { HEAP_BYTES_MAX = 16384 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    static struct play_memory memories[PLAY_HEAP_COUNT];
    if (memories[0].start == NULL) {
        for (unsigned i = 0; i < PLAY_HEAP_COUNT; i++) {
            memories[i] = (struct play_memory){host_memory(HEAP_BYTES_MAX), HEAP_BYTES_MAX};
        }
    }
    struct source source = source_of_input(bytes, count);
    play_pools(&source, memories, UINT32_MAX);
    return 0;
}
