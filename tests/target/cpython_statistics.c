// SPDX-License-Identifier: MIT
/* _PyObject_DebugMallocStats: CPython's format, and rows that add up to the arena and to what the case
 * holds. Lib/test/test_sys.py's test_debugmallocstats and test_getallocatedblocks ask for less. */
// test-link: -Wl,--defsym=__obmalloc_interpreter_bytes=1536 -Wl,--defsym=__stack_reserve_bytes=2048
#include <setjmp.h>

#include <Python.h>

#include "py_malloc_stats.h"
#include "target.h"

enum { TEXT_BYTES = 1536, ARENA_BYTES = 1536, NAME_BYTES = 35, LINE_BYTES = 57 };

static char text[TEXT_BYTES];
static size_t text_bytes;
static char arena[ARENA_BYTES] __attribute__((aligned(8), section(".noinit")));

static void keep(void *to, const char *piece) {
    CHECK_EQUAL(to, text);
    for (; *piece != '\0' && text_bytes + 1 < TEXT_BYTES; piece++) {
        text[text_bytes++] = *piece;
    }
    text[text_bytes] = '\0';
}

static jmp_buf behind_report;
static const char *message;

void obmalloc_report_write(const char *piece, size_t bytes) {
    (void)piece;
    (void)bytes;
}

void obmalloc_fatal(const struct obmalloc_fatal *report) {
    message = report->message;
    longjmp(behind_report, 1);
}

static int written(void) {
    text_bytes = 0;
    text[0] = '\0';
    return py_malloc_stats(keep, text);
}

/* The number at the end of the line that begins so; its line has the width of CPython's. */
static size_t row(const char *name) {
    const char *line = strstr(text, name);
    CHECK(line != NULL && (line == text || line[-1] == '\n'));
    CHECK_EQUAL(line[NAME_BYTES], '=');
    CHECK_EQUAL(line[LINE_BYTES - 1], '\n');
    size_t value = 0;
    for (unsigned i = NAME_BYTES + 1; i < LINE_BYTES - 1; i++) {
        if (line[i] >= '0' && line[i] <= '9') {
            value = value * 10 + (size_t)(line[i] - '0');
        } else {
            CHECK(line[i] == ' ' || line[i] == ',');
        }
    }
    return value;
}

/* Adds the table's up: blocks in use and available, and the bytes of both. */
static void add_classes(size_t sums[4]) {
    static const char rule[] = "-----   ----   -------------  ------------\n";
    const char *at = strstr(text, rule);
    CHECK(at != NULL);
    at += sizeof rule - 1;
    memset(sums, 0, 4 * sizeof sums[0]);
    while (*at != '\n') {
        char *end;
        unsigned long index = strtoul(at, &end, 10), size = strtoul(end, &end, 10);
        unsigned long live = strtoul(end, &end, 10), ready = strtoul(end, &end, 10);
        CHECK_EQUAL(end - at, 5 + 7 + 16 + 14);
        CHECK_EQUAL(*end, '\n');
        CHECK_EQUAL(size, (index + 1) * 8);
        sums[0] += live;
        sums[1] += ready;
        sums[2] += live * size;
        sums[3] += ready * size;
        at = end + 1;
    }
}

static void check_text(size_t arena_bytes, const struct pools_statistics *now) {
    CHECK(
        strncmp(text,
                "Small block threshold = 512, in 64 size classes.\n\nclass   size   blocks in use  "
                "avail blocks\n",
                93) == 0);
    size_t sums[4];
    add_classes(sums);
    CHECK_EQUAL(sums[0], now->small_used_blocks);
    CHECK_EQUAL(sums[1], now->pool_ready_blocks);
    CHECK_EQUAL(row("# bytes in allocated blocks"), sums[2]);
    CHECK_EQUAL(row("# bytes in available blocks"), sums[3]);
    CHECK_EQUAL(row("# arenas allocated current"), 1);
    CHECK_EQUAL(row("1 arenas * "), arena_bytes);
    CHECK_EQUAL(row("# bytes in large blocks"), now->large_used_bytes);
    size_t total = row("Total");
    CHECK_EQUAL(total, arena_bytes);
    CHECK_EQUAL(sums[2] + sums[3] + row("# bytes in large blocks") +
                    row("# bytes lost to large headers") + row("# bytes in free chunks") +
                    row("# bytes lost to the arena map"),
                total);
}

TEST(nothing_is_written_where_the_pools_do_not_serve) {
    void *block = malloc(1);
    CHECK_EQUAL(written(), flag());
    CHECK_EQUAL(text_bytes == 0, flag() == 0);
    CHECK_EQUAL(_PyMem_SetupAllocators(PYMEM_ALLOCATOR_MALLOC_DEBUG), 0);
    CHECK_EQUAL(written(), 0);
    CHECK_EQUAL(_PyMem_SetupAllocators(PYMEM_ALLOCATOR_PYMALLOC_DEBUG), 0);
    CHECK_EQUAL(written(), flag());
    CHECK_EQUAL(_PyMem_SetupAllocators(PYMEM_ALLOCATOR_DEFAULT), 0);
    free(block);
}

TEST(rows_add_up_to_the_arena) {
    if (flag() == 0) {
        SKIP("there is no arena under flag 0");
    }
    enum { COUNT = 12 };
    void *blocks[COUNT];
    Py_ssize_t count_before = _Py_GetGlobalAllocatedBlocks();
    for (unsigned i = 0; i < COUNT; i++) {
        blocks[i] = PyObject_Malloc(8 + i * 20);
        CHECK(blocks[i] != NULL);
    }
    CHECK_EQUAL(_Py_GetGlobalAllocatedBlocks(), count_before + COUNT);
    for (unsigned i = 0; i < COUNT; i += 2) {
        PyObject_Free(blocks[i]);
    }
    CHECK_EQUAL(_Py_GetGlobalAllocatedBlocks(), count_before + COUNT / 2);
    CHECK_EQUAL(written(), 1);
    struct pools_statistics now = statistics().arena;
    CHECK(now.small_used_blocks >= COUNT / 2);
    check_text(now.region_bytes, &now);
    for (unsigned i = 1; i < COUNT; i += 2) {
        PyObject_Free(blocks[i]);
    }
    CHECK_EQUAL(_Py_GetGlobalAllocatedBlocks(), count_before);
}

static void *give_arena(void *ctx, size_t size) {
    (void)ctx;
    CHECK_EQUAL(size, ARENA_BYTES);
    return arena;
}

static void take_arena(void *ctx, void *ptr, size_t size) {
    (void)ctx;
    (void)size;
    CHECK_EQUAL(ptr, arena);
}

/* The current interpreter's arena, with large blocks in it, under both flags. */
TEST(an_interpreters_arena_is_its_own) {
    PyInterpreterConfig main_config = PyInterpreterConfig_DEFAULT;
    main_config.use_main_obmalloc = flag();
    CHECK(!PyStatus_Exception(Py_InitializeFromConfig(&main_config)));
    PyObjectArenaAllocator allocator = {NULL, give_arena, take_arena};
    PyObject_SetArenaAllocator(&allocator);
    static const PyInterpreterConfig isolated = _PyInterpreterConfig_INIT;
    PyThreadState *tstate;
    PyStatus status = Py_NewInterpreterFromConfig(&tstate, &isolated);
    if (PyStatus_Exception(status)) {
        SKIP("libc's part of this board's RAM is too small");
    }
    void *large = PyObject_Malloc(600), *small = PyObject_Malloc(30), *ready = PyMem_Malloc(50);
    CHECK(large != NULL && small != NULL && ready != NULL);
    PyMem_Free(ready);
    CHECK_EQUAL(written(), 1);
    struct obmalloc_heap_statistics now;
    CHECK(obmalloc_heap_statistics(obmalloc_heap_of(arena), &now));
    CHECK_EQUAL(now.live_blocks, 2);
    check_text(ARENA_BYTES - OBMALLOC_HEAP_HEADER_BYTES, &now.pools);
    CHECK(strstr(text, "\nTotal                              =               1,208\n") != NULL);
    CHECK(row("# bytes in large blocks") >= 600);
    CHECK_EQUAL(row("# bytes lost to large headers"), 8);

    /* What does not hold is not written. */
    uint32_t *header = (uint32_t *)large - 2;
    uint32_t kept = header[0];
    header[0] ^= 16;
    message = NULL;
    if (setjmp(behind_report) == 0) {
        (void)written();
    }
    header[0] = kept;
    CHECK(message != NULL && text_bytes == 0);
    PyObject_Free(large);
    PyObject_Free(small);
    Py_EndInterpreter(tstate);
}

TEST_LIST = {TEST_ENTRY(nothing_is_written_where_the_pools_do_not_serve),
             TEST_ENTRY(rows_add_up_to_the_arena), TEST_ENTRY(an_interpreters_arena_is_its_own)};
