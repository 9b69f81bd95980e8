// SPDX-License-Identifier: MIT
/* The debug hooks with PYMEM_DEBUG_SERIALNO: 4 bytes more behind the block, the number of the call. */
#include <setjmp.h>

#include <Python.h>

#include "py_malloc_stats.h"
#include "target/target.h"

enum { TEXT_BYTES = 1024 };

static char text[TEXT_BYTES];
static jmp_buf behind_report;

void obmalloc_report_write(const char *piece, size_t bytes) {
    (void)strncat(text, piece, bytes);
}

void obmalloc_fatal(const struct obmalloc_fatal *report) {
    (void)report;
    longjmp(behind_report, 1);
}

/* Big-endian, behind four bytes of 0xFD. */
static unsigned serial_of(const unsigned char *block, size_t bytes) {
    for (unsigned i = 0; i < 4; i++) {
        CHECK_EQUAL(block[bytes + i], 0xFD);
    }
    const unsigned char *number = block + bytes + 4;
    return (unsigned)number[0] << 24 | (unsigned)number[1] << 16 | (unsigned)number[2] << 8 |
           number[3];
}

static void keep(void *to, const char *piece) {
    (void)strncat(to, piece, TEXT_BYTES - 1 - strlen(to));
}

TEST(calls_are_numbered) {
    PyMem_SetupDebugHooks();
    unsigned char *first = SERVED(PyMem_Malloc(5)), *second = SERVED(PyObject_Calloc(2, 6));
    CHECK_EQUAL(serial_of(first, 5), 1);
    CHECK_EQUAL(serial_of(second, 12), 2);
    PyObject_Free(second);
    first = SERVED(PyMem_Realloc(first, 200));
    CHECK_EQUAL(serial_of(first, 200), 3);
    /* One that fails is no call. */
    CHECK(PyMem_Realloc(first, PY_SSIZE_T_MAX - 64) == NULL);
    CHECK_EQUAL(serial_of(first, 200), 3);
    first[200] = 0;
    if (setjmp(behind_report) == 0) {
        PyMem_Free(first);
    }
    CHECK(strstr(text, "        at tail+3: 0xfd\n"
                       "    The block was made by call #3 to debug malloc/realloc.\n"
                       "    Data at p: cd cd") != NULL);
    first[200] = 0xFD;
    PyMem_Free(first);
    text[0] = '\0';
    CHECK_EQUAL(py_malloc_stats(keep, text), flag());
    CHECK_EQUAL(strstr(text, "\n# times object malloc called       =                   3\n") !=
                    NULL,
                flag());
    check_sound();
}

TEST_LIST = {TEST_ENTRY(calls_are_numbered)};
