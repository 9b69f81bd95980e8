// SPDX-License-Identifier: MIT
/* Counts what CPython's object allocator hands on to PYMEM_DOMAIN_RAW. */
#include "python.h"

#include "sequence.h"

static struct python_allocator raw;

static void *counted(void *block) {
    sequence_raw_calls++;
    sequence_raw_block = block;
    return block;
}

static void *counting_malloc(void *context, size_t request_bytes) {
    return counted(raw.malloc(context, request_bytes));
}

static void *counting_calloc(void *context, size_t element_count, size_t element_bytes) {
    return counted(raw.calloc(context, element_count, element_bytes));
}

static void *counting_realloc(void *context, void *block, size_t request_bytes) {
    return counted(raw.realloc(context, block, request_bytes));
}

static void counting_free(void *context, void *block) {
    sequence_raw_calls++;
    raw.free(context, block);
}

const struct python_allocator *python_counting(const struct python_allocator *below) {
    static struct python_allocator counting = {NULL, counting_malloc, counting_calloc,
                                               counting_realloc, counting_free};
    raw = *below;
    counting.context = below->context;
    return &counting;
}
