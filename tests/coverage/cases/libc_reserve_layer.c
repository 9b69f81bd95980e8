// SPDX-License-Identifier: MIT
/* The reserve for newlib's own requests at the layer where it stands: what it gives, to whom, and when it cannot. */
// test-libcs: nano newlib
// test-link: -Wl,--wrap=_malloc_r -Wl,--wrap=_calloc_r
#include <reent.h>
#include <stdio.h>

#include "libc_reserve.h"
#include "target/target.h"

enum { HEAP_BYTES = 2048, TAKEN_BYTES_MAX = 1 << 20 };
static _Alignas(8) char regions[OBMALLOC_HEAP_COUNT_MAX][HEAP_BYTES];

struct link {
    struct link *next;
};

static struct link *taken;

static void take_all(void) {
    for (size_t bytes = TAKEN_BYTES_MAX; bytes >= sizeof(struct link); bytes /= 2) {
        for (struct link *block = malloc(bytes); block != NULL; block = malloc(bytes)) {
            block->next = taken;
            taken = block;
        }
    }
    CHECK(malloc(1) == NULL);
    errno = 0;
}

static void give_all(void) {
    while (taken != NULL) {
        struct link *next = taken->next;
        free(taken);
        taken = next;
    }
    check_sound();
}

static bool is_reserved(const char *block) {
    return block >= obmalloc_libc_reserve &&
           block < obmalloc_libc_reserve + obmalloc_libc_reserve_bytes;
}

TEST(memory_comes_first) {
    char *cleared = _calloc_r(_REENT, 3, 10), *block = _malloc_r(_REENT, 40);
    CHECK(cleared != NULL && !is_reserved(cleared));
    CHECK(block != NULL && !is_reserved(block));
    CHECK(obmalloc_libc_reserve_heap() == NULL);
    free(cleared);
    free(block);
}

TEST(there_are_too_many_heaps_for_one_more) {
    struct obmalloc_heap *heaps[OBMALLOC_HEAP_COUNT_MAX];
    for (unsigned i = 0; i < OBMALLOC_HEAP_COUNT_MAX; i++) {
        CHECK_EQUAL(obmalloc_heap_create(regions[i], regions[i] + HEAP_BYTES, &heaps[i]),
                    OBMALLOC_HEAP_OK);
    }
    take_all();
    CHECK(_calloc_r(_REENT, 3, 10) == NULL);
    CHECK_EQUAL(errno, ENOMEM);
    CHECK(obmalloc_libc_reserve_heap() == NULL);
    give_all();
    for (unsigned i = 0; i < OBMALLOC_HEAP_COUNT_MAX; i++) {
        CHECK_EQUAL(obmalloc_heap_destroy(heaps[i], OBMALLOC_HEAP_REFUSE, NULL), OBMALLOC_HEAP_OK);
    }
}

TEST(numbers_come_from_it_when_nothing_is_left) {
    take_all();
    memset(obmalloc_libc_reserve, 0xA5, obmalloc_libc_reserve_bytes);
    char *block = _calloc_r(_REENT, 3, 10);
    CHECK(is_reserved(block));
    CHECK_EQUAL(errno, 0);
    for (unsigned i = 0; i < 30; i++) {
        CHECK_EQUAL(block[i], 0);
    }
    CHECK(_malloc_r(_REENT, 40) == NULL);
    CHECK(_calloc_r(_REENT, 1, obmalloc_libc_reserve_bytes) == NULL);
    CHECK_EQUAL(errno, ENOMEM);
    struct obmalloc_heap_statistics now;
    CHECK(obmalloc_heap_statistics(obmalloc_libc_reserve_heap(), &now));
    CHECK_EQUAL(now.live_blocks, 1);
    free(block);
    CHECK(obmalloc_heap_statistics(obmalloc_libc_reserve_heap(), &now));
    CHECK_EQUAL(now.live_blocks, 0);
    give_all();
}

#ifdef _REENT_SMALL
/* What the library brings: where a reent's streams lead to before they are set up. */
const struct __sFILE_fake __sf_fake_stderr;

TEST(the_first_streams_come_from_it) {
    enum { SET_UP_BYTES = sizeof(struct _glue) + 4 * sizeof(FILE) };
    FILE *console = _REENT->_stderr;
    take_all();
    CHECK(_malloc_r(_REENT, SET_UP_BYTES) == NULL);
    _REENT->_stderr = (FILE *)(uintptr_t)&__sf_fake_stderr;
    errno = 0;
    CHECK(_malloc_r(_REENT, SET_UP_BYTES - 8) == NULL);
    errno = 0;
    char *block = _malloc_r(_REENT, SET_UP_BYTES);
    CHECK_EQUAL(errno, 0);
    _REENT->_stderr = console;
    CHECK(is_reserved(block));
    free(block);
    give_all();
}

/* Nothing that these functions ask for at their first call is missing. */
TEST(the_state_of_functions_is_prepared) {
    CHECK(_REENT->_mp != NULL && _REENT->_r48 != NULL && _REENT->_localtime_buf != NULL);
    CHECK(_REENT->_misc != NULL && _REENT->_asctime_buf != NULL);
    CHECK_EQUAL(_REENT->_r48->_mult[0], _RAND48_MULT_0);
}
#endif

TEST_LIST = {
    TEST_ENTRY(memory_comes_first),
    TEST_ENTRY(there_are_too_many_heaps_for_one_more),
    TEST_ENTRY(numbers_come_from_it_when_nothing_is_left),
#ifdef _REENT_SMALL
    TEST_ENTRY(the_first_streams_come_from_it),
    TEST_ENTRY(the_state_of_functions_is_prepared),
#endif
};
