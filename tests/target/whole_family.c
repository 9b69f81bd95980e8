// SPDX-License-Identifier: MIT
/*
 * The rest of the C library's family. That this links proves as much as the cases: were one of
 * these still libc's own, it would bring a second allocator, and the linker would refuse the image.
 */
#include <malloc.h>
#include <stdio.h>
#ifndef __PICOLIBC__
#include <reent.h>
#endif

#include "target.h"

static void need_room(void) {
    if (flag() == 0) {
        need_libc_room(600);
    }
}

TEST(reallocarray_and_reallocf) {
    need_room();
    static const volatile size_t too_many = SIZE_MAX / 4;
    unsigned char *block = reallocarray(NULL, 5, 8);
    check_owner(block, 40);
    fill(block, 40, 9);
    CHECK(reallocarray(block, too_many, 8) == NULL);
    CHECK_EQUAL(errno, ENOMEM);
    CHECK(is_filled(block, 40, 9));
    block = reallocf(block, 80);
    check_owner(block, 80);
    CHECK(is_filled(block, 40, 9));
    free(block);
    check_sound();
}

/* nano has neither. */
#ifndef _NANO_FORMATTED_IO
TEST(cfree_and_trim) {
    struct obmalloc_statistics before = statistics();
    cfree(malloc(48));
    CHECK_EQUAL(statistics().arena_used_blocks, before.arena_used_blocks);
#ifndef __PICOLIBC__ /* which declares it without having it */
    (void)malloc_trim(0);
#endif
    check_sound();
}
#endif

/* picolibc has none. */
#ifndef __PICOLIBC__
TEST(reentrant_layer) {
    need_room();
    struct _reent *reent = _REENT;
    unsigned char *block = _malloc_r(reent, 60);
    check_owner(block, 60);
    fill(block, 60, 4);
    block = _realloc_r(reent, block, 90);
    check_owner(block, 90);
    CHECK(is_filled(block, 60, 4));
    CHECK(_malloc_usable_size_r(reent, block) >= 90);
    _free_r(reent, block);
    block = _calloc_r(reent, 4, 20);
    check_owner(block, 80);
    CHECK_EQUAL(block[79], 0);
    _free_r(reent, block);
    block = _memalign_r(reent, 64, 30);
    check_owner(block, 30);
    CHECK_EQUAL((uintptr_t)block % 64, 0);
    _free_r(reent, block);
    check_sound();
}

/* errno belongs to the caller's own struct, not to the one in force. */
TEST(reentrant_errno) {
    static struct _reent other;
    static const volatile size_t huge_bytes = SIZE_MAX - 100;
    other._errno = 0;
    CHECK(_malloc_r(&other, huge_bytes) == NULL);
    CHECK_EQUAL(other._errno, ENOMEM);
}
#endif

TEST(pages) {
    size_t room = (size_t)((char *)obmalloc_boot_report().region.end -
                           (char *)obmalloc_boot_report().region.start);
    if (room < 32768) {
        SKIP("pages of 4 KiB need 32 KiB of dynamic RAM");
    }
    void *block = valloc(700);
    CHECK(block != NULL);
    CHECK_EQUAL((uintptr_t)block % 4096, 0);
    free(block);
    block = pvalloc(700);
    CHECK(block != NULL);
    CHECK_EQUAL((uintptr_t)block % 4096, 0);
    CHECK(malloc_usable_size(block) >= 700);
    free(block);
    check_sound();
}

/* The sums of mallinfo cover both allocators. */
TEST(mallinfo_follows_every_block) {
    need_room();
    struct mallinfo before = mallinfo();
    void *small = malloc(400);
    struct mallinfo with_small = mallinfo();
    CHECK(with_small.uordblks >= before.uordblks + 400);
    CHECK(with_small.arena >= with_small.uordblks);
    free(small);
    if (flag() == 1) {
        CHECK_EQUAL(mallinfo().uordblks, before.uordblks);
    }
    check_sound();
}

TEST(mallopt_reaches_libc) {
    (void)mallopt(M_TRIM_THRESHOLD, 1 << 20);
    check_sound();
}

TEST(malloc_stats_prints) {
    malloc_stats();
    check_sound();
}

TEST_LIST = {
#ifndef _NANO_FORMATTED_IO
    TEST_ENTRY(cfree_and_trim),
#endif
    TEST_ENTRY(reallocarray_and_reallocf),
#ifndef __PICOLIBC__
    TEST_ENTRY(reentrant_layer),
    TEST_ENTRY(reentrant_errno),
#endif
    TEST_ENTRY(pages),
    TEST_ENTRY(mallinfo_follows_every_block),
    TEST_ENTRY(mallopt_reaches_libc),
    TEST_ENTRY(malloc_stats_prints),
};
