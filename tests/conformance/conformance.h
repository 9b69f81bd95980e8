// SPDX-License-Identifier: MIT
/*
 * What the conformance cases share: the domains as values, CPython's classes of cases by allocator, and the
 * report in which a call ends. One file a program: it defines the hooks.
 */
#ifndef TESTS_CONFORMANCE_H
#define TESTS_CONFORMANCE_H

#include <setjmp.h>

#include <Python.h>

#include "target/target.h"

/* A case of CPython's PyMemDebugTests, which runs once more in each subclass: one of ours for each. */
#define DEBUG_CASES(name)                                                                          \
    TEST(PyMemDebugTests_##name) {                                                                 \
        name(PYMEM_ALLOCATOR_DEBUG);                                                               \
    }                                                                                              \
    TEST(PyMemMallocDebugTests_##name) {                                                           \
        name(PYMEM_ALLOCATOR_MALLOC_DEBUG);                                                        \
    }                                                                                              \
    TEST(PyMemPymallocDebugTests_##name) {                                                         \
        name(PYMEM_ALLOCATOR_PYMALLOC_DEBUG);                                                      \
    }
#define DEBUG_ENTRIES(name)                                                                        \
    TEST_ENTRY(PyMemDebugTests_##name), TEST_ENTRY(PyMemMallocDebugTests_##name),                  \
        TEST_ENTRY(PyMemPymallocDebugTests_##name)

enum { REPORT_BYTES = 1024, MESSAGE_BYTES = 128 };

static char report_text[REPORT_BYTES];
static size_t report_bytes;
static char report_message[MESSAGE_BYTES];
static jmp_buf behind_report;
static bool report_is_awaited;

void obmalloc_report_write(const char *piece, size_t bytes) {
    for (size_t i = 0; i < bytes && report_bytes + 1 < REPORT_BYTES; i++) {
        report_text[report_bytes++] = piece[i];
    }
    report_text[report_bytes] = '\0';
}

void obmalloc_fatal(const struct obmalloc_fatal *report) {
    strncpy(report_message, report->message, MESSAGE_BYTES - 1);
    if (!report_is_awaited) {
        test_fail(report->func, 0, report_message);
    }
    longjmp(behind_report, 1);
}

/* Makes the call, keeps the report. Returns true iff it ended in one. */
static inline __attribute__((unused)) bool ends_in_report(void (*call)(void)) {
    report_bytes = 0;
    report_text[0] = '\0';
    memset(report_message, 0, sizeof report_message);
    report_is_awaited = true;
    volatile bool reported = setjmp(behind_report) != 0;
    if (!reported) {
        call();
    }
    report_is_awaited = false;
    return reported;
}

static inline void use_allocator(PyMemAllocatorName name) {
    CHECK_EQUAL(_PyMem_SetupAllocators(name), 0);
}

static inline void need_room(void) {
    use_allocator(PYMEM_ALLOCATOR_DEFAULT);
    void *block = malloc(400);
    free(block);
    if (!block) {
        SKIP("libc's part of this board's RAM is too small");
    }
}

#endif
