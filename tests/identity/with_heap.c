// SPDX-License-Identifier: MIT
/* A heap in another RAM of the board, with live blocks: every call of the program goes the longer way. */
#include <stdlib.h>

#include "obmalloc_heap.h"

extern char psram_heap_start[], psram_heap_end[];

__attribute__((constructor)) static void make_heap(void) {
    struct obmalloc_heap *heap;
    if (obmalloc_heap_create(psram_heap_start, psram_heap_end, &heap) != OBMALLOC_HEAP_OK ||
        obmalloc_heap_malloc(heap, 100) == NULL || obmalloc_heap_malloc(heap, 10000) == NULL) {
        abort();
    }
    free(obmalloc_heap_malloc(heap, 24));
}
