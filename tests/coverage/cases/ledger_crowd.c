// SPDX-License-Identifier: MIT
/* More callers before main than a ledger has entries, and nobody who says that main begins. */
// test-link: -Wl,--defsym=obmalloc_main_begins=0
// test-flags: 1
#include "obmalloc_ledger.h"
#include "target/target.h"

enum { CALLER_COUNT = 20, SECOND_BYTES = 400, LAST_BYTES = 900 };
_Static_assert(OBMALLOC_LEDGER_ENTRY_COUNT == 8, "the first eight callers fill the table");

static char printed[4096];
static void *last;
static void *blocks[CALLER_COUNT + 2];

static void keep_text(const char *text) {
    CHECK(strlen(printed) + strlen(text) < sizeof printed);
    strcat(printed, text);
}

/* Each call of it is a caller of its own. */
#define CALL(number) blocks[number] = malloc(16 + 8 * (number))

/* The same caller twice, for little from the pools and for much from the C library. */
__attribute__((noinline)) static void *twice(size_t bytes) {
    return malloc(bytes);
}

__attribute__((constructor(101))) static void crowd(void) {
    blocks[CALLER_COUNT + 1] = twice(9);
    CALL(1), CALL(2), CALL(3), CALL(4), CALL(5), CALL(6), CALL(7);
    last = twice(LAST_BYTES); /* the table is full, and the entry of its first call the least */
    CALL(8), CALL(9), CALL(10), CALL(11), CALL(12), CALL(13);
    CALL(14), CALL(15), CALL(16), CALL(17), CALL(18), CALL(19);
    blocks[0] = malloc(8);
    blocks[CALLER_COUNT] = malloc(SECOND_BYTES);
}

TEST(the_last_constructor_ends_it) {
    const struct obmalloc_ledger *ledger = obmalloc_ledger();
    CHECK(ledger->has_ended && ledger->is_complete);
    CHECK_EQUAL(ledger->block_count, CALLER_COUNT + 3);
    CHECK_EQUAL(ledger->entry_count, OBMALLOC_LEDGER_ENTRY_COUNT);
    bool has_largest = false, has_last = false;
    for (unsigned i = 0; i < ledger->entry_count; i++) {
        has_last = has_last || ledger->entries[i].bytes == LAST_BYTES;
        has_largest = has_largest || ledger->entries[i].bytes == SECOND_BYTES;
        /* The least of all has no entry. */
        CHECK(ledger->entries[i].bytes != 8);
    }
    CHECK(has_largest && has_last);
    free(last);
    obmalloc_boot_print(keep_text);
    CHECK(strstr(printed, "\n  others    ") != NULL);
    for (unsigned i = 0; i < CALLER_COUNT + 2; i++) {
        free(blocks[i]);
    }
    check_sound();
}

TEST_LIST = {TEST_ENTRY(the_last_constructor_ends_it)};
