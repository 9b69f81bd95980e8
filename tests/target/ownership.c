// SPDX-License-Identifier: MIT
/* Which allocator owns each block, of every entry point and of libc's own, before main and
 * after. */
#include <malloc.h>
#include <stdio.h>

#include "target.h"

static void *early_small;
static void *early_large;
static char *early_string;

__attribute__((constructor)) static void allocate_before_main(void) {
    early_small = malloc(24);
    early_large = malloc(600);
    early_string = strdup("before main");
}

TEST(before_main) {
    check_owner(early_small, 24);
    check_owner(early_large, 600);
    check_owner(early_string, 12);
    CHECK(strcmp(early_string, "before main") == 0);
    free(early_small);
    free(early_large);
    free(early_string);
    check_sound();
}

TEST(malloc_by_size) {
    static const size_t sizes[] = {0, 1, 8, 56, 57, 112, 256, 511, 512, 513, 600, 800};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        void *block = malloc(sizes[i]);
        check_owner(block, sizes[i]);
        CHECK_EQUAL((uintptr_t)block % 8, 0);
        CHECK(malloc_usable_size(block) >= sizes[i]);
        free(block);
        check_sound();
    }
}

TEST(malloc_of_nothing_is_distinct) {
    void *first = malloc(0);
    void *second = malloc(0);
    check_owner(first, 0);
    check_owner(second, 0);
    CHECK(first != second);
    free(first);
    free(second);
}

TEST(calloc_is_clean_also_in_used_memory) {
    static const size_t sizes[] = {40, 400, 640};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        void *dirty = malloc(sizes[i]);
        CHECK(dirty != NULL);
        memset(dirty, 0xEE, sizes[i]);
        free(dirty);
        unsigned char *block = calloc(sizes[i] / 8, 8);
        check_owner(block, sizes[i]);
        for (size_t byte = 0; byte < sizes[i]; byte++) {
            CHECK_EQUAL(block[byte], 0);
        }
        free(block);
    }
}

TEST(realloc_across_the_allocators) {
    unsigned char *block = realloc(NULL, 20);
    check_owner(block, 20);
    fill(block, 20, 1);
    block = realloc(block, 300);
    check_owner(block, 300);
    CHECK(is_filled(block, 20, 1));
    fill(block, 300, 2);
    block = realloc(block, 700);
    check_owner(block, 700);
    CHECK(is_filled(block, 300, 2));
    /* A libc block stays libc's when it shrinks. */
    block = realloc(block, 30);
    CHECK(is_in_libc_heap(block));
    CHECK(is_filled(block, 30, 2));
    free(block);
    check_sound();
}

TEST(aligned) {
    for (size_t alignment = 8; alignment <= 256; alignment *= 2) {
        static const size_t sizes[] = {24, 600};
        for (size_t i = 0; i < 2; i++) {
            void *block = memalign(alignment, sizes[i]);
            check_owner(block, sizes[i]);
            CHECK_EQUAL((uintptr_t)block % alignment, 0);
            free(block);
            block = aligned_alloc(alignment, sizes[i]);
            check_owner(block, sizes[i]);
            CHECK_EQUAL((uintptr_t)block % alignment, 0);
            free(block);
            CHECK_EQUAL(posix_memalign(&block, alignment, sizes[i]), 0);
            check_owner(block, sizes[i]);
            CHECK_EQUAL((uintptr_t)block % alignment, 0);
            free(block);
            check_sound();
        }
    }
}

TEST(strdup_block) {
    char *copy = strdup("a string of libc's own making");
    check_owner(copy, 30);
    CHECK(strcmp(copy, "a string of libc's own making") == 0);
    free(copy);
    check_sound();
}

/* A buffer of libc's choice is above 512 bytes, one of ours is below. picolibc's streams have those
 * that the firmware gives them: what it allocates for itself is in ownership_picolibc.c. */
#ifndef __PICOLIBC__
TEST(stdio_buffers) {
    need_libc_room(BUFSIZ + 64);
    printf("note stdio is at work\n");
    if (stdout->_bf._base == NULL || stdout->_bf._size <= 1) {
        SKIP("libc found no room for a stdio buffer");
    }
    check_owner(stdout->_bf._base, (size_t)stdout->_bf._size);
    CHECK_EQUAL(setvbuf(stdin, NULL, _IOFBF, 128), 0);
    check_owner(stdin->_bf._base, 128);
}
#endif

TEST_LIST = {
    TEST_ENTRY(before_main),
    TEST_ENTRY(malloc_by_size),
    TEST_ENTRY(malloc_of_nothing_is_distinct),
    TEST_ENTRY(calloc_is_clean_also_in_used_memory),
    TEST_ENTRY(realloc_across_the_allocators),
    TEST_ENTRY(aligned),
    TEST_ENTRY(strdup_block),
#ifndef __PICOLIBC__
    TEST_ENTRY(stdio_buffers),
#endif
};
