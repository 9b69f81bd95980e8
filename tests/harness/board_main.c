// SPDX-License-Identifier: MIT
/* Runs the cases of an image on a board and prints a line for each. */
#include <setjmp.h>
#include <stdbool.h>

#include "board.h"
#include "harness/board_text.h"
#include "harness/test.h"

static jmp_buf case_end;
static const char *case_name;
static bool case_failed, case_skipped;

int main(void);

_Noreturn void test_fail(const char *file, int line, const char *text) {
    case_failed = true;
    text_print("FAIL %s %s:%d: %s\n", case_name, file, line, text);
    longjmp(case_end, 1);
}

_Noreturn void test_skip(const char *reason) {
    case_skipped = true;
    text_print("skip %s: %s\n", case_name, reason);
    longjmp(case_end, 1);
}

void test_check_equal(const char *file, int line, const char *text, uintptr_t actual,
                      uintptr_t expected) {
    if (actual == expected) {
        return;
    }
    case_failed = true;
    text_print("FAIL %s %s:%d: %s: got %u (0x%x), expected %u (0x%x)\n", case_name, file, line,
               text, (unsigned)actual, (unsigned)actual, (unsigned)expected, (unsigned)expected);
    longjmp(case_end, 1);
}

static void run_case(const struct test_entry *entry) {
    case_name = entry->name;
    case_failed = false;
    case_skipped = false;
    test_region_reset();
    if (setjmp(case_end) == 0) {
        entry->run();
    }
}

int main(void) {
    bool any_failed = false;
    for (unsigned i = 0; i < TEST_ENTRY_COUNT_MAX && test_list[i].run != NULL; i++) {
        run_case(&test_list[i]);
        any_failed = any_failed || case_failed;
        if (!case_failed && !case_skipped) {
            text_print("ok %s\n", case_name);
        }
    }
    text_print("done\n");
    return any_failed;
}
