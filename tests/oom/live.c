// SPDX-License-Identifier: MIT
#include "oom/live.h"

#include <stddef.h>

#include "libc_reserve.h"

int32_t live_firmware_blocks;
uint32_t live_libc_blocks;
static const void *of_libc[LIVE_LIBC_MAX];

void live_taken_by_firmware(const void *block) {
    live_firmware_blocks += block != NULL;
}

void live_taken_by_libc(const void *block) {
    if (block != NULL && live_libc_blocks < LIVE_LIBC_MAX) {
        of_libc[live_libc_blocks++] = block;
    } else {
        live_taken_by_firmware(block);
    }
}

bool live_may_be(const void *block) {
    (void)block;
    return true; /* who frees what is no block has lost */
}

/* Those stand behind what counts here. */
static bool is_of_reserve(const char *block) {
    return obmalloc_libc_reserve_bytes != 0 && block >= obmalloc_libc_reserve &&
           block < obmalloc_libc_reserve + obmalloc_libc_reserve_bytes;
}

void live_given(const void *block) {
    if (block == NULL || is_of_reserve(block)) {
        return;
    }
    for (uint32_t i = 0; i < live_libc_blocks; i++) {
        if (of_libc[i] == block) {
            of_libc[i] = of_libc[--live_libc_blocks];
            return;
        }
    }
    live_firmware_blocks--;
}
