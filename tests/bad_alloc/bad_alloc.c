// SPDX-License-Identifier: MIT
/*
 * Requests that no heap can serve, one by one, and what comes of each. Runs with a C library alone or with the port in
 * front of it. Words of the command line:
 *
 *   ram=high    the heap lies at 0x80000000 and above, where addresses are negative as ptrdiff_t
 *   case=N      this one alone: a program that has been given an impossible block is not to be trusted afterwards
 *
 * Prints a line `case CALL: ANSWER` for each, and `end` behind the last.
 */
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bad_alloc/ram.h"
#include "board.h"
#include "harness/board_text.h"

/* Here it is there, whatever the headers say. */
void *sbrk(ptrdiff_t increment_bytes);
void *reallocarray(void *block, size_t count, size_t bytes);
/* newlib alone cannot link these. */
#ifndef __PICOLIBC__
#pragma weak aligned_alloc
#pragma weak posix_memalign
#define IS_THERE(function) ((function) != NULL)
#else
#define IS_THERE(function) true
#endif

enum { KEPT_BYTES = 40, FILL = 0x5A };

/* volatile, or GCC warns of what is meant here. */
static const volatile size_t size_max = SIZE_MAX, half = (size_t)INT_MAX + 1;

/* A block that is live beside the request, and the request's own for realloc. */
static unsigned char *kept;

struct answer {
    const void *block;
    size_t asked_bytes, alignment;
    bool is_there, is_address,
        is_done; /* whether the function exists; else its answer is no block's address; which is right */
};

static struct answer block_of(void *block, size_t asked_bytes, size_t alignment) {
    return (struct answer){block, asked_bytes, alignment, true, true, false};
}

static void *fresh(void) {
    unsigned char *block = malloc(KEPT_BYTES);
    errno = 0;
    return block;
}

#define MALLOC(name, bytes)                                                                        \
    static struct answer name(void) {                                                              \
        return block_of(malloc(bytes), bytes, 8);                                                  \
    }
MALLOC(malloc_max, size_max)
MALLOC(malloc_max_less_7, size_max - 7)
MALLOC(malloc_max_less_100, size_max - 100)
MALLOC(malloc_half, half)
MALLOC(malloc_int_max, half - 1)
MALLOC(malloc_int_max_less_15, half - 16)

#define CALLOC(name, count, bytes)                                                                 \
    static struct answer name(void) {                                                              \
        return block_of(calloc(count, bytes), size_max, 8);                                        \
    }
CALLOC(calloc_max_2, size_max, (size_t)2)
CALLOC(calloc_wraps_to_0, (half >> 15), half >> 15)
CALLOC(calloc_wraps_to_16, (half >> 2) + 2, (size_t)8)

#define REALLOC(name, bytes)                                                                       \
    static struct answer name(void) {                                                              \
        return block_of(realloc(fresh(), bytes), bytes, 8);                                        \
    }
REALLOC(realloc_max, size_max)
REALLOC(realloc_int_max_less_15, half - 16)

static struct answer reallocarray_wraps(void) {
    return block_of(reallocarray(fresh(), half >> 15, half >> 15), size_max, 8);
}

#define MEMALIGN(name, alignment, bytes)                                                           \
    static struct answer name(void) {                                                              \
        return block_of(memalign(alignment, bytes), bytes, alignment);                             \
    }
MEMALIGN(memalign_16_max, (size_t)16, size_max)
MEMALIGN(memalign_64_max_less_63, (size_t)64, size_max - 63)
MEMALIGN(memalign_4096_int_max, (size_t)4096, half - 1)
MEMALIGN(memalign_half, half, (size_t)8)
MEMALIGN(memalign_0, size_max + 1, (size_t)16)
MEMALIGN(memalign_3, (size_t)3, (size_t)16)
MEMALIGN(memalign_24, (size_t)24, (size_t)100)
MEMALIGN(memalign_1000, (size_t)1000, (size_t)100)

#define ALIGNED_ALLOC(name, alignment, bytes)                                                      \
    static struct answer name(void) {                                                              \
        return IS_THERE(aligned_alloc)                                                             \
                   ? block_of(aligned_alloc(alignment, bytes), bytes, alignment)                   \
                   : (struct answer){.is_there = false};                                           \
    }
ALIGNED_ALLOC(aligned_alloc_16_max, (size_t)16, size_max)
ALIGNED_ALLOC(aligned_alloc_3, (size_t)3, (size_t)24)

static struct answer posix(size_t alignment, size_t bytes) {
    if (!IS_THERE(posix_memalign)) {
        return (struct answer){.is_there = false};
    }
    void *block = NULL;
    int error = posix_memalign(&block, alignment, bytes);
    errno = error;
    return block_of(block, bytes, alignment);
}
static struct answer posix_memalign_16_max(void) {
    return posix(16, size_max);
}
static struct answer posix_memalign_24(void) {
    return posix(24, 16);
}

static struct answer valloc_max(void) {
    return block_of(valloc(size_max), size_max, 4096);
}
static struct answer pvalloc_max(void) {
    return block_of(pvalloc(size_max), size_max, 4096);
}

/* Refused is (void *)-1; what was given is taken back. */
static struct answer moved_break(ptrdiff_t increment_bytes) {
    char *now = sbrk(0);
    errno = 0;
    char *before = sbrk(increment_bytes);
    bool refused = before == (char *)-1 && sbrk(0) == now;
    if (!refused) {
        (void)sbrk(now - (char *)sbrk(0));
    }
    return (struct answer){.is_there = true, .is_done = refused};
}
static struct answer sbrk_int_max(void) {
    return moved_break(INT_MAX);
}
static struct answer sbrk_int_min(void) {
    return moved_break(INT_MIN);
}
static struct answer sbrk_below_start(void) {
    return moved_break(-65536 * 16);
}

static const struct {
    const char *name;
    struct answer (*call)(void);
} cases[] = {
    {"malloc(SIZE_MAX)", malloc_max},
    {"malloc(SIZE_MAX - 7)", malloc_max_less_7},
    {"malloc(SIZE_MAX - 100)", malloc_max_less_100},
    {"malloc(0x80000000)", malloc_half},
    {"malloc(0x7fffffff)", malloc_int_max},
    {"malloc(0x7ffffff0)", malloc_int_max_less_15},
    {"calloc(SIZE_MAX, 2)", calloc_max_2},
    {"calloc(0x10000, 0x10000)", calloc_wraps_to_0},
    {"calloc(0x20000002, 8)", calloc_wraps_to_16},
    {"realloc(p, SIZE_MAX)", realloc_max},
    {"realloc(p, 0x7ffffff0)", realloc_int_max_less_15},
    {"reallocarray(p, 0x10000, 0x10000)", reallocarray_wraps},
    {"memalign(16, SIZE_MAX)", memalign_16_max},
    {"memalign(64, SIZE_MAX - 63)", memalign_64_max_less_63},
    {"memalign(4096, 0x7fffffff)", memalign_4096_int_max},
    {"memalign(0x80000000, 8)", memalign_half},
    {"memalign(0, 16)", memalign_0},
    {"memalign(3, 16)", memalign_3},
    {"memalign(24, 100)", memalign_24},
    {"memalign(1000, 100)", memalign_1000},
    {"aligned_alloc(16, SIZE_MAX)", aligned_alloc_16_max},
    {"aligned_alloc(3, 24)", aligned_alloc_3},
    {"posix_memalign(&p, 16, SIZE_MAX)", posix_memalign_16_max},
    {"posix_memalign(&p, 24, 16)", posix_memalign_24},
    {"valloc(SIZE_MAX)", valloc_max},
    {"pvalloc(SIZE_MAX)", pvalloc_max},
    {"sbrk(INT_MAX)", sbrk_int_max},
    {"sbrk(INT_MIN)", sbrk_int_min},
    {"sbrk(-1 MiB)", sbrk_below_start},
};

enum { CASE_COUNT = sizeof cases / sizeof cases[0] };

static const char *word_of(int error) {
    return error == ENOMEM   ? "ENOMEM"
           : error == EINVAL ? "EINVAL"
           : error == 0      ? "no errno"
                             : "other errno";
}

static void print(const struct answer *answer, int error) {
    const struct ram ram = ram_of_heap();
    uintptr_t start = (uintptr_t)answer->block;
    if (!answer->is_there) {
        text_print("does not link\n");
    } else if (!answer->is_address) {
        text_print("%s\n", answer->is_done ? word_of(error) : "moved");
    } else if (answer->block == NULL) {
        text_print("%s\n", word_of(error));
    } else if (start < ram.start || start >= ram.end) {
        text_print("address outside RAM\n");
    } else if (malloc_usable_size((void *)start) < answer->asked_bytes) {
        text_print("block too short\n");
    } else if ((answer->alignment & (answer->alignment - 1)) != 0 || answer->alignment == 0) {
        text_print("%s\n", answer->alignment != 0 && start % answer->alignment == 0
                               ? "aligned block"
                               : "other alignment");
    } else {
        text_print("block\n");
    }
}

/* Whatever was answered, what is live stays as it is and malloc works. */
static const char *aftermath(void) {
    for (size_t i = 0; i < KEPT_BYTES; i++) {
        if (kept[i] != FILL) {
            return "overwritten";
        }
    }
    unsigned char *block = malloc(KEPT_BYTES);
    if (block == NULL) {
        return "no memory";
    }
    memset(block, 0, KEPT_BYTES);
    free(block);
    return "well";
}

int main(void) {
    char word[8] = "";
    bool only_one = board_argument("case=", word, sizeof word) != 0;
    size_t first = only_one ? strtoul(word, NULL, 10) : 0;
    size_t behind = only_one && first < CASE_COUNT ? first + 1 : CASE_COUNT;
    kept = malloc(KEPT_BYTES);
    memset(kept, FILL, KEPT_BYTES);
    for (size_t i = first; i < behind; i++) {
        text_print("case %s: ", cases[i].name);
        errno = 0;
        struct answer answer = cases[i].call();
        print(&answer, errno);
        text_print("then %s\n", aftermath());
    }
    text_print("end\n");
    return 0;
}
