// SPDX-License-Identifier: MIT
/* Scratch memory of the cases on the PC: below 4 GiB, a guard page before and behind. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "harness/test.h"

enum {
    PAGE_BYTES = 4096,
    REGION_ALIGNMENT_BYTES = 256,
    REGION_BYTES_MAX = 64 << 20,
    REGION_COUNT_MAX = 8
};

static struct {
    char *start;
    size_t bytes;
} mappings[REGION_COUNT_MAX];
static size_t mapping_count;

void *test_region(size_t bytes) {
    if (bytes > REGION_BYTES_MAX || mapping_count == REGION_COUNT_MAX) {
        SKIP("the harness does not map that much");
    }
    size_t inner_bytes = (bytes + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
    size_t outer_bytes = inner_bytes + 2 * PAGE_BYTES;
    char *outer =
        mmap(NULL, outer_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    if (outer == MAP_FAILED ||
        mprotect(outer + PAGE_BYTES, inner_bytes, PROT_READ | PROT_WRITE) != 0) {
        perror("test_region: mmap");
        exit(2);
    }
    mappings[mapping_count].start = outer;
    mappings[mapping_count].bytes = outer_bytes;
    mapping_count++;
    /* Its end touches the guard behind it as closely as the alignment allows. */
    size_t rounded_bytes =
        (bytes + REGION_ALIGNMENT_BYTES - 1) & ~(size_t)(REGION_ALIGNMENT_BYTES - 1);
    return outer + PAGE_BYTES + (inner_bytes - rounded_bytes);
}

size_t test_region_bytes_max(void) {
    return REGION_BYTES_MAX;
}

void test_region_reset(void) {
    while (mapping_count > 0) {
        mapping_count--;
        munmap(mappings[mapping_count].start, mappings[mapping_count].bytes);
    }
}
