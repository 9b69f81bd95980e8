// SPDX-License-Identifier: MIT
/* Every way through the boot, one after the other: the state is set back in between. */
// test-flags: 7
// test-link: -Wl,--defsym=obmalloc_boot_flag=answer
#include "config_word.h"
#include "state.h"
#include "target/target.h"

static int answered;
static struct obmalloc_region wanted;

int answer(void);
int answer(void) {
    return answered;
}

void obmalloc_boot_region(struct obmalloc_region *region) {
    if (wanted.end) {
        *region = wanted;
    }
}

/* Nothing has been allocated: the harness does not. */
static struct obmalloc_boot_report boot_anew(int flag_answer, void *start, void *end,
                                             size_t arena_bytes) {
    obmalloc_state = (struct obmalloc_state){0};
    answered = flag_answer;
    wanted = (struct obmalloc_region){start, end, arena_bytes};
    return obmalloc_boot_report();
}

TEST(the_hook_answers_something_else) {
    struct obmalloc_boot_report boot = boot_anew(2, NULL, NULL, 0);
    CHECK(boot.boot_flag_ignored);
    CHECK_EQUAL(boot.flag, 1);
    CHECK_EQUAL(boot.source, OBMALLOC_FROM_CONFIG_WORD);
    CHECK(strcmp(boot.sentence, "obmalloc_boot_flag answered neither 0, 1 nor -1 and is ignored") ==
          0);
    CHECK(!boot_anew(-1, NULL, NULL, 0).boot_flag_ignored);
    CHECK_EQUAL(boot_anew(0, NULL, NULL, 0).flag, 0);
    CHECK_EQUAL(boot_anew(1, NULL, NULL, 0).source, OBMALLOC_FROM_BOOT_HOOK);
}

TEST(impossible_regions) {
    char *ram = (char *)0x30000000;
    static const struct {
        ptrdiff_t start, end;
        size_t arena_bytes;
        bool possible;
    } regions[] = {
        {0, 4096, 0, true}, {0, 4096, 4096, true}, {0, 4096, 4097, false}, {8, 8, 0, false},
        {16, 8, 0, false},  {1, 15, 0, false},     {1, 17, 0, true},       {0, 4096, 4, false},
    };
    for (unsigned i = 0; i < sizeof regions / sizeof regions[0]; i++) {
        struct obmalloc_boot_report boot =
            boot_anew(-1, ram + regions[i].start, ram + regions[i].end, regions[i].arena_bytes);
        CHECK_EQUAL(boot.boot_region_ignored, !regions[i].possible);
        CHECK_EQUAL(boot.region.start == (void *)(ram + regions[i].start), regions[i].possible);
    }
    CHECK(boot_anew(-1, NULL, ram, 0).boot_region_ignored);
    CHECK(strcmp(obmalloc_boot_report().sentence,
                 "obmalloc_boot_region left an impossible region, so the linker's is used") == 0);
}

TEST(a_damaged_word_and_who_comes_after) {
    struct obmalloc_config_word word = obmalloc_config_word;
    CHECK_EQUAL(obmalloc_config_word_flag(&word), 1);
    /* The magic's two halves changed so that one of their sums stays. */
    word.magic[0]++;
    word.magic[1]--;
    CHECK_EQUAL(obmalloc_config_word_flag(&word), -1);
    word.magic[0] -= 3;
    word.magic[1] += 2;
    CHECK_EQUAL(word.magic[0] + 2 * word.magic[1],
                OBMALLOC_CONFIG_MAGIC_0 + 2 * OBMALLOC_CONFIG_MAGIC_1);
    CHECK_EQUAL(obmalloc_config_word_flag(&word), -1);
    (void)boot_anew(-1, NULL, NULL, 0);
    obmalloc_state.config_word_damaged = true;
    obmalloc_state.source = OBMALLOC_FROM_DAMAGED_WORD;
    CHECK(strcmp(obmalloc_boot_report().sentence,
                 "the config word is damaged, so use_main_obmalloc is 0") == 0);
    CHECK_EQUAL(obmalloc_request_flag(1), OBMALLOC_REQUEST_OK);
    CHECK(strcmp(obmalloc_boot_report().sentence,
                 "the config word is damaged, but a later source has set use_main_obmalloc") == 0);
}

/* As a build with the black box leaves it. */
TEST(too_many_faults_are_not_overruled) {
    (void)boot_anew(-1, NULL, NULL, 0);
    obmalloc_state.flag = 0;
    obmalloc_state.source = OBMALLOC_FROM_BLACKBOX;
    CHECK_EQUAL(obmalloc_request_flag(1), OBMALLOC_REQUEST_FALLEN_BACK);
    struct obmalloc_boot_report boot = obmalloc_boot_report();
    CHECK_EQUAL(boot.flag, 0);
    CHECK_EQUAL(boot.source, OBMALLOC_FROM_BLACKBOX);
    CHECK(strstr(boot.sentence, "too many runs in a row have ended with a fault") == boot.sentence);
    CHECK_EQUAL(obmalloc_request_flag(0), OBMALLOC_REQUEST_OK);
    CHECK_EQUAL(obmalloc_boot_report().source, OBMALLOC_FROM_REQUEST);
}

TEST(every_status_has_a_sentence) {
    CHECK(strcmp(obmalloc_request_sentence(OBMALLOC_REQUEST_OK),
                 "use_main_obmalloc is as asked for") == 0);
    CHECK(strcmp(obmalloc_request_sentence(OBMALLOC_REQUEST_INVALID),
                 "use_main_obmalloc must be 0 or 1") == 0);
    CHECK(strstr(obmalloc_request_sentence(OBMALLOC_REQUEST_LATE), "is latched") != NULL);
    CHECK(strstr(obmalloc_request_sentence(OBMALLOC_REQUEST_FALLEN_BACK), "is 0, because") != NULL);
    CHECK(strcmp(obmalloc_request_sentence((enum obmalloc_request_status)99), "unknown status") ==
          0);
}

TEST(an_arena_that_was_refused_serves_nothing_while_it_is_hidden) {
    struct obmalloc_state state = {.mode = OBMALLOC_NOTED, .flag = 1};
    CHECK(obmalloc_arena_serves(&state));
    state.arena_refused = true;
    CHECK(!obmalloc_arena_serves(&state));
    state = (struct obmalloc_state){.mode = OBMALLOC_NOTED, .flag = 0};
    CHECK(!obmalloc_arena_serves(&state));
}

/* Last, because it opens the arena. */
TEST(the_latch_is_idempotent) {
    (void)boot_anew(1, NULL, NULL, 0);
    obmalloc_latch();
    void *block = malloc(40);
    check_owner(block, 40);
    struct obmalloc_state before = obmalloc_state;
    obmalloc_latch();
    CHECK(memcmp(&before, &obmalloc_state, sizeof before) == 0);
    check_owner(block, 40);
    free(block);
    check_sound();
}

TEST_LIST = {TEST_ENTRY(the_hook_answers_something_else),
             TEST_ENTRY(impossible_regions),
             TEST_ENTRY(a_damaged_word_and_who_comes_after),
             TEST_ENTRY(too_many_faults_are_not_overruled),
             TEST_ENTRY(every_status_has_a_sentence),
             TEST_ENTRY(an_arena_that_was_refused_serves_nothing_while_it_is_hidden),
             TEST_ENTRY(the_latch_is_idempotent)};
