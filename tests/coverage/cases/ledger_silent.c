// SPDX-License-Identifier: MIT
/* Nobody allocates before main. */
#include "obmalloc_ledger.h"
#include "state.h"
#include "target/target.h"

static char printed[512];

static void keep_text(const char *text) {
    strcat(printed, text);
}

TEST(there_is_nothing_to_tell) {
    CHECK_EQUAL(obmalloc_state.mode, OBMALLOC_UNLATCHED);
    CHECK(obmalloc_ledger()->has_ended && obmalloc_ledger()->is_complete);
    obmalloc_boot_print(keep_text);
    CHECK(strstr(printed, ", not latched: ") != NULL);
    CHECK(strstr(printed, "before main: 0 blocks, 0 bytes, 0 freed\n") != NULL);
    CHECK(strstr(printed, "caller") == NULL);
    free(malloc(9));
    CHECK_EQUAL(obmalloc_ledger()->block_count, 0);
    check_sound();
}

TEST_LIST = {TEST_ENTRY(there_is_nothing_to_tell)};
