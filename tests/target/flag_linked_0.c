// SPDX-License-Identifier: MIT
// test-link: -Wl,--defsym=__use_main_obmalloc=0
/* The config word as the link line sets it. */
#include "config_word.h"
#include "target.h"

TEST(the_word_says_0) {
    CHECK_EQUAL(obmalloc_config_word_flag(&obmalloc_config_word), 0);
    struct obmalloc_boot_report boot = obmalloc_boot_report();
    CHECK(!boot.config_word_damaged);
    if (boot.source == OBMALLOC_FROM_CONFIG_WORD) {
        CHECK_EQUAL(boot.flag, 0);
    }
    void *block = malloc(40);
    check_owner(block, 40);
    free(block);
}

TEST_LIST = {TEST_ENTRY(the_word_says_0)};
