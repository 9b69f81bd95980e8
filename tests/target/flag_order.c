// SPDX-License-Identifier: MIT
/*
 * The flag's way to the latch. The cases run in order: the first ones before anybody has allocated.
 * What this run started from is printed for the driver, which starts it in several ways.
 */
#include <Python.h>

#include "config_word.h"
#include "target.h"

static int other(int value) {
    return 1 - value;
}

static void check_exception(int value, const char *part_of_sentence) {
    PyInterpreterConfig config = PyInterpreterConfig_DEFAULT;
    config.use_main_obmalloc = value;
    PyStatus status = Py_InitializeFromConfig(&config);
    CHECK(PyStatus_Exception(status));
    CHECK(status.err_msg != NULL && strstr(status.err_msg, part_of_sentence) != NULL);
}

TEST(boot_report) {
    struct obmalloc_boot_report boot = obmalloc_boot_report();
    TEST_NOTE("flag %u source %u damaged %u hook_ignored %u", (unsigned)boot.flag,
              (unsigned)boot.source, (unsigned)boot.config_word_damaged,
              (unsigned)boot.boot_flag_ignored);
    CHECK(!boot.latched);
    CHECK_EQUAL(boot.arena_state, OBMALLOC_ARENA_NOT_OPENED);
    CHECK(boot.sentence != NULL);
    int word = obmalloc_config_word_flag(&obmalloc_config_word);
    CHECK_EQUAL(boot.config_word_damaged, word == -1);
    if (boot.source == OBMALLOC_FROM_CONFIG_WORD) {
        CHECK_EQUAL(boot.flag, word);
    }
    if (boot.source == OBMALLOC_FROM_DAMAGED_WORD) {
        CHECK_EQUAL(boot.flag, 0);
        CHECK(strstr(boot.sentence, "damaged") != NULL);
    }
}

TEST(boot_is_idempotent) {
    struct obmalloc_boot_report before = obmalloc_boot_report();
    obmalloc_boot();
    struct obmalloc_boot_report after = obmalloc_boot_report();
    CHECK_EQUAL(after.flag, before.flag);
    CHECK_EQUAL(after.source, before.source);
    CHECK_EQUAL((uintptr_t)after.region.start, (uintptr_t)before.region.start);
    CHECK(!after.latched);
}

TEST(every_flipped_bit_of_the_word_is_seen) {
    struct obmalloc_config_word word = obmalloc_config_word;
    if (obmalloc_config_word_flag(&word) == -1) {
        SKIP("this image carries a damaged word");
    }
    for (unsigned bit = 0; bit < 8 * sizeof word; bit++) {
        unsigned char *byte = (unsigned char *)&word + bit / 8;
        *byte ^= (unsigned char)(1u << bit % 8);
        CHECK_EQUAL(obmalloc_config_word_flag(&word), -1);
        *byte ^= (unsigned char)(1u << bit % 8);
    }
    memset(&word, 0xFF, sizeof word);
    CHECK_EQUAL(obmalloc_config_word_flag(&word), -1);
    memset(&word, 0, sizeof word);
    CHECK_EQUAL(obmalloc_config_word_flag(&word), -1);
}

TEST(request_before_the_latch_wins) {
    int start = flag();
    CHECK_EQUAL(obmalloc_request_flag(other(start)), OBMALLOC_REQUEST_OK);
    CHECK_EQUAL(flag(), other(start));
    CHECK_EQUAL(obmalloc_boot_report().source, OBMALLOC_FROM_REQUEST);
    CHECK(!obmalloc_boot_report().latched);
    CHECK_EQUAL(obmalloc_request_flag(start), OBMALLOC_REQUEST_OK);
    CHECK_EQUAL(flag(), start);
}

TEST(impossible_requests_change_nothing) {
    static const int values[] = {-1, 2, 7, 256};
    int start = flag();
    for (unsigned i = 0; i < sizeof values / sizeof values[0]; i++) {
        CHECK_EQUAL(obmalloc_request_flag(values[i]), OBMALLOC_REQUEST_INVALID);
        check_exception(values[i], "must be 0 or 1");
        CHECK_EQUAL(flag(), start);
    }
    CHECK(PyStatus_Exception(Py_InitializeFromConfig(NULL)));
}

TEST(statistics_do_not_latch) {
    statistics();
    check_sound();
    CHECK(!obmalloc_owns(&errno));
    CHECK(!obmalloc_boot_report().latched);
}

TEST(first_allocation_latches) {
    int start = flag();
    void *block = malloc(16);
    check_owner(block, 16);
    CHECK(obmalloc_boot_report().latched);
    CHECK_EQUAL(obmalloc_request_flag(start), OBMALLOC_REQUEST_OK);
    CHECK_EQUAL(obmalloc_request_flag(other(start)), OBMALLOC_REQUEST_LATE);
    check_exception(other(start), "latched");
    CHECK_EQUAL(flag(), start);
    void *after = malloc(16);
    check_owner(after, 16);
    free(after);
    free(block);
    check_sound();
}

TEST_LIST = {
    TEST_ENTRY(boot_report),
    TEST_ENTRY(boot_is_idempotent),
    TEST_ENTRY(every_flipped_bit_of_the_word_is_seen),
    TEST_ENTRY(request_before_the_latch_wins),
    TEST_ENTRY(impossible_requests_change_nothing),
    TEST_ENTRY(statistics_do_not_latch),
    TEST_ENTRY(first_allocation_latches),
};
