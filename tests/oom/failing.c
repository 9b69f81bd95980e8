// SPDX-License-Identifier: MIT
/*
 * Stands between a program and the allocator, by the linker's --wrap, and refuses what the plan says. The
 * public names are the firmware's, newlib's reentrant layer is the library's own; nano's rand, localtime,
 * strtok and printf of floating point ask for their state by malloc, and count with the firmware.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "oom/live.h"
#include "oom/plan.h"

void *__real_malloc(size_t bytes);
void __real_free(void *block);

/* ---- all memory taken ------------------------------------------------------------------------ */

struct hoarded {
    struct hoarded *next;
};

/* Largest first, down to what no block is smaller than. */
static struct hoarded *hoard_all(void) {
    struct hoarded *hoard = NULL;
    for (size_t bytes = (size_t)1 << 20; bytes >= sizeof(struct hoarded); bytes /= 2) {
        for (;;) {
            struct hoarded *block = __real_malloc(bytes);
            if (block == NULL) {
                break;
            }
            block->next = hoard;
            hoard = block;
        }
    }
    return hoard;
}

static void give_hoard(struct hoarded *hoard) {
    while (hoard != NULL) {
        struct hoarded *next = hoard->next;
        __real_free(hoard);
        hoard = next;
    }
}

/* ---- what the wrappers share ----------------------------------------------------------------- */

typedef uintptr_t request(uintptr_t first, uintptr_t second, uintptr_t third);
#define REQUEST(function) ((request *)(uintptr_t)(function))

/* The call, or 0 with ENOMEM. */
static uintptr_t planned(enum plan_side side, request *call, uintptr_t first, uintptr_t second,
                         uintptr_t third) {
    enum plan_verdict verdict = plan_next(side);
    if (verdict == PLAN_REFUSE) {
        errno = ENOMEM;
        return 0;
    }
    int errno_before = errno;
    struct hoarded *hoard = verdict == PLAN_SERVE_WHILE_FULL ? hoard_all() : NULL;
    errno = errno_before;
    uintptr_t result = call(first, second, third);
    errno_before = errno;
    give_hoard(hoard);
    errno = errno_before;
    return result;
}

static void *taken(enum plan_side side, uintptr_t block) {
    if (side == PLAN_LIBC) {
        live_taken_by_libc((void *)block);
    } else {
        live_taken_by_firmware((void *)block);
    }
    return (void *)block;
}

/* A block that moves belongs to who asks for it. A size of 0 is no request: nano frees then. */
static void *resized(enum plan_side side, request *call, uintptr_t first, uintptr_t second,
                     uintptr_t third) {
    bool of_libc = side == PLAN_LIBC;
    void *old_block = (void *)(of_libc ? second : first);
    size_t bytes = of_libc ? third : second;
    uintptr_t block = bytes == 0 && old_block != NULL ? call(first, second, third)
                                                      : planned(side, call, first, second, third);
    if (block != 0 || bytes == 0) {
        live_given(old_block);
    }
    return taken(side, block);
}

/* ---- the public names ------------------------------------------------------------------------ */

void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *block, size_t bytes);
void *__real_memalign(size_t alignment, size_t bytes);
void *__real_aligned_alloc(size_t alignment, size_t bytes);
int __real_posix_memalign(void **out, size_t alignment, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *block, size_t bytes);
void *__wrap_memalign(size_t alignment, size_t bytes);
void *__wrap_aligned_alloc(size_t alignment, size_t bytes);
int __wrap_posix_memalign(void **out, size_t alignment, size_t bytes);
void __wrap_free(void *block);

void *__wrap_malloc(size_t bytes) {
    return taken(PLAN_FIRMWARE, planned(PLAN_FIRMWARE, REQUEST(__real_malloc), bytes, 0, 0));
}

void *__wrap_calloc(size_t count, size_t bytes) {
    return taken(PLAN_FIRMWARE, planned(PLAN_FIRMWARE, REQUEST(__real_calloc), count, bytes, 0));
}

void *__wrap_realloc(void *block, size_t bytes) {
    return resized(PLAN_FIRMWARE, REQUEST(__real_realloc), (uintptr_t)block, bytes, 0);
}

void *__wrap_memalign(size_t alignment, size_t bytes) {
    return taken(PLAN_FIRMWARE,
                 planned(PLAN_FIRMWARE, REQUEST(__real_memalign), alignment, bytes, 0));
}

void *__wrap_aligned_alloc(size_t alignment, size_t bytes) {
    return taken(PLAN_FIRMWARE,
                 planned(PLAN_FIRMWARE, REQUEST(__real_aligned_alloc), alignment, bytes, 0));
}

/* Its result is a status: 0, of all values, when it succeeds. */
static uintptr_t posix_memalign_negated(void **out, size_t alignment, size_t bytes) {
    return __real_posix_memalign(out, alignment, bytes) == 0;
}

int __wrap_posix_memalign(void **out, size_t alignment, size_t bytes) {
    int errno_before = errno;
    uintptr_t served =
        planned(PLAN_FIRMWARE, REQUEST(posix_memalign_negated), (uintptr_t)out, alignment, bytes);
    errno = errno_before;
    if (!served) {
        return ENOMEM;
    }
    live_taken_by_firmware(*out);
    return 0;
}

void __wrap_free(void *block) {
    live_given(block);
    __real_free(block);
}

/* ---- heaps beside the main one (obmalloc_heap.h) --------------------------------------------- */

struct obmalloc_heap;
void *__real_obmalloc_heap_malloc(struct obmalloc_heap *heap, size_t bytes);
void *__real_obmalloc_heap_calloc(struct obmalloc_heap *heap, size_t count, size_t bytes);
void *__real_obmalloc_heap_realloc(struct obmalloc_heap *heap, void *block, size_t bytes);
void __real_obmalloc_heap_free(struct obmalloc_heap *heap, void *block);
void *__wrap_obmalloc_heap_malloc(struct obmalloc_heap *heap, size_t bytes);
void *__wrap_obmalloc_heap_calloc(struct obmalloc_heap *heap, size_t count, size_t bytes);
void *__wrap_obmalloc_heap_realloc(struct obmalloc_heap *heap, void *block, size_t bytes);
void __wrap_obmalloc_heap_free(struct obmalloc_heap *heap, void *block);

void *__wrap_obmalloc_heap_malloc(struct obmalloc_heap *heap, size_t bytes) {
    return taken(PLAN_FIRMWARE, planned(PLAN_FIRMWARE, REQUEST(__real_obmalloc_heap_malloc),
                                        (uintptr_t)heap, bytes, 0));
}

void *__wrap_obmalloc_heap_calloc(struct obmalloc_heap *heap, size_t count, size_t bytes) {
    return taken(PLAN_FIRMWARE, planned(PLAN_FIRMWARE, REQUEST(__real_obmalloc_heap_calloc),
                                        (uintptr_t)heap, count, bytes));
}

void *__wrap_obmalloc_heap_realloc(struct obmalloc_heap *heap, void *block, size_t bytes) {
    uintptr_t moved = planned(PLAN_FIRMWARE, REQUEST(__real_obmalloc_heap_realloc), (uintptr_t)heap,
                              (uintptr_t)block, bytes);
    if (moved != 0) {
        live_given(block);
    }
    return taken(PLAN_FIRMWARE, moved);
}

void __wrap_obmalloc_heap_free(struct obmalloc_heap *heap, void *block) {
    live_given(block);
    __real_obmalloc_heap_free(heap, block);
}

/* ---- newlib's reentrant layer ---------------------------------------------------------------- */

/* These two by a name that the reserve of port/libc_reserve.c can have behind it. */
#ifndef __PICOLIBC__
struct _reent;
void *__real__malloc_r(struct _reent *reent, size_t bytes);
void *__real__calloc_r(struct _reent *reent, size_t count, size_t bytes);
void *__real__realloc_r(struct _reent *reent, void *block, size_t bytes);
void *__real__memalign_r(struct _reent *reent, size_t alignment, size_t bytes);
void *__real__valloc_r(struct _reent *reent, size_t bytes);
void *__real__pvalloc_r(struct _reent *reent, size_t bytes);
void __real__free_r(struct _reent *reent, void *block);
void *failing__malloc_r(struct _reent *reent, size_t bytes);
void *failing__calloc_r(struct _reent *reent, size_t count, size_t bytes);
void *__wrap__realloc_r(struct _reent *reent, void *block, size_t bytes);
void *__wrap__memalign_r(struct _reent *reent, size_t alignment, size_t bytes);
void *__wrap__valloc_r(struct _reent *reent, size_t bytes);
void *__wrap__pvalloc_r(struct _reent *reent, size_t bytes);
void __wrap__free_r(struct _reent *reent, void *block);

void *failing__malloc_r(struct _reent *reent, size_t bytes) {
    return taken(PLAN_LIBC,
                 planned(PLAN_LIBC, REQUEST(__real__malloc_r), (uintptr_t)reent, bytes, 0));
}

void *failing__calloc_r(struct _reent *reent, size_t count, size_t bytes) {
    return taken(PLAN_LIBC,
                 planned(PLAN_LIBC, REQUEST(__real__calloc_r), (uintptr_t)reent, count, bytes));
}

void *__wrap__realloc_r(struct _reent *reent, void *block, size_t bytes) {
    return resized(PLAN_LIBC, REQUEST(__real__realloc_r), (uintptr_t)reent, (uintptr_t)block,
                   bytes);
}

void *__wrap__memalign_r(struct _reent *reent, size_t alignment, size_t bytes) {
    return taken(PLAN_LIBC, planned(PLAN_LIBC, REQUEST(__real__memalign_r), (uintptr_t)reent,
                                    alignment, bytes));
}

/* The public names of these are the library's. */
void *__wrap__valloc_r(struct _reent *reent, size_t bytes) {
    return taken(PLAN_LIBC,
                 planned(PLAN_LIBC, REQUEST(__real__valloc_r), (uintptr_t)reent, bytes, 0));
}

void *__wrap__pvalloc_r(struct _reent *reent, size_t bytes) {
    return taken(PLAN_LIBC,
                 planned(PLAN_LIBC, REQUEST(__real__pvalloc_r), (uintptr_t)reent, bytes, 0));
}

void __wrap__free_r(struct _reent *reent, void *block) {
    live_given(block);
    __real__free_r(reent, block);
}
#endif
