// SPDX-License-Identifier: MIT
/* Before main and from its first statement on: requests that no size class has the length of. The port's
 * first calls find out the flag, and must ask the C library for the bytes that were asked of them. */
#include <malloc.h>
#include <stdlib.h>

#include "print.h"

enum { BEFORE_MAIN_COUNT = 5, IN_MAIN_COUNT = 5 };

static const size_t sizes[] = {1, 13, 3, 700, 5, 21, 2, 9, 30, 1};
static void *before_main[BEFORE_MAIN_COUNT];

__attribute__((constructor)) static void allocate_before_main(void) {
    for (unsigned i = 0; i < BEFORE_MAIN_COUNT; i++) {
        before_main[i] = malloc(sizes[i]);
    }
    free(before_main[2]);
    before_main[2] = calloc(1, 3);
    before_main[1] = realloc(before_main[1], 14);
}

int main(void) {
    for (unsigned i = 0; i < BEFORE_MAIN_COUNT; i++) {
        put_pointer(before_main[i]);
    }
    for (unsigned i = 0; i < IN_MAIN_COUNT; i++) {
        put_pointer(malloc(sizes[BEFORE_MAIN_COUNT + i]));
    }
    flush_text();
    return 0;
}
