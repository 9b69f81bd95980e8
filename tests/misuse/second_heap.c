// SPDX-License-Identifier: MIT
#include "misuse/misuse.h"
#include "obmalloc_heap.h"

static char region[2048] __attribute__((aligned(8)));
static struct obmalloc_heap *heap;

char *second_heap_take(size_t bytes) {
    if (!heap) {
        (void)obmalloc_heap_create(region, region + sizeof region, &heap);
    }
    return heap ? obmalloc_heap_malloc(heap, bytes) : NULL;
}

__attribute__((noinline)) void second_heap_give(void *block) {
    obmalloc_heap_free(heap, block);
    __asm__ volatile("");
}
