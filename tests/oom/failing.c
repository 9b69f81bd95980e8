// SPDX-License-Identifier: MIT
/*
 * Stands between a program and the allocator, by the linker's --wrap, and refuses what the plan says. The
 * public names are the firmware's, newlib's reentrant layer is the library's own; nano's rand, localtime,
 * strtok and printf of floating point ask for their state by malloc, and count with the firmware.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "obmalloc.h"
#include "oom/live.h"
#include "oom/plan.h"

struct obmalloc_heap;
void *__real_malloc(size_t bytes);
void __real_free(void *block);
void *__real_obmalloc_heap_malloc(struct obmalloc_heap *heap, size_t bytes);
void __real_obmalloc_heap_free(struct obmalloc_heap *heap, void *block);

/* ---- all memory taken ------------------------------------------------------------------------ */

struct hoarded {
    struct hoarded *next;
};

/* Of a heap beside the main one, or of the main one where that is NULL. Largest first, down to what no block is
 * smaller than. */
static struct hoarded *hoard_all(struct obmalloc_heap *heap) {
    struct hoarded *hoard = NULL;
    for (size_t bytes = (size_t)1 << 20; bytes >= sizeof(struct hoarded); bytes /= 2) {
        for (;;) {
            struct hoarded *block =
                heap ? __real_obmalloc_heap_malloc(heap, bytes) : __real_malloc(bytes);
            if (block == NULL) {
                break;
            }
            block->next = hoard;
            hoard = block;
        }
    }
    return hoard;
}

static void give_hoard(struct obmalloc_heap *heap, struct hoarded *hoard) {
    while (hoard != NULL) {
        struct hoarded *next = hoard->next;
        if (heap) {
            __real_obmalloc_heap_free(heap, hoard);
        } else {
            __real_free(hoard);
        }
        hoard = next;
    }
}

/* ---- what is no block ------------------------------------------------------------------------ */

static uint32_t misuse_count;
#pragma weak __real_obmalloc_misuse
void __real_obmalloc_misuse(const struct obmalloc_misuse *report);
void __wrap_obmalloc_misuse(const struct obmalloc_misuse *report);

void __wrap_obmalloc_misuse(const struct obmalloc_misuse *report) {
    misuse_count++;
    if (__real_obmalloc_misuse) {
        __real_obmalloc_misuse(report);
    }
}

/* ---- what the wrappers share ----------------------------------------------------------------- */

typedef uintptr_t request(uintptr_t first, uintptr_t second, uintptr_t third);
#define REQUEST(function) ((request *)(uintptr_t)(function))

/* The call, of a heap or, where that is NULL, of the main one; or 0 with ENOMEM. */
static uintptr_t planned_in(struct obmalloc_heap *heap, enum plan_side side, request *call,
                            uintptr_t first, uintptr_t second, uintptr_t third) {
    enum plan_verdict verdict = plan_next(side);
    if (verdict == PLAN_REFUSE) {
        errno = ENOMEM;
        return 0;
    }
    int errno_before = errno;
    struct hoarded *hoard = verdict == PLAN_SERVE_WHILE_FULL ? hoard_all(heap) : NULL;
    errno = errno_before;
    uintptr_t result = call(first, second, third);
    errno_before = errno;
    give_hoard(heap, hoard);
    errno = errno_before;
    return result;
}

static uintptr_t planned(enum plan_side side, request *call, uintptr_t first, uintptr_t second,
                         uintptr_t third) {
    return planned_in(NULL, side, call, first, second, third);
}

static void *taken(enum plan_side side, uintptr_t block) {
    if (side == PLAN_LIBC) {
        live_taken_by_libc((void *)block);
    } else {
        live_taken_by_firmware((void *)block);
    }
    return (void *)block;
}

/* nano frees where a size is 0. And what is no block is refused as it is: while all memory is taken, it might be one. */
static bool is_no_request(const void *old_block, size_t bytes) {
    return old_block != NULL && (bytes == 0 || !live_may_be(old_block));
}

/* A block that moves belongs to who asks for it. */
static void *resized(enum plan_side side, request *call, uintptr_t first, uintptr_t second,
                     uintptr_t third) {
    bool of_libc = side == PLAN_LIBC;
    void *old_block = (void *)(of_libc ? second : first);
    size_t bytes = of_libc ? third : second;
    uint32_t misuses_before = misuse_count;
    uintptr_t block = is_no_request(old_block, bytes) ? call(first, second, third)
                                                      : planned(side, call, first, second, third);
    if (block != 0 || (bytes == 0 && misuse_count == misuses_before)) {
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
static int posix_memalign_status;

static uintptr_t posix_memalign_call(void **out, size_t alignment, size_t bytes) {
    posix_memalign_status = __real_posix_memalign(out, alignment, bytes);
    return 1;
}

int __wrap_posix_memalign(void **out, size_t alignment, size_t bytes) {
    int errno_before = errno;
    if (!planned(PLAN_FIRMWARE, REQUEST(posix_memalign_call), (uintptr_t)out, alignment, bytes)) {
        errno = errno_before;
        return ENOMEM;
    }
    if (posix_memalign_status == 0) {
        live_taken_by_firmware(*out);
    }
    return posix_memalign_status;
}

void __wrap_free(void *block) {
    uint32_t misuses_before = misuse_count;
    __real_free(block);
    if (misuse_count == misuses_before) {
        live_given(block);
    }
}

/* ---- heaps beside the main one (obmalloc_heap.h) --------------------------------------------- */

void *__real_obmalloc_heap_calloc(struct obmalloc_heap *heap, size_t count, size_t bytes);
void *__real_obmalloc_heap_memalign(struct obmalloc_heap *heap, size_t alignment, size_t bytes);
void *__real_obmalloc_heap_realloc(struct obmalloc_heap *heap, void *block, size_t bytes);
void *__wrap_obmalloc_heap_malloc(struct obmalloc_heap *heap, size_t bytes);
void *__wrap_obmalloc_heap_calloc(struct obmalloc_heap *heap, size_t count, size_t bytes);
void *__wrap_obmalloc_heap_memalign(struct obmalloc_heap *heap, size_t alignment, size_t bytes);
void *__wrap_obmalloc_heap_realloc(struct obmalloc_heap *heap, void *block, size_t bytes);
void __wrap_obmalloc_heap_free(struct obmalloc_heap *heap, void *block);

static uintptr_t of_heap(struct obmalloc_heap *heap, request *call, uintptr_t second,
                         uintptr_t third) {
    return planned_in(heap, PLAN_FIRMWARE, call, (uintptr_t)heap, second, third);
}

void *__wrap_obmalloc_heap_malloc(struct obmalloc_heap *heap, size_t bytes) {
    return taken(PLAN_FIRMWARE, of_heap(heap, REQUEST(__real_obmalloc_heap_malloc), bytes, 0));
}

void *__wrap_obmalloc_heap_calloc(struct obmalloc_heap *heap, size_t count, size_t bytes) {
    return taken(PLAN_FIRMWARE, of_heap(heap, REQUEST(__real_obmalloc_heap_calloc), count, bytes));
}

void *__wrap_obmalloc_heap_memalign(struct obmalloc_heap *heap, size_t alignment, size_t bytes) {
    return taken(PLAN_FIRMWARE,
                 of_heap(heap, REQUEST(__real_obmalloc_heap_memalign), alignment, bytes));
}

void *__wrap_obmalloc_heap_realloc(struct obmalloc_heap *heap, void *block, size_t bytes) {
    uintptr_t moved =
        is_no_request(block, 1)
            ? (uintptr_t)__real_obmalloc_heap_realloc(heap, block, bytes)
            : of_heap(heap, REQUEST(__real_obmalloc_heap_realloc), (uintptr_t)block, bytes);
    if (moved != 0) {
        live_given(block);
    }
    return taken(PLAN_FIRMWARE, moved);
}

void __wrap_obmalloc_heap_free(struct obmalloc_heap *heap, void *block) {
    uint32_t misuses_before = misuse_count;
    __real_obmalloc_heap_free(heap, block);
    if (misuse_count == misuses_before) {
        live_given(block);
    }
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
    uint32_t misuses_before = misuse_count;
    __real__free_r(reent, block);
    if (misuse_count == misuses_before) {
        live_given(block);
    }
}
#endif
