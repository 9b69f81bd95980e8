// SPDX-License-Identifier: MIT
/* The functions of the family as their rarest callers call them: with sizes that nobody serves, with NULL, and under
 * flag 0 while there is a heap, when calls take the long way to the C library. */
#include <malloc.h>

#include "entry.h"
#include "obmalloc_heap.h"
#include "target/target.h"
#if ENTRY_LIBC_IS_REENTRANT
#include <reent.h>
#endif

enum { HEAP_BYTES = 2048 };
static _Alignas(8) char region[HEAP_BYTES];
static const volatile size_t huge = 0x7FFFFFF0u, impossible = 0xFFFFFFF0u, nothing, three = 3;

static void check_refused(void *block, int expected_errno) {
    CHECK(block == NULL);
    CHECK_EQUAL(errno, expected_errno);
    errno = 0;
}

TEST(nobody_serves_it) {
    errno = 0;
    check_refused(calloc(1, huge), ENOMEM);
    check_refused(malloc(impossible), ENOMEM);
    check_refused(calloc(3, 250000), ENOMEM);
    if (flag() == 1) {
        void *small = malloc(40), *large = malloc(1000);
        check_refused(realloc(small, huge), ENOMEM);
        check_refused(realloc(large, huge), ENOMEM);
        check_refused(realloc(small, impossible), ENOMEM);
        check_refused(realloc(large, impossible), ENOMEM);
        check_refused(realloc(small, 450000), ENOMEM);
        check_refused(realloc(large, 450000), ENOMEM);
        check_refused(memalign(64, impossible), ENOMEM);
        check_refused(memalign(three, 64), EINVAL);
        free(small);
        free(large);
    }
    check_sound();
}

/* What the C library has no room for is the arena's, and stays there when it shrinks. */
TEST(a_large_block_of_the_arena_shrinks) {
    void *blocks[32];
    unsigned count = 0;
    if (flag() == 0) {
        SKIP("there is no arena");
    }
    do {
        blocks[count] = malloc(20000);
        CHECK(blocks[count] != NULL);
    } while (!is_in_arena(blocks[count++]) && count < 32);
    char *block = blocks[count - 1];
    CHECK(is_in_arena(block));
    fill(block, 20000, 7);
    block = realloc(block, 9000);
    CHECK(block != NULL && is_in_arena(block) && is_filled(block, 9000, 7));
    CHECK(malloc_usable_size(block) < 12000);
    blocks[count - 1] = block;
    while (count > 0) {
        free(blocks[--count]);
    }
    check_sound();
}

#if ENTRY_LIBC_IS_REENTRANT
TEST(the_reentrant_layer) {
    struct _reent *reent = _REENT;
    void *block = _malloc_r(reent, 30);
    _free_r(reent, block);
    _free_r(reent, NULL);
    CHECK_EQUAL(_malloc_usable_size_r(reent, NULL), 0);
    CHECK_EQUAL(_mallopt_r(reent, 12345, 1), 0);
    if (flag() == 1) {
        errno = 0;
        check_refused(_pvalloc_r(reent, impossible), ENOMEM);
        check_refused(_calloc_r(reent, 1, huge), ENOMEM);
        check_refused(_calloc_r(reent, huge, huge), ENOMEM);
    }
    check_sound();
}
#endif

/* Blocks of any owner, through every entry point, with a heap beside. */
TEST(the_long_way_under_either_flag) {
    struct obmalloc_heap *heap;
    uint32_t live;
    CHECK_EQUAL(obmalloc_heap_create(region, region + HEAP_BYTES, &heap), OBMALLOC_HEAP_OK);
    char *blocks[] = {
        malloc(40),
        calloc(4, 10),
        memalign(64, 100),
        aligned_alloc(16, 40),
        realloc(NULL, 40),
#if ENTRY_LIBC_IS_REENTRANT
        valloc(40),
        pvalloc(40),
#endif
        obmalloc_heap_malloc(heap, 40)
    };
    void *out = NULL;
    CHECK_EQUAL(posix_memalign(&out, 32, 50), 0);
    CHECK(out != NULL && (uintptr_t)out % 32 == 0);
    free(out);
    CHECK_EQUAL(posix_memalign(&out, 3, 50), EINVAL);
    CHECK_EQUAL(posix_memalign(&out, 32, huge), ENOMEM);
    errno = 0;
    if (ENTRY_LIBC_IS_REENTRANT || flag() == 1) {
        check_refused(aligned_alloc(three, 50), EINVAL);
        check_refused(aligned_alloc(64, impossible), ENOMEM);
    }
    CHECK_EQUAL(malloc_usable_size(NULL), 0);
    free(NULL);
    for (unsigned i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        CHECK(blocks[i] != NULL);
        CHECK(malloc_usable_size(blocks[i]) >= 40);
        fill(blocks[i], 40, i);
        blocks[i] = realloc(blocks[i], 90);
        CHECK(blocks[i] != NULL && is_filled(blocks[i], 40, i));
    }
    for (unsigned i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        free(blocks[i]);
    }
    check_sound();
    CHECK_EQUAL(obmalloc_heap_destroy(heap, OBMALLOC_HEAP_REFUSE, &live), OBMALLOC_HEAP_OK);
    CHECK_EQUAL(live, 0);
}

/* First of all calls, so that it finds nothing latched. */
TEST(the_first_call_of_all) {
    CHECK(!obmalloc_boot_report().latched);
    errno = 0;
    check_refused(aligned_alloc(three, 50), EINVAL);
    CHECK(obmalloc_boot_report().latched);
}

TEST_LIST = {TEST_ENTRY(the_first_call_of_all), TEST_ENTRY(nobody_serves_it),
             TEST_ENTRY(a_large_block_of_the_arena_shrinks),
#if ENTRY_LIBC_IS_REENTRANT
             TEST_ENTRY(the_reentrant_layer),
#endif
             TEST_ENTRY(the_long_way_under_either_flag)};
