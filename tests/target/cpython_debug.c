// SPDX-License-Identifier: MIT
// test-link: -Wl,--defsym=__stack_reserve_bytes=2048
/*
 * The debug hooks: what lies around a block, and the report of each kind of damage, in CPython's words.
 *
 * From Modules/_testcapi/mem.c and Lib/test/test_capi/test_mem.py: pymem_buffer_overflow, pymem_api_misuse,
 * pymem_malloc_without_gil (an interrupt here); the layout from Objects/obmalloc.c. Each damage over
 * debug, malloc_debug and pymalloc_debug.
 */
#include <malloc.h>
#include <setjmp.h>

#include <Python.h>

#include "target.h"

#define REGISTER_ICSR  ((volatile uint32_t *)0xE000ED04)
#define ICSR_PENDSVSET UINT32_C(0x10000000)

enum { TEXT_BYTES = 1024, BLOCK_BYTES = 16, HEAD_BYTES = 8, CODE_BYTES_MAX = 256 };

static const PyMemAllocatorName debug_names[] = {
    PYMEM_ALLOCATOR_DEBUG, PYMEM_ALLOCATOR_MALLOC_DEBUG, PYMEM_ALLOCATOR_PYMALLOC_DEBUG};
enum { NAME_COUNT = sizeof debug_names / sizeof debug_names[0] };

static char text[TEXT_BYTES];
static size_t text_bytes;
static jmp_buf behind_report;
static char message[128];
static const char *func;
static const void *caller, *address;

void obmalloc_report_write(const char *piece, size_t bytes) {
    for (size_t i = 0; i < bytes && text_bytes + 1 < TEXT_BYTES; i++) {
        text[text_bytes++] = piece[i];
    }
    text[text_bytes] = '\0';
}

void obmalloc_fatal(const struct obmalloc_fatal *report) {
    strncpy(message, report->message, sizeof message - 1);
    func = report->func;
    caller = report->caller;
    address = report->address;
    longjmp(behind_report, 1);
}

/* The report that the call ends in: `message`, empty if there is none, and so on. */
static void report_of(void (*call)(void *), void *argument) {
    text_bytes = 0;
    text[0] = '\0';
    message[0] = '\0';
    caller = NULL;
    if (setjmp(behind_report) == 0) {
        call(argument);
    }
}

static void use(PyMemAllocatorName name) {
    CHECK_EQUAL(_PyMem_SetupAllocators(name), 0);
}

/* Every case ends with the default tables; so does one that failed, for the next. */
static void use_default(void) {
    use(PYMEM_ALLOCATOR_DEFAULT);
}

static void need_room(void) {
    use_default();
    void *block = malloc(400);
    free(block);
    if (!block) {
        SKIP("libc's part of this board's RAM is too small");
    }
}

static void check_dressed(const unsigned char *block, unsigned size, char id) {
    const unsigned char head[HEAD_BYTES] = {
        0, 0, (unsigned char)(size >> 8), (unsigned char)size, (unsigned char)id, 0xFD, 0xFD, 0xFD};
    CHECK(memcmp(block - HEAD_BYTES, head, HEAD_BYTES) == 0);
    for (unsigned i = 0; i < 4; i++) {
        CHECK_EQUAL(block[size + i], 0xFD);
    }
}

static bool is_all(const unsigned char *block, size_t bytes, unsigned char wanted) {
    for (size_t i = 0; i < bytes; i++) {
        if (block[i] != wanted) {
            return false;
        }
    }
    return true;
}

struct domain {
    char id;
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void (*free)(void *);
};

static const struct domain domains[] = {
    {'r', PyMem_RawMalloc, PyMem_RawCalloc, PyMem_RawRealloc, PyMem_RawFree},
    {'m', PyMem_Malloc, PyMem_Calloc, PyMem_Realloc, PyMem_Free},
    {'o', PyObject_Malloc, PyObject_Calloc, PyObject_Realloc, PyObject_Free},
};

TEST(a_block_is_dressed_byte_for_byte) {
    need_room();
    for (unsigned name = 0; name < NAME_COUNT; name++) {
        use(debug_names[name]);
        for (unsigned i = 0; i < 3; i++) {
            const struct domain *domain = &domains[i];
            unsigned char *block = SERVED(domain->malloc(21));
            CHECK_EQUAL((uintptr_t)block % 8, 0);
            CHECK(is_all(block, 21, 0xCD));
            check_dressed(block, 21, domain->id);
            domain->free(block);
            unsigned char *clean = SERVED(domain->calloc(3, 100));
            CHECK(is_all(clean, 300, 0));
            check_dressed(clean, 300, domain->id);
            domain->free(clean);
            unsigned char *none = SERVED(domain->malloc(0));
            check_dressed(none, 0, domain->id);
            domain->free(none);
        }
    }
    use_default();
    check_sound();
}

/* ERASED_SIZE is 64 at either end: sizes up to 128 and beyond, growing and shrinking over each of them. */
TEST(realloc_keeps_and_dresses) {
    need_room();
    static const unsigned sizes[] = {1, 63, 64, 65, 127, 128, 129, 200};
    use(PYMEM_ALLOCATOR_DEBUG);
    for (unsigned from = 0; from < 8; from++) {
        for (unsigned to = 0; to < 8; to++) {
            unsigned char *block = SERVED(PyObject_Malloc(sizes[from]));
            fill(block, sizes[from], from);
            block = SERVED(PyObject_Realloc(block, sizes[to]));
            unsigned kept = sizes[from] < sizes[to] ? sizes[from] : sizes[to];
            CHECK(is_filled(block, kept, from));
            CHECK(is_all(block + kept, sizes[to] - kept, 0xCD));
            check_dressed(block, sizes[to], 'o');
            /* What fails leaves the block as it was. */
            CHECK(PyObject_Realloc(block, PY_SSIZE_T_MAX) == NULL);
            CHECK(PyObject_Realloc(block, PY_SSIZE_T_MAX - 64) == NULL);
            CHECK(is_filled(block, kept, from));
            check_dressed(block, sizes[to], 'o');
            PyObject_Free(block);
        }
    }
    use_default();
    check_sound();
}

/* Nobody finds old contents in memory that was freed. The first 8 bytes are the allocator's, behind the
 * header that they cover; a free chunk takes 16. */
TEST(a_freed_block_is_dead) {
    need_room();
    use(PYMEM_ALLOCATOR_DEBUG);
    unsigned char *block = SERVED(PyMem_Malloc(40));
    PyMem_Free(block);
    CHECK(is_all(block + 8, 24, 0xDD));
    CHECK(_PyMem_IsPtrFreed(*(void **)(void *)(block + 8)));
    use_default();
}

/* Nor does who still uses a block that has moved: both of its ends are dead, 64 bytes each. */
TEST(a_moved_block_is_dead_where_it_was) {
    if (flag() == 0) {
        SKIP("where the C library moves a block, the new one may lie over the old");
    }
    need_room();
    use(PYMEM_ALLOCATOR_DEBUG);
    unsigned char *block = SERVED(PyMem_Malloc(204)), *behind = SERVED(PyMem_Malloc(204));
    memset(block, 0x11, 204);
    unsigned char *moved = SERVED(PyMem_Realloc(block, 300));
    CHECK(moved != block);
    CHECK(is_all(moved, 204, 0x11));
    CHECK(is_all(block + 8, 64 - 8, 0xDD));
    CHECK(is_all(block + 64, 204 - 128, 0x11));
    CHECK(is_all(block + 204 - 64, 64, 0xDD));
    PyMem_Free(moved);
    PyMem_Free(behind);
    use_default();
}

__attribute__((noinline)) static void free_m(void *block) {
    PyMem_Free(block);
    __asm__ volatile("");
}

__attribute__((noinline)) static void free_o(void *block) {
    PyObject_Free(block);
    __asm__ volatile("");
}

__attribute__((noinline)) static void free_r(void *block) {
    PyMem_RawFree(block);
    __asm__ volatile("");
}

__attribute__((noinline)) static void grow_o(void *block) {
    void *moved = PyObject_Realloc(block, 64);
    __asm__ volatile("" : : "r"(moved));
}

static void check_report(const char *wanted_func, const char *wanted_message,
                         void (*function)(void *), const void *block) {
    if (strcmp(message, wanted_message) != 0) {
        TEST_NOTE("the message is '%s'", message);
    }
    CHECK(strcmp(message, wanted_message) == 0);
    CHECK(strcmp(func, wanted_func) == 0);
    CHECK_EQUAL(address, block);
    CHECK((uintptr_t)caller - ((uintptr_t)function & ~(uintptr_t)1) < CODE_BYTES_MAX);
    static char line[192];
    strcpy(line, "Fatal Python error: ");
    strcat(strcat(strcat(strcat(line, wanted_func), ": "), wanted_message), "\n");
    CHECK(strstr(text, line) != NULL);
    CHECK(strstr(text, "Python runtime state: unknown\n\nCalled from 0x") != NULL);
}

static void write_hex(char *to, uintptr_t value) {
    for (int shift = 28; shift >= 0; shift -= 4) {
        *to++ = "0123456789abcdef"[value >> shift & 0xF];
    }
    *to = '\0';
}

/* The whole dump, as CPython's test compares it. */
TEST(buffer_overflow) {
    need_room();
    for (unsigned name = 0; name < NAME_COUNT; name++) {
        use(debug_names[name]);
        char *block = SERVED(PyMem_Malloc(BLOCK_BYTES));
        block[BLOCK_BYTES] = 'x';
        report_of(free_m, block);
        check_report("_PyMem_DebugRawFree", "bad trailing pad byte", free_m, block);
        static char wanted[512];
        char at[9], tail[9];
        write_hex(at, (uintptr_t)block);
        write_hex(tail, (uintptr_t)block + BLOCK_BYTES);
        strcpy(wanted, "Debug memory block at address p=0x");
        strcat(strcat(wanted, at), ": API 'm'\n"
                                   "    16 bytes originally requested\n"
                                   "    The 3 pad bytes at p-3 are FORBIDDENBYTE, as expected.\n"
                                   "    The 4 pad bytes at tail=0x");
        strcat(strcat(wanted, tail),
               " are not all FORBIDDENBYTE (0xfd):\n"
               "        at tail+0: 0x78 *** OUCH\n"
               "        at tail+1: 0xfd\n"
               "        at tail+2: 0xfd\n"
               "        at tail+3: 0xfd\n"
               "    Data at p: cd cd cd cd cd cd cd cd cd cd cd cd cd cd cd cd\n"
               "\n");
        CHECK(strncmp(text, wanted, strlen(wanted)) == 0);
        block[BLOCK_BYTES] = (char)0xFD;
        PyMem_Free(block);
    }
    use_default();
}

TEST(api_misuse) {
    need_room();
    for (unsigned name = 0; name < NAME_COUNT; name++) {
        use(debug_names[name]);
        char *block = SERVED(PyMem_Malloc(BLOCK_BYTES));
        report_of(free_r, block);
        check_report("_PyMem_DebugRawFree",
                     "bad ID: Allocated using API 'm', verified using API 'r'", free_r, block);
        report_of(grow_o, block);
        check_report("_PyMem_DebugRawRealloc",
                     "bad ID: Allocated using API 'm', verified using API 'o'", grow_o, block);
        PyMem_Free(block);
    }
    use_default();
}

TEST(underflow) {
    need_room();
    use(PYMEM_ALLOCATOR_DEBUG);
    unsigned char *block = SERVED(PyObject_Malloc(30));
    block[-2] = 0;
    report_of(free_o, block);
    check_report("_PyMem_DebugRawFree", "bad leading pad byte", free_o, block);
    CHECK(strstr(text,
                 "    The 3 pad bytes at p-3 are not all FORBIDDENBYTE (0xfd):\n"
                 "        at p-3: 0xfd\n        at p-2: 0x00 *** OUCH\n        at p-1: 0xfd\n"
                 "    Because memory is corrupted at the start, the count of bytes requested\n"
                 "       may be bogus, and checking the trailing pad bytes may segfault.\n"));
    CHECK(strstr(text, "    Data at p: cd cd cd cd cd cd cd cd ... cd cd cd cd cd cd cd cd\n"));
    block[-2] = 0xFD;
    /* A size that leads out of the block, and of RAM: nothing there is read. */
    block[-8] = 0x7F;
    report_of(free_o, block);
    check_report("_PyMem_DebugRawFree", "bad trailing pad byte", free_o, block);
    CHECK(strstr(text, " are beyond the block's end, and not read.\n") != NULL);
    CHECK(strstr(text, "Data at p") == NULL);
    block[-8] = 0;
    PyObject_Free(block);
    use_default();
    check_sound();
}

/* CPython calls this a bad ID. */
TEST(double_free) {
    need_room();
    static const size_t sizes[] = {1, 40, 300};
    for (unsigned name = 0; name < NAME_COUNT; name++) {
        for (unsigned i = 0; i < 3; i++) {
            use(debug_names[name]);
            void *block = SERVED(PyObject_Malloc(sizes[i]));
            PyObject_Free(block);
            report_of(free_o, block);
            check_report("_PyMem_DebugRawFree", "double free", free_o, block);
            report_of(grow_o, block);
            check_report("_PyMem_DebugRawRealloc", "double free", grow_o, block);
            CHECK(strstr(text, ": free already\n") != NULL);
        }
    }
    use_default();
    check_sound();
}

/* PendSV calls, as a handler must not. */
static bool handler_ran;
static void *handler_block;

void board_pendsv(void);
void board_pendsv(void) {
    handler_ran = true;
    report_of(free_m, handler_block);
}

TEST(from_an_interrupt) {
    need_room();
    use(PYMEM_ALLOCATOR_DEBUG);
    handler_block = SERVED(PyMem_Malloc(BLOCK_BYTES));
    handler_ran = false;
    *REGISTER_ICSR = ICSR_PENDSVSET;
    __asm__ volatile("dsb\n isb" : : : "memory");
    CHECK(handler_ran);
    check_report("_PyMem_DebugFree", "Python memory allocator called without holding the GIL",
                 free_m, NULL);
    CHECK(strstr(text, "the GIL\nIt was called from an interrupt") != NULL);
    PyMem_Free(handler_block);
    use_default();
}

TEST(hooks_wrap_any_table_once) {
    need_room();
    use_default();
    PyMem_SetupDebugHooks();
    PyMem_SetupDebugHooks();
    CHECK(strcmp(_PyMem_GetCurrentAllocatorName(), "pymalloc_debug") == 0);
    void *block = SERVED(PyMem_Malloc(8));
    check_dressed(block, 8, 'm');
    CHECK(malloc_usable_size((char *)block - HEAD_BYTES) >= 8 + 12);
    PyMem_Free(block);
    use_default();
}

TEST_LIST = {TEST_ENTRY(a_block_is_dressed_byte_for_byte),
             TEST_ENTRY(realloc_keeps_and_dresses),
             TEST_ENTRY(a_freed_block_is_dead),
             TEST_ENTRY(a_moved_block_is_dead_where_it_was),
             TEST_ENTRY(buffer_overflow),
             TEST_ENTRY(api_misuse),
             TEST_ENTRY(underflow),
             TEST_ENTRY(double_free),
             TEST_ENTRY(from_an_interrupt),
             TEST_ENTRY(hooks_wrap_any_table_once)};
