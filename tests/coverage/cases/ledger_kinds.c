// SPDX-License-Identifier: MIT
/* Every kind of call before main, from more callers than are noted. */
#include <malloc.h>

#include "ledger.h"
#include "obmalloc_ledger.h"
#include "target/target.h"

enum { CALLER_COUNT = OBMALLOC_LEDGER_ENTRY_COUNT + 2, LARGE_BYTES = 700 };

static char early[2048], printed[2048];
static uint32_t used_while_hidden, entry_count;
static size_t usable_bytes;
static void *kept[20];
static unsigned kept_count;
static bool sums_hold, is_sound_while_hidden;

static void keep_text(const char *text) {
    char *to = obmalloc_ledger()->has_ended ? printed : early;
    if (strlen(to) + strlen(text) < sizeof printed) {
        strcat(to, text);
    }
}

static void keep(void *block) {
    kept[kept_count++] = block;
}

#define CALLER(number)                                                                             \
    __attribute__((noinline)) static void caller_##number(size_t bytes) {                          \
        keep(malloc(bytes));                                                                       \
    }
CALLER(0)
CALLER(1)
CALLER(2)
CALLER(3)

__attribute__((constructor(101))) static void first(void) {
    obmalloc_boot_print(keep_text); /* before there is anything to tell */
}

__attribute__((constructor(102))) static void every_kind(void) {
    const struct obmalloc_ledger *ledger = obmalloc_ledger();
    keep(malloc(24));
    keep(calloc(5, 8));
    keep(memalign(32, 64));
    keep(aligned_alloc(16, 48));
    keep(realloc(NULL, 56));
    kept[0] = realloc(kept[0], 80);
    usable_bytes = malloc_usable_size(kept[0]);
    free(kept[1]);
    kept[1] = NULL;
    static const volatile size_t too_many = SIZE_MAX - 100;
    keep(malloc(too_many)); /* nobody serves it */
    keep(realloc(kept[2], too_many));
    sums_hold = ledger->block_count == 6 && ledger->freed_count == 2 &&
                ledger->bytes == 24 + 40 + 64 + 48 + 56 + 80;
#ifndef __PICOLIBC__
    keep(valloc(10));
    keep(pvalloc(10));
#endif
    used_while_hidden = statistics().arena_used_blocks + statistics().libc_used_blocks;
    struct pools_finding finding;
    is_sound_while_hidden = obmalloc_check(&finding) == POOLS_OK;
    /* Two of the same caller; one for nothing, of whom there is no room to tell later; one for much. */
    caller_0(8);
    caller_0(8);
    caller_1(0);
    caller_2(LARGE_BYTES);
    caller_2(8);
    caller_3(1);
    entry_count = ledger->entry_count;
    obmalloc_boot_print(keep_text);
}

TEST(the_heap_is_sound_while_it_is_hidden) {
    CHECK(is_sound_while_hidden);
}

TEST(the_kinds_are_noted) {
    const struct obmalloc_ledger *ledger = obmalloc_ledger();
    CHECK(sums_hold);
    CHECK(usable_bytes >= 80);
    CHECK(ledger->has_ended && ledger->is_complete);
    CHECK_EQUAL(ledger->entry_count, entry_count);
    CHECK(entry_count <= OBMALLOC_LEDGER_ENTRY_COUNT);
    CHECK(flag() == 0 || used_while_hidden >= 4);
    CHECK(strstr(early, "not latched") != NULL);
    CHECK(strstr(early, "before main: 0 blocks, 0 bytes, 0 freed so far\n") != NULL);
    CHECK(strstr(early, "nobody") != NULL);
}

TEST(what_is_printed_behind_main) {
    const struct obmalloc_ledger *ledger = obmalloc_ledger();
    uint32_t told_bytes = 0, told_blocks = 0;
    for (unsigned i = 0; i < ledger->entry_count; i++) {
        bool served = ledger->entries[i].allocator != OBMALLOC_LEDGER_NOBODY;
        told_bytes += served ? ledger->entries[i].bytes : 0;
        told_blocks += served ? ledger->entries[i].count : 0;
    }
    CHECK(told_blocks <= ledger->block_count && told_bytes <= ledger->bytes);
    obmalloc_boot_print(keep_text);
    CHECK(strstr(printed, ", latched: ") != NULL);
    CHECK(strstr(printed, " freed\n") != NULL);
    CHECK_EQUAL(strstr(printed, "  others    ") != NULL, told_blocks != ledger->block_count);
}

/* What looks at a hidden heap does nothing where it is not hidden. */
TEST(nothing_is_hidden_after_main) {
    CHECK(!ledger_show());
    ledger_latched();
    CHECK(obmalloc_state.mode > OBMALLOC_NOTED);
    ledger_end();
    check_sound();
    for (unsigned i = 0; i < kept_count; i++) {
        free(kept[i]);
    }
    check_sound();
    CHECK_EQUAL(statistics().arena_used_blocks, 0);
}

TEST_LIST = {TEST_ENTRY(the_heap_is_sound_while_it_is_hidden), TEST_ENTRY(the_kinds_are_noted),
             TEST_ENTRY(what_is_printed_behind_main), TEST_ENTRY(nothing_is_hidden_after_main)};
