// SPDX-License-Identifier: MIT
/* Scratch memory of the cases: more than a board has, so that the longest region fits. */
#include "board.h"
#include "coverage/pc/system.h"
#include "exception.h"
#include "harness/test.h"

enum { REGION_ALIGNMENT_BYTES = 256, REGION_BYTES_MAX = 64 << 20 };

static char *region;
static size_t used_bytes;

void *test_region(size_t bytes) {
    if (bytes > REGION_BYTES_MAX - used_bytes) {
        SKIP("the harness does not map that much");
    }
    if (region == NULL) {
        region = pc_map(0x40000000u, REGION_BYTES_MAX);
    }
    char *start = region + used_bytes;
    used_bytes += (bytes + REGION_ALIGNMENT_BYTES - 1) & ~(size_t)(REGION_ALIGNMENT_BYTES - 1);
    return start;
}

size_t test_region_bytes_max(void) {
    return REGION_BYTES_MAX;
}

void test_region_reset(void) {
    used_bytes = 0;
}
