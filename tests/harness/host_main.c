// SPDX-License-Identifier: MIT
/* Runs the cases under CMocka on the PC, and prints the lines that a board prints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "harness/test.h"

static const char *case_name;

_Noreturn void test_fail(const char *file, int line, const char *text) {
    printf("FAIL %s %s:%d: %s\n", case_name, file, line, text);
    fail();
    __builtin_unreachable();
}

_Noreturn void test_skip(const char *reason) {
    printf("skip %s: %s\n", case_name, reason);
    skip();
    __builtin_unreachable();
}

void test_check_equal(const char *file, int line, const char *text, uintptr_t actual,
                      uintptr_t expected) {
    if (actual != expected) {
        printf("FAIL %s %s:%d: %s: got %zu (0x%zx), expected %zu (0x%zx)\n", case_name, file, line,
               text, (size_t)actual, (size_t)actual, (size_t)expected, (size_t)expected);
        fail();
    }
}

void test_note(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    printf("note ");
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
}

/* CMocka skips and fails by leaving this function: what follows the case is its success. */
static void run_case(void **state) {
    const struct test_entry *entry = *state;
    case_name = entry->name;
    test_region_reset();
    entry->run();
    printf("ok %s\n", entry->name);
}

int main(void) {
    struct CMUnitTest cases[TEST_ENTRY_COUNT_MAX];
    size_t case_count = 0;
    while (case_count < TEST_ENTRY_COUNT_MAX && test_list[case_count].run != NULL) {
        cases[case_count] =
            (struct CMUnitTest){.name = test_list[case_count].name,
                                .test_func = run_case,
                                .initial_state = (void *)(uintptr_t)&test_list[case_count]};
        case_count++;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    int failed_count = _cmocka_run_group_tests("cases", cases, case_count, NULL, NULL);
    test_region_reset();
    printf("done\n");
    return failed_count != 0;
}
