// SPDX-License-Identifier: MIT
/* Passes on to those who watch in this build. */
#include "watch/watch.h"

#ifdef OBMALLOC_WATCH_BLACKBOX
#include "watch/blackbox.h"
#define TO_BLACKBOX(call) blackbox_##call
#else
#define TO_BLACKBOX(call) (void)0
#endif

void *watch_allocated(enum watch_kind kind, void *block, size_t request_bytes, const void *caller) {
    TO_BLACKBOX(allocated(kind, block, request_bytes, caller));
    return block;
}

void watch_freeing(void *block, const void *caller) {
    TO_BLACKBOX(freeing(block, caller));
}

void watch_resizing(void *block, size_t request_bytes, const void *caller) {
    TO_BLACKBOX(resizing(block, request_bytes, caller));
}

void *watch_resized(void *old_block, void *result, size_t request_bytes, const void *caller) {
    TO_BLACKBOX(resized(old_block, result, request_bytes, caller));
    return result;
}

void watch_misuse(const struct obmalloc_misuse *misuse) {
    TO_BLACKBOX(misuse(misuse));
}

void watch_found(const struct pools_finding *finding) {
    TO_BLACKBOX(found(finding));
}
