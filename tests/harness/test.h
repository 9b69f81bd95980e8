// SPDX-License-Identifier: MIT
/*
 * Test cases that compile unchanged for the PC (CMocka) and for every board.
 *
 *     #include "harness/test.h"
 *     TEST(empty_pools_serve_any_class) { CHECK_EQUAL(f(1), 2); }
 *     TEST_LIST = {TEST_ENTRY(empty_pools_serve_any_class)};
 *
 * A case ends at its first failed check or at SKIP; the next one starts. Neither allocates, and
 * nothing here calls printf on a board, so what a case counts is its own.
 * Output on a board: `ok NAME`, `FAIL NAME FILE:LINE: TEXT`, `skip NAME: REASON`, and `done` last.
 */
#ifndef TESTS_HARNESS_TEST_H
#define TESTS_HARNESS_TEST_H

#include <stddef.h>
#include <stdint.h>

struct test_entry {
    const char *name;
    void (*run)(void);
};

/* Entries of one file at most; unused ones are zero and end the list. */
enum { TEST_ENTRY_COUNT_MAX = 64 };
extern const struct test_entry test_list[TEST_ENTRY_COUNT_MAX];

#define TEST(name) static void test_##name(void)
#define TEST_LIST  const struct test_entry test_list[TEST_ENTRY_COUNT_MAX]
#define TEST_ENTRY(name)                                                                           \
    { #name, test_##name }

/* Fails the case iff `condition` is false. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            test_fail(__FILE__, __LINE__, #condition);                                             \
        }                                                                                          \
    } while (0)

/* Fails the case iff the two differ as uintptr_t; shows both. For integers and pointers. */
#define CHECK_EQUAL(actual, expected)                                                              \
    test_check_equal(__FILE__, __LINE__, #actual " == " #expected, (uintptr_t)(actual),            \
                     (uintptr_t)(expected))

/* Returns the block that `call` returns. Fails the case iff that is NULL. */
#define SERVED(call) test_served(__FILE__, __LINE__, #call " finds memory", (call))

/* Ends the case as not run, for this reason. */
#define SKIP(reason) test_skip(reason)

/* Prints a line beside the results. Knows %s %d %u %x %p %c %%, and the sizes l and z. */
#define TEST_NOTE(...) test_note(__VA_ARGS__)

/* Returns `bytes` bytes of scratch memory, aligned to 256, below 4 GiB, contents undefined, for the
 * running case only; a second call in one case gives further memory. Skips the case iff the board
 * does not have that much. On the PC the memory lies between guard pages. */
void *test_region(size_t bytes);

/* Returns the largest `bytes` that the first test_region() of a case can have here. */
size_t test_region_bytes_max(void);

_Noreturn void test_fail(const char *file, int line, const char *text);
_Noreturn void test_skip(const char *reason);
void test_check_equal(const char *file, int line, const char *text, uintptr_t actual,
                      uintptr_t expected);
void test_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

static inline void *test_served(const char *file, int line, const char *text, void *block) {
    if (block == NULL) {
        test_fail(file, line, text);
    }
    return block;
}

/* For the harness itself: gives the memory of the ended case back. */
void test_region_reset(void);

#endif
