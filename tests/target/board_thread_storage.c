// SPDX-License-Identifier: MIT
// test-libcs: picolibc
/* Thread-local storage, which picolibc keeps errno and more in: newlib has none. */
#include "target.h"

static _Thread_local uint32_t initialised = 0x12345678;
static _Thread_local uint32_t zeroed[5];
static uint32_t neighbour[2] = {1, 2};

extern char __tls_start[], __bss_end[];

static bool is_storage(const void *object) {
    return (const char *)object >= __tls_start && (const char *)object < __bss_end;
}

TEST(first_values) {
    CHECK_EQUAL(initialised, 0x12345678);
    for (unsigned i = 0; i < sizeof zeroed / sizeof zeroed[0]; i++) {
        CHECK_EQUAL(zeroed[i], 0);
    }
    CHECK_EQUAL(errno, 0);
}

TEST(storage_is_of_its_own) {
    CHECK(is_storage(&initialised) && is_storage(zeroed) && is_storage(&errno));
    initialised++;
    fill(zeroed, sizeof zeroed, 7);
    errno = EDOM;
    neighbour[1]++;
    check_sound();
    CHECK_EQUAL(initialised, 0x12345679);
    CHECK(is_filled(zeroed, sizeof zeroed, 7));
    CHECK_EQUAL(errno, EDOM);
    CHECK_EQUAL(neighbour[0] + neighbour[1], 4);
}

/* The library's own: a seed that is not 0, and the place where a search has stopped. */
TEST(the_librarys_own) {
    srand(1);
    int first = rand();
    CHECK(rand() != first);
    srand(1);
    CHECK_EQUAL(rand(), first);
    char words[] = "one two";
    CHECK(strcmp(strtok(words, " "), "one") == 0);
    CHECK(strcmp(strtok(NULL, " "), "two") == 0);
    CHECK(strtok(NULL, " ") == NULL);
}

TEST_LIST = {
    TEST_ENTRY(first_values),
    TEST_ENTRY(storage_is_of_its_own),
    TEST_ENTRY(the_librarys_own),
};
