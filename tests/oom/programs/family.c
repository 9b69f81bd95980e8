// SPDX-License-Identifier: MIT
/* Each allocation function, small, middling and large: what it returns where it is refused, and what it leaves alone. */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "obmalloc.h"
#include "oom/programs/program.h"

void *reallocarray(void *block, size_t count, size_t bytes);
void *reallocf(void *block, size_t bytes);

enum { SEED = 7 };

/* Under flag 0 picolibc serves its own posix_memalign, where errno may change: POSIX does not say that it stays. */
static bool errno_stays(void) {
#ifdef __PICOLIBC__
    return obmalloc_boot_report().flag != 0;
#else
    return true;
#endif
}

static bool is_clear(const unsigned char *block, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        if (block[i] != 0) {
            return false;
        }
    }
    return true;
}

static void dirty(size_t bytes) {
    void *block = program_served(malloc(bytes));
    if (block != NULL) {
        memset(block, 0xEE, bytes);
    }
    free(block);
}

/* The block keeps what is in it, whether it moves, stays, or is not made longer. */
static void resize(size_t bytes, size_t new_bytes) {
    unsigned char *block = program_served(malloc(bytes));
    if (block == NULL) {
        return;
    }
    HOLDS(malloc_usable_size(block) >= bytes);
    program_fill(block, bytes, SEED);
    unsigned char *moved = program_served(realloc(block, new_bytes));
    HOLDS(program_is_filled(moved != NULL ? moved : block, bytes < new_bytes ? bytes : new_bytes,
                            SEED));
    free(moved != NULL ? moved : block);
}

static void resize_by_others(size_t bytes) {
    unsigned char *block = program_served(reallocarray(NULL, bytes, 1));
    if (block == NULL) {
        return;
    }
    program_fill(block, bytes, SEED);
    unsigned char *moved = program_served(reallocarray(block, bytes, 3));
    block = moved != NULL ? moved : block;
    HOLDS(program_is_filled(block, bytes, SEED));
    /* Frees the block where it cannot be made longer. */
    moved = program_served(reallocf(block, 5 * bytes));
    HOLDS(moved == NULL || program_is_filled(moved, bytes, SEED));
    free(moved);
}

static void clean(size_t bytes) {
    dirty(bytes);
    unsigned char *block = program_served(calloc(bytes / 4 + 1, 4));
    HOLDS(block == NULL || is_clear(block, (bytes / 4 + 1) * 4));
    free(block);
}

static void aligned(size_t alignment, size_t bytes) {
    void *block = program_served(memalign(alignment, bytes));
    HOLDS((uintptr_t)block % alignment == 0);
    free(block);
    block = program_served(aligned_alloc(alignment, bytes));
    HOLDS((uintptr_t)block % alignment == 0);
    free(block);
    void *const untouched = &block;
    block = untouched;
    errno = 0;
    int error = posix_memalign(&block, alignment, bytes);
    HOLDS(errno == 0 || !errno_stays());
    if (error != 0) {
        HOLDS(error == ENOMEM && block == untouched);
        program_refused();
        return;
    }
    HOLDS((uintptr_t)block % alignment == 0);
    free(block);
}

int main(void) {
    static const uint16_t sizes[] = {1, 8, 40, 200, 248, 300, 512, 513, 700, 3000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t bytes = sizes[i];
        dirty(bytes);
        resize(bytes, 2 * bytes + 1);
        resize(bytes, bytes / 2 + 1);
        resize(bytes, 600);
        resize(600, bytes);
        resize_by_others(bytes);
        clean(bytes);
        aligned(16, bytes);
        aligned(256, bytes);
    }
    free(program_served(valloc(100)));
    free(program_served(pvalloc(100)));
    return program_end();
}
