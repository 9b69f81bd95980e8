// SPDX-License-Identifier: MIT
/* Passes on to those who watch in this build; the functions of the others are empty and inline. */
#include "watch/watch.h"

#include "watch/blackbox.h"
#include "watch/record.h"
#include "watch/sites.h"
#include "watch/statistics.h"

static void allocated(enum watch_kind kind, const void *block, size_t alignment_bytes,
                      size_t request_bytes, const void *caller) {
    statistics_allocated(block, alignment_bytes, request_bytes);
    sites_allocated(block, caller);
    record_allocated(kind, block, alignment_bytes, request_bytes, caller);
    blackbox_allocated(kind, block, request_bytes, caller);
}

void *watch_allocated(enum watch_kind kind, void *block, size_t request_bytes, const void *caller) {
    allocated(kind, block, 0, request_bytes, caller);
    return block;
}

void *watch_aligned(void *block, size_t alignment_bytes, size_t request_bytes, const void *caller) {
    allocated(WATCH_MEMALIGN, block, alignment_bytes, request_bytes, caller);
    return block;
}

void watch_freeing(void *block, const void *caller) {
    if (block) {
        statistics_freeing(block);
        sites_freeing(block);
        record_freeing(block, caller);
        blackbox_freeing(block, caller);
    }
}

void watch_resizing(void *block, size_t request_bytes, const void *caller) {
    if (block) {
        statistics_resizing(block);
        sites_resizing(block);
        record_resizing(block);
        blackbox_resizing(block, request_bytes, caller);
    }
}

void *watch_resized(void *old_block, void *result, size_t request_bytes, const void *caller) {
    if (old_block) {
        statistics_resized(old_block, result, request_bytes);
        sites_resized(old_block, result, request_bytes, caller);
        record_resized(old_block, result, request_bytes, caller);
        blackbox_resized(result, request_bytes, caller);
    } else {
        allocated(WATCH_MALLOC, result, 0, request_bytes, caller);
    }
    return result;
}

void watch_forgotten(void *start, void *end) {
    sites_forgotten(start, end);
    record_forgotten(start, end);
}

void watch_misuse(const struct obmalloc_misuse *misuse) {
    blackbox_misuse(misuse);
}

void watch_found(const struct pools_finding *finding) {
    blackbox_found(finding);
}
