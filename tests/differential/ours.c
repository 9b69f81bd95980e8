// SPDX-License-Identifier: MIT
/* What the port asks of a firmware, on this computer: its C library's allocator, the state after the latch. */
#include "ours.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "libc_block.h"
#include "misuse.h"
#include "pools.h"
#include "private_libc.h"
#include "state.h"

/* So long that it is plenty for every sequence. */
enum { ARENA_BYTES = 8 << 20 };

/* The names that entry.c gets from the build, lest it replace the computer's own. */
void *ours_malloc(size_t request_bytes);
void *ours_calloc(size_t element_count, size_t element_bytes);
void *ours_realloc(void *block, size_t request_bytes);
void ours_free(void *block);

struct pools_heap obmalloc_heap;
struct obmalloc_state obmalloc_state;

static void *raw(void *block) {
    sequence_raw_calls++;
    sequence_raw_block = block;
    return block;
}

void *libc_malloc(size_t request_bytes) {
    return raw(malloc(request_bytes));
}

void *libc_calloc(size_t element_count, size_t element_bytes) {
    return raw(calloc(element_count, element_bytes));
}

void *libc_realloc(void *block, size_t request_bytes) {
    return raw(realloc(block, request_bytes));
}

void libc_free(void *block) {
    sequence_raw_calls++;
    free(block);
}

void *libc_memalign(size_t alignment_bytes, size_t request_bytes) {
    return raw(memalign(alignment_bytes, request_bytes));
}

void *libc_aligned_alloc(size_t alignment_bytes, size_t request_bytes) {
    return raw(memalign(alignment_bytes, request_bytes));
}

int libc_posix_memalign(void **out, size_t alignment_bytes, size_t request_bytes) {
    *out = libc_memalign(alignment_bytes, request_bytes);
    return *out == NULL;
}

size_t libc_malloc_usable_size(void *block) {
    return malloc_usable_size(block);
}

enum pools_status libc_block_status(const void *block, const char *heap_start,
                                    const char *heap_end) {
    (void)block;
    (void)heap_start;
    (void)heap_end;
    return POOLS_OK;
}

void *libc_block_realloc(void *block, size_t request_bytes) {
    return libc_realloc(block, request_bytes);
}

/* No sequence misuses a pointer: its contents would be wrong, or the sums. */
void obmalloc_report_misuse(enum obmalloc_misuse_kind kind, const char *entry_point,
                            const void *pointer, const void *caller) {
    (void)kind;
    (void)entry_point;
    (void)pointer;
    (void)caller;
    abort();
}

enum obmalloc_misuse_kind misuse_kind_of(enum pools_status status) {
    (void)status;
    return OBMALLOC_MISUSE_FOREIGN;
}

void obmalloc_latch(void) {
    abort(); /* it is latched */
}

const struct sequence_allocator *ours_open(void) {
    static const struct sequence_allocator allocator = {ours_malloc, ours_calloc, ours_realloc,
                                                        ours_free};
    static char *arena;
    if (arena == NULL) {
        void *mapped = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
        if (mapped == MAP_FAILED) {
            return NULL;
        }
        arena = mapped;
    }
    memset(&obmalloc_state, 0, sizeof obmalloc_state);
    obmalloc_state.mode = OBMALLOC_POOLS_SERVE;
    obmalloc_state.flag = 1;
    /* What is not the arena's is the C library's, wherever it has it from. */
    obmalloc_state.region.start = NULL;
    obmalloc_state.heap_break = (char *)UINTPTR_MAX;
    return pools_open(&obmalloc_heap, arena, arena + ARENA_BYTES) == POOLS_OK ? &allocator : NULL;
}

int ours_check(void) {
    struct pools_finding finding;
    return (int)pools_check(&obmalloc_heap, &finding);
}
