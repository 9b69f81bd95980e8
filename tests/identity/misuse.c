// SPDX-License-Identifier: MIT
/*
 * One bad call (case=N on the command line), then some good ones; prints what comes back. Linked
 * once with this port and once without it: under flag 0 both must do the same, down to the fault or
 * the hang.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "print.h"

static uint32_t fake[32] __attribute__((aligned(8)));
static char *blocks[8];

void report_scan(void);

static void put_place(const void *pointer) {
    const char *address = pointer;
    if (address >= (char *)fake && address < (char *)fake + sizeof fake) {
        put_text("in static storage\n");
    } else {
        put_pointer(pointer);
    }
}

static void double_free(void) {
    free(blocks[2]);
    free(blocks[2]);
}

static void double_free_after_another(void) {
    free(blocks[2]);
    free(blocks[4]);
    free(blocks[2]);
}

static void interior(void) {
    free(blocks[3] + 8);
}

static void one_past_the_end(void) {
    free(blocks[3] + malloc_usable_size(blocks[3]));
}

static void misaligned(void) {
    free(blocks[3] + 4);
}

/* What looks like the header of a chunk of 64 bytes, to both newlibs. */
static void static_storage(void) {
    fake[1] = 64 | 1;
    fake[17] = 64 | 1;
    free(&fake[2]);
}

static void static_storage_of_zeros(void) {
    free(&fake[2]);
}

static void realloc_of_a_freed_block(void) {
    free(blocks[2]);
    put_place(realloc(blocks[2], 400));
}

static void realloc_to_nothing(void) {
    put_place(realloc(blocks[2], 0));
}

static void realloc_to_int_max(void) {
    put_place(realloc(blocks[2], 0x7FFFFFFF));
}

static void malloc_huge(void) {
    static const volatile size_t sizes[] = {0x7FFFFFF0, 0x7FFFFFFF, 0x80000000, SIZE_MAX - 8,
                                            SIZE_MAX};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        put_place(malloc(sizes[i]));
    }
}

static void calloc_that_wraps(void) {
    static const volatile size_t pairs[][2] = {
        {0x10001, 0x10000}, {0x20000000, 9}, {SIZE_MAX / 2 + 2, 2}};
    for (unsigned i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        put_place(calloc(pairs[i][0], pairs[i][1]));
    }
}

static void memalign_to_no_power_of_two(void) {
    static const size_t alignments[] = {0, 5, 7, 1000};
    for (unsigned i = 0; i < sizeof alignments / sizeof alignments[0]; i++) {
        put_place(memalign(alignments[i], 40));
    }
}

static void memalign_that_wraps(void) {
    put_place(memalign(16, SIZE_MAX));
    put_place(memalign(256, SIZE_MAX - 100));
}

static void (*const cases[])(void) = {
    double_free,
    double_free_after_another,
    interior,
    one_past_the_end,
    misaligned,
    static_storage,
    static_storage_of_zeros,
    realloc_of_a_freed_block,
    realloc_to_nothing,
    realloc_to_int_max,
    malloc_huge,
    calloc_that_wraps,
    memalign_to_no_power_of_two,
    memalign_that_wraps,
};

int main(void) {
    char number[4];
    enum { CASE_COUNT = sizeof cases / sizeof cases[0], NO_SUCH_CASE = 2 };
    (void)board_argument("case=", number, sizeof number);
    size_t index = (size_t)atoi(number);
    if (index >= CASE_COUNT) {
        return NO_SUCH_CASE;
    }
    static const size_t sizes[] = {24, 40, 56, 120, 200, 16, 700, 64};
    for (unsigned i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        blocks[i] = malloc(sizes[i]);
        memset(blocks[i], 0, sizes[i]);
        put_place(blocks[i]);
    }
    flush_text();
    cases[index]();
    flush_text();
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        put_place(malloc(sizes[i]));
        flush_text();
    }
    return 0;
}
