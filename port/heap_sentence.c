// SPDX-License-Identifier: MIT
#include "obmalloc_heap.h"

const char *obmalloc_heap_sentence(enum obmalloc_heap_status status) {
    switch (status) {
    case OBMALLOC_HEAP_OK:
        return "it is done";
    case OBMALLOC_HEAP_REVERSED:
        return "the region's end is not above its start, or one of them is NULL";
    case OBMALLOC_HEAP_MISALIGNED:
        return "the region's start or end is no multiple of 8";
    case OBMALLOC_HEAP_TOO_SMALL:
        return "the region is shorter than OBMALLOC_HEAP_BYTES_MIN";
    case OBMALLOC_HEAP_OVERLAPS_MAIN:
        return "the region overlaps the main heap, its arena or the C library's part";
    case OBMALLOC_HEAP_OVERLAPS_HEAP:
        return "the region overlaps that of another heap";
    case OBMALLOC_HEAP_OVERLAPS_STATE:
        return "the region holds variables of the allocator";
    case OBMALLOC_HEAP_OVERLAPS_STACK:
        return "the region holds the stack that is in use";
    case OBMALLOC_HEAP_NOT_RAM:
        return "what is written to the region's first or last word does not stay there";
    case OBMALLOC_HEAP_TOO_MANY:
        return "there are OBMALLOC_HEAP_COUNT_MAX heaps already";
    case OBMALLOC_HEAP_NO_HEAP:
        return "this is no heap, or one that has ended";
    case OBMALLOC_HEAP_IS_MAIN:
        return "the main heap cannot end";
    case OBMALLOC_HEAP_HAS_LIVE_BLOCKS:
        return "the heap has live blocks, so it does not end";
    }
    return "unknown status";
}
