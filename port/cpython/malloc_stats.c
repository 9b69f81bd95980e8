// SPDX-License-Identifier: MIT
/*
 * What an arena holds, in CPython's format.
 *
 * Rows that are not there: num pools, unused pools, pool headers, because a pool has no memory of its own;
 * arenas reclaimed and their high water, because there is one arena for ever; quantization, because the
 * rest of a block is the program's (its usable size tells). Rows that CPython has not: large blocks, which
 * lie in the same arena, the free chunks, and the map.
 */
#include <string.h>

#include "heaps.h"
#include "lock.h"
#include "objimpl.h"
#include "py_domains.h"
#include "py_malloc_stats.h"
#include "pyerrors.h"
#include "walk.h"

enum {
    CLASS_BYTES = POOLS_ALIGNMENT_BYTES,
    CLASS_COUNT = POOLS_SMALL_BYTES_MAX / CLASS_BYTES,
    /* A block for 512 bytes may have 8 more. */
    ROW_COUNT = CLASS_COUNT + 1,
    NAME_BYTES = 35,
    VALUE_BYTES = 21
};

/* A program without the debug hooks links none of them. */
int pymem_below_hooks(PyMemAllocatorDomain domain, PyMemAllocatorEx *below) __attribute__((weak));
size_t pymem_debug_serial(void) __attribute__((weak));

struct census {
    uint32_t live[ROW_COUNT]; /* blocks of 8, 16, ... bytes */
    uint32_t ready[ROW_COUNT];
    struct pools_statistics sums;
};

struct out {
    void (*write)(void *to, const char *text);
    void *to;
};

/* The heap that the object domain allocates from now; NULL = not ours, or not open. */
static const struct pools_heap *current_pools(void) {
    PyMemAllocatorEx table;
    PyMem_GetAllocator(PYMEM_DOMAIN_OBJ, &table);
    if (pymem_below_hooks) {
        (void)pymem_below_hooks(PYMEM_DOMAIN_OBJ, &table);
    }
    if (table.malloc != _PyObject_Malloc) {
        return NULL;
    }
    if (pymem_current_heap) {
        return &pymem_current_heap->pools;
    }
    return obmalloc_arena_serves(&obmalloc_state) ? &obmalloc_heap : NULL;
}

static unsigned row_of(uint32_t bytes) {
    uint32_t row = bytes / CLASS_BYTES - 1;
    return row < ROW_COUNT ? row : ROW_COUNT - 1;
}

/* For a heap that pools_check has found sound. */
static void count(const struct pools_heap *heap, struct census *census) {
    memset(census, 0, sizeof *census);
    pools_statistics(heap, &census->sums);
    for (uint32_t chunk = walk_first(heap); chunk != heap->untouched;) {
        struct walk_step step = walk_at(heap, chunk);
        if (step.kind == WALK_SMALL) {
            census->live[row_of(step.bytes)]++;
        }
        chunk += step.bytes;
    }
    /* The map cannot tell the blocks that wait from live ones. */
    for (uint32_t granules = POOLS_CLASS_FIRST; granules <= POOLS_CLASS_LAST; granules++) {
        uint32_t block = heap->pools[granules];
        for (; block != heap->base; block = link_peek(heap, block)) {
            unsigned row = row_of(granules * POOLS_ALIGNMENT_BYTES);
            census->ready[row]++;
            census->live[row]--;
        }
    }
}

static void put(const struct out *out, const char *text) {
    out->write(out->to, text);
}

/* The number right-aligned in `width`; with commas if asked. */
static void put_number(const struct out *out, size_t value, unsigned width, int has_commas) {
    char text[VALUE_BYTES + 1];
    char *first = text + VALUE_BYTES;
    unsigned digit_count = 0;
    *first = '\0';
    do {
        if (has_commas && digit_count != 0 && digit_count % 3 == 0) {
            *--first = ',';
        }
        *--first = (char)('0' + value % 10u);
        value /= 10u;
        digit_count++;
    } while (value != 0);
    while (first > text + VALUE_BYTES - width) {
        *--first = ' ';
    }
    put(out, first);
}

/* Behind a name of that length. */
static void put_value(const struct out *out, size_t name_bytes, size_t value) {
    for (size_t i = name_bytes; i < NAME_BYTES; i++) {
        put(out, " ");
    }
    put(out, "=");
    put_number(out, value, VALUE_BYTES - 1, 1);
    put(out, "\n");
}

/* CPython's printone. Returns the value. */
static size_t put_sum(const struct out *out, const char *name, size_t value) {
    put(out, name);
    put_value(out, strlen(name), value);
    return value;
}

static void put_arenas(const struct out *out, size_t bytes) {
    static const char before[] = "1 arenas * ";
    static const char behind[] = " bytes/arena";
    size_t digit_count = 1;
    for (size_t rest = bytes; rest >= 10; rest /= 10u) {
        digit_count++;
    }
    put(out, before);
    put_number(out, bytes, 1, 0);
    put(out, behind);
    put_value(out, sizeof before + sizeof behind - 2 + digit_count, bytes);
}

static void put_classes(const struct out *out, const struct census *census) {
    put(out, "class   size   blocks in use  avail blocks\n"
             "-----   ----   -------------  ------------\n");
    for (unsigned i = 0; i < ROW_COUNT; i++) {
        // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): pools_check returns finding's status
        if (census->live[i] != 0 || census->ready[i] != 0) {
            put_number(out, i, 5, 0);
            put_number(out, (i + 1u) * CLASS_BYTES, 7, 0);
            put_number(out, census->live[i], 16, 0);
            put_number(out, census->ready[i], 14, 0);
            put(out, "\n");
        }
    }
}

/* The sums of the table's rows, so that it is these that have to add up. */
static size_t bytes_of(const uint32_t *counts) {
    size_t bytes = 0;
    for (unsigned i = 0; i < ROW_COUNT; i++) {
        bytes += counts[i] * (i + 1u) * CLASS_BYTES;
    }
    return bytes;
}

int py_malloc_stats(void (*write)(void *to, const char *text), void *to) {
    const struct out out = {write, to};
    struct pools_finding finding = {.status = POOLS_OK};
    struct census census;
    obmalloc_lock_state before = obmalloc_lock();
    const struct pools_heap *heap = current_pools();
    if (heap && pools_check(heap, &finding) == POOLS_OK) {
        count(heap, &census);
    }
    obmalloc_unlock(before);
    if (!heap) {
        return 0;
    }
    if (finding.status != POOLS_OK) {
        _Py_FatalErrorFunc("_PyObject_DebugMallocStats", finding.sentence);
    }
    put(&out, "Small block threshold = ");
    put_number(&out, POOLS_SMALL_BYTES_MAX, 1, 0);
    put(&out, ", in ");
    put_number(&out, CLASS_COUNT, 1, 0);
    put(&out, " size classes.\n\n");
    put_classes(&out, &census);
    put(&out, "\n");
    if (pymem_debug_serial && pymem_debug_serial() != 0) {
        (void)put_sum(&out, "# times object malloc called", pymem_debug_serial());
    }
    (void)put_sum(&out, "# arenas allocated current", 1);
    put_arenas(&out, census.sums.region_bytes);
    put(&out, "\n");
    size_t total = put_sum(&out, "# bytes in allocated blocks", bytes_of(census.live));
    total += put_sum(&out, "# bytes in available blocks", bytes_of(census.ready));
    total += put_sum(&out, "# bytes in large blocks", census.sums.large_used_bytes);
    total += put_sum(&out, "# bytes lost to large headers", census.sums.large_header_bytes);
    total += put_sum(&out, "# bytes in free chunks", census.sums.free_bytes);
    total += put_sum(&out, "# bytes lost to the arena map", census.sums.map_bytes);
    (void)put_sum(&out, "Total", total);
    /* GCOVR_EXCL_START: the walk above has proved these sums; this stands for a change of the rows */
    if (total != census.sums.region_bytes) {
        _Py_FatalErrorFunc("_PyObject_DebugMallocStats", "the rows do not add up to the arena");
    }
    /* GCOVR_EXCL_STOP */
    return 1;
}

static void write_to_file(void *to, const char *text) {
    (void)fputs(text, to);
}

int _PyObject_DebugMallocStats(FILE *out) {
    return py_malloc_stats(write_to_file, out);
}
