// SPDX-License-Identifier: MIT
/* Passes on to those who watch in this build. */
#include "watch/watch.h"

void *watch_allocated(enum watch_kind kind, void *block, size_t request_bytes, const void *caller) {
    (void)kind;
    (void)request_bytes;
    (void)caller;
    return block;
}

void watch_freeing(void *block, const void *caller) {
    (void)block;
    (void)caller;
}

void watch_resizing(void *block, size_t request_bytes, const void *caller) {
    (void)block;
    (void)request_bytes;
    (void)caller;
}

void *watch_resized(void *old_block, void *result, size_t request_bytes, const void *caller) {
    (void)old_block;
    (void)request_bytes;
    (void)caller;
    return result;
}
