// SPDX-License-Identifier: MIT
// test-link: -Wl,--defsym=__use_main_obmalloc=7
/* A link line that asks for what is no flag makes a damaged word: 0, and reported. */
#include "config_word.h"
#include "target.h"

TEST(the_word_is_damaged) {
    CHECK_EQUAL(obmalloc_config_word_flag(&obmalloc_config_word), -1);
    struct obmalloc_boot_report boot = obmalloc_boot_report();
    CHECK(boot.config_word_damaged);
    CHECK(strstr(boot.sentence, "damaged") != NULL);
    if (boot.source == OBMALLOC_FROM_DAMAGED_WORD) {
        CHECK_EQUAL(boot.flag, 0);
    }
    void *block = malloc(40);
    check_owner(block, 40);
    free(block);
}

TEST_LIST = {TEST_ENTRY(the_word_is_damaged)};
