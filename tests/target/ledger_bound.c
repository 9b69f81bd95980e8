// SPDX-License-Identifier: MIT
/* More calls before main than a ledger notes: it ends, and what follows is served and not noted. */
// test-link: -Wl,--defsym=__obmalloc_arena_size=1040
#include "obmalloc_ledger.h"
#include "target.h"

enum { PAIR_COUNT = OBMALLOC_LEDGER_CALLS_MAX / 2 + 100, REQUEST_BYTES = 20 };

static unsigned served_count;
static bool ended_too_early, ended_in_time;

#ifdef __PICOLIBC__
#define _sbrk sbrk
#endif
void *_sbrk(ptrdiff_t increment_bytes);

/* The first of all calls is no allocation, but latches, too. */
__attribute__((constructor(101))) static void ask_for_the_break(void) {
    (void)_sbrk(0);
}

__attribute__((constructor)) static void allocate_often(void) {
    for (unsigned i = 0; i < PAIR_COUNT; i++) {
        void *block = malloc(REQUEST_BYTES);
        served_count += block != NULL;
        free(block);
        if (i + 1 == OBMALLOC_LEDGER_CALLS_MAX / 2 - 1) {
            ended_too_early = obmalloc_ledger()->has_ended;
        }
    }
    ended_in_time = obmalloc_ledger()->has_ended;
}

static char printed[1024];

static void keep(const char *text) {
    CHECK(strlen(printed) + strlen(text) < sizeof printed);
    strcat(printed, text);
}

TEST(more_calls_than_are_noted) {
    const struct obmalloc_ledger *ledger = obmalloc_ledger();
    if (served_count == 0) {
        SKIP("libc's part of this board's RAM is too small");
    }
    CHECK_EQUAL(served_count, PAIR_COUNT);
    CHECK(!ended_too_early);
    CHECK(ended_in_time);
    CHECK(ledger->has_ended);
    CHECK(!ledger->is_complete);
    CHECK_EQUAL(ledger->block_count, OBMALLOC_LEDGER_CALLS_MAX / 2);
    CHECK_EQUAL(ledger->freed_count, OBMALLOC_LEDGER_CALLS_MAX / 2);
    CHECK_EQUAL(ledger->bytes, OBMALLOC_LEDGER_CALLS_MAX / 2 * REQUEST_BYTES);
    CHECK_EQUAL(ledger->entry_count, 1);
    check_sound();
    obmalloc_boot_print(keep);
    CHECK(strstr(printed, "before main: 500 blocks, 10000 bytes, 500 freed; there were more calls "
                          "than are noted\n") != NULL);
}

TEST(main_is_served_as_ever) {
    void *block = malloc(REQUEST_BYTES);
    if (block == NULL) {
        SKIP("libc's part of this board's RAM is too small");
    }
    check_owner(block, REQUEST_BYTES);
    free(block);
    CHECK_EQUAL(obmalloc_ledger()->block_count, OBMALLOC_LEDGER_CALLS_MAX / 2);
}

TEST_LIST = {TEST_ENTRY(more_calls_than_are_noted), TEST_ENTRY(main_is_served_as_ever)};
