// SPDX-License-Identifier: MIT
/*
 * Stands in for the port where a C library's own allocator is under test: the replay finds the
 * functions of obmalloc.h that it calls, and malloc and its kin are the library's, untouched. The
 * whole dynamic region is sbrk's.
 */
#include <errno.h>
#include <sys/types.h>
#include <unistd.h>

#include "obmalloc_ledger.h"

extern char __heap_start[], __heap_end[];

static struct obmalloc_region region;
static char *heap_break;
static char *heap_break_high_water;

void obmalloc_main_begins(void) {
}

void obmalloc_boot(void) {
    if (heap_break == NULL) {
        region = (struct obmalloc_region){.start = __heap_start, .end = __heap_end};
        if (obmalloc_boot_region) {
            obmalloc_boot_region(&region);
        }
        heap_break = region.start;
        heap_break_high_water = region.start;
    }
}

struct obmalloc_boot_report obmalloc_boot_report(void) {
    return (struct obmalloc_boot_report){
        .flag = 0,
        .latched = true,
        .region = region,
        .arena_start = region.end,
        .arena_state = OBMALLOC_ARENA_NOT_OPENED,
        .sentence = "the C library's own allocator, without the port",
    };
}

bool obmalloc_owns(const void *address) {
    (void)address;
    return false;
}

void obmalloc_statistics(struct obmalloc_statistics *out) {
    *out = (struct obmalloc_statistics){
        .libc_heap_bytes = (size_t)(heap_break - (char *)region.start),
        .libc_heap_high_water_bytes = (size_t)(heap_break_high_water - (char *)region.start),
    };
}

enum pools_status obmalloc_check(struct pools_finding *finding) {
    *finding = (struct pools_finding){.status = POOLS_OK, .sentence = "there is no arena"};
    return POOLS_OK;
}

#ifdef __PICOLIBC__
#define SBRK sbrk
#else
#define SBRK _sbrk
#endif

void *SBRK(ptrdiff_t increment_bytes);

/* Bounded at both ends, as the port's. */
void *SBRK(ptrdiff_t increment_bytes) {
    char *old_break = heap_break;
    if (increment_bytes > (char *)region.end - old_break ||
        increment_bytes < (char *)region.start - old_break) {
        errno = ENOMEM;
        return (void *)-1;
    }
    heap_break = old_break + increment_bytes;
    if (heap_break > heap_break_high_water) {
        heap_break_high_water = heap_break;
    }
    return old_break;
}
