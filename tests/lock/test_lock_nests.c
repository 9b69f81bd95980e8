// SPDX-License-Identifier: MIT
// test-locks: primask basepri
/* A lock leaves the mask as it was found, however deep; and never lowers it. */
#include <malloc.h>
#include <stdlib.h>

#include "harness/test.h"
#include "libc_lock.h"
#include "obmalloc.h"

/* What the C library calls around its own allocator. */
#ifdef __PICOLIBC__
#include <sys/lock.h>
#define LIBC_LOCKS()   __LIBC_LOCK()
#define LIBC_UNLOCKS() __LIBC_UNLOCK()
#else
#include <sys/reent.h>
void __malloc_lock(struct _reent *reent);
void __malloc_unlock(struct _reent *reent);
#define LIBC_LOCKS()   __malloc_lock(_REENT)
#define LIBC_UNLOCKS() __malloc_unlock(_REENT)
#endif

#ifdef OBMALLOC_LOCK_BASEPRI
#define LOCKED OBMALLOC_LOCK_BASEPRI
/* More is masked. */
#define DEEPER (OBMALLOC_LOCK_BASEPRI / 2)

static uint32_t mask(void) {
    uint32_t value;
    __asm__ volatile("mrs %0, basepri" : "=r"(value) : : "memory");
    return value;
}

static void set_mask(uint32_t value) {
    __asm__ volatile("msr basepri, %0" : : "r"(value) : "memory");
}
#else
#define LOCKED 1
#define DEEPER 1

static uint32_t mask(void) {
    uint32_t value;
    __asm__ volatile("mrs %0, primask" : "=r"(value) : : "memory");
    return value;
}

static void set_mask(uint32_t value) {
    __asm__ volatile("msr primask, %0" : : "r"(value) : "memory");
}
#endif

TEST(the_library_takes_it_again) {
    CHECK_EQUAL(mask(), 0);
    LIBC_LOCKS();
    CHECK_EQUAL(mask(), LOCKED);
    LIBC_LOCKS();
    obmalloc_lock_state before = obmalloc_lock();
    obmalloc_libc_lock();
    obmalloc_libc_unlock();
    CHECK_EQUAL(mask(), LOCKED);
    obmalloc_unlock(before);
    LIBC_UNLOCKS();
    CHECK_EQUAL(mask(), LOCKED);
    LIBC_UNLOCKS();
    CHECK_EQUAL(mask(), 0);
}

TEST(the_library_takes_it_within_ours) {
    obmalloc_lock_state before = obmalloc_lock();
    LIBC_LOCKS();
    LIBC_UNLOCKS();
    CHECK_EQUAL(mask(), LOCKED);
    obmalloc_unlock(before);
    CHECK_EQUAL(mask(), 0);
}

/* Every way out of every entry point, with the mask open and with it closed. */
static void call_all(uint32_t expected) {
    static const size_t sizes[] = {0, 24, 248, 300, 700, 4000, 0x20000000, (size_t)-1};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        /* nano's memalign hands out what is no block then. */
        if (sizes[i] == (size_t)-1 && obmalloc_boot_report().flag == 0) {
            continue;
        }
        void *block = malloc(sizes[i]);
        CHECK_EQUAL(mask(), expected);
        block = realloc(block, sizes[i] / 2 + 40);
        CHECK_EQUAL(mask(), expected);
        if (block != NULL) { /* nano's would fault */
            (void)malloc_usable_size(block);
        }
        CHECK_EQUAL(mask(), expected);
        free(block);
        CHECK_EQUAL(mask(), expected);
        block = calloc(1, sizes[i]);
        CHECK_EQUAL(mask(), expected);
        free(block);
        block = memalign(64, sizes[i]);
        CHECK_EQUAL(mask(), expected);
        free(block);
        CHECK_EQUAL(mask(), expected);
    }
    free(NULL);
    CHECK_EQUAL(mask(), expected);
}

TEST(the_mask_is_left_as_it_was) {
    call_all(0);
    set_mask(DEEPER);
    uint32_t before = mask();
    call_all(before);
    obmalloc_lock_state state = obmalloc_lock();
    CHECK_EQUAL(mask(), before);
    obmalloc_unlock(state);
    CHECK_EQUAL(mask(), before);
    set_mask(0);
}

TEST_LIST = {TEST_ENTRY(the_library_takes_it_again), TEST_ENTRY(the_library_takes_it_within_ours),
             TEST_ENTRY(the_mask_is_left_as_it_was)};
