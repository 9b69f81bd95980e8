// SPDX-License-Identifier: MIT
// test-libcs: picolibc
/* What picolibc allocates for itself. */
#include <search.h>
#include <stdio.h>

#include "target.h"

static void need_room(void) {
    if (flag() == 0) {
        need_libc_room(600);
    }
}

/* For what is allocated in places that the library does not show. */
static struct obmalloc_statistics before;

static void check_gained(void) {
    struct obmalloc_statistics after = statistics();
    if (flag() == 1) {
        CHECK(after.arena_used_blocks > before.arena_used_blocks);
        CHECK_EQUAL(after.libc_used_blocks, before.libc_used_blocks);
    } else {
        CHECK(after.libc_used_bytes > before.libc_used_bytes);
        CHECK_EQUAL(after.arena_used_blocks, 0);
    }
    check_sound();
}

TEST(strndup_block) {
    need_room();
    char *copy = strndup("not all of this", 7);
    check_owner(copy, 8);
    CHECK(strcmp(copy, "not all") == 0);
    free(copy);
}

/* Grows its block by realloc while it prints. */
TEST(asprintf_block) {
    need_room();
    char *text = NULL;
    CHECK_EQUAL(asprintf(&text, "%s and %d", "a string longer than asprintf begins with", 42), 48);
    check_owner(text, 49);
    CHECK(strcmp(text, "a string longer than asprintf begins with and 42") == 0);
    free(text);
}

TEST(fmemopen_stream) {
    need_room();
    char text[] = "17 31";
    before = statistics();
    FILE *stream = fmemopen(text, sizeof text, "r");
    check_owner(stream, sizeof *stream);
    check_gained();
    int first = 0, second = 0;
    CHECK_EQUAL(fscanf(stream, "%d %d", &first, &second), 2);
    CHECK_EQUAL(first * second, 17 * 31);
    (void)fclose(stream);
    check_sound();
}

/* Kept until the program's end, so that no other case runs behind. */
TEST(environment) {
    need_room();
    before = statistics();
    CHECK_EQUAL(setenv("NAME", "value", 1), 0);
    check_gained();
    char *value = getenv("NAME");
    CHECK(value != NULL && strcmp(value, "value") == 0);
    CHECK_EQUAL(setenv("NAME", "a longer value", 1), 0);
    CHECK(strcmp(getenv("NAME"), "a longer value") == 0);
    check_sound();
}

static int by_address(const void *left, const void *right) {
    return left < right ? -1 : left > right;
}

TEST(tree) {
    need_room();
    static char keys[8];
    void *root = NULL;
    before = statistics();
    for (size_t i = 0; i < sizeof keys; i++) {
        CHECK(tsearch(&keys[i], &root, by_address) != NULL);
    }
    check_owner(root, 3 * sizeof(void *));
    check_gained();
    for (size_t i = 0; i < sizeof keys; i++) {
        CHECK(tfind(&keys[i], &root, by_address) != NULL);
        CHECK(tdelete(&keys[i], &root, by_address) != NULL);
    }
    CHECK(root == NULL);
    struct obmalloc_statistics after = statistics();
    CHECK_EQUAL(after.arena_used_blocks, before.arena_used_blocks);
    CHECK_EQUAL(after.libc_used_blocks, before.libc_used_blocks);
}

TEST_LIST = {
    TEST_ENTRY(strndup_block), TEST_ENTRY(asprintf_block), TEST_ENTRY(fmemopen_stream),
    TEST_ENTRY(tree),          TEST_ENTRY(environment),
};
