// SPDX-License-Identifier: MIT
/* The black box over many boots: how each run ends, what is left of it when any of its words is damaged, and as text. A
 * boot is made by setting the state back; the box stays, as .noinit does. */
// test-builds: full
// test-flags: 1
#include <malloc.h>

#include "coverage/pc/hooks.h"
#include "obmalloc_blackbox.h"
#include "state.h"
#include "target/target.h"
#include "watch/blackbox.h"
#include "watch/blackbox_memory.h"

#define box obmalloc_blackbox_memory

static struct obmalloc_blackbox_report last;
static struct pools_heap closed_heap;
static char text[4096];
static const volatile size_t impossible = PTRDIFF_MAX / 2;

static void seal_header(void) {
    box.check = check_of(&box, offsetof(struct blackbox, check) / 4, 0);
}

static void seal_account(struct account *account) {
    account->check = check_of(account, offsetof(struct account, check) / 4, 1);
}

static struct run *this_run(void) {
    return &box.runs[box.current & 1u];
}

static struct run *last_run(void) {
    return &box.runs[~box.current & 1u];
}

static void keep_text(const char *piece) {
    CHECK(strlen(text) + strlen(piece) < sizeof text);
    strcat(text, piece);
}

static bool print_says(const char *piece) {
    text[0] = '\0';
    obmalloc_blackbox_print(keep_text);
    return strstr(text, piece) != NULL;
}

static void boot(void) {
    obmalloc_state = (struct obmalloc_state){0};
    obmalloc_heap = closed_heap;
    obmalloc_boot();
    obmalloc_blackbox_last(&last);
}

/* A run that ended as meant, and what follows it. */
static void begin(void) {
    obmalloc_blackbox_end();
    boot();
    CHECK_EQUAL(last.end, OBMALLOC_BLACKBOX_ENDED);
    CHECK_EQUAL(last.faults_in_a_row, 0);
}

/* Before the boot has opened the box it holds another run's words: nothing is written. */
void pc_before_boot(void) {
    closed_heap = obmalloc_heap;
    struct obmalloc_misuse misuse = {.entry_point = "free", .sentence = "too early"};
    blackbox_allocated(WATCH_MALLOC, &box, 40, &box);
    blackbox_freeing(&box, &box);
    blackbox_misuse(&misuse);
    obmalloc_blackbox_fault(1, 2, "too early");
}

TEST(nothing_before_the_boot) {
    static const struct account none;
    CHECK(memcmp(&this_run()->accounts[0], &none, sizeof none) == 0);
    CHECK(memcmp(&this_run()->accounts[1], &none, sizeof none) == 0);
    CHECK(this_run()->damage.check == 0 && this_run()->fault.check == 0);
    obmalloc_blackbox_last(&last);
    CHECK_EQUAL(last.end, OBMALLOC_BLACKBOX_NONE);
    CHECK(print_says("black box: boot 1, no record of an earlier run\n"));
}

TEST(a_run_that_stops) {
    begin();
    void *block = malloc(40);
    void *zeros = calloc(10, 5);
    void *aligned = memalign(32, 60);
    CHECK(block != NULL && zeros != NULL && aligned != NULL);
    block = realloc(block, 70);
    CHECK(malloc(impossible) == NULL);
    free(zeros);
    uint32_t boots = box.boots;
    boot();
    CHECK_EQUAL(last.end, OBMALLOC_BLACKBOX_STOPPED);
    CHECK_EQUAL(last.boots, boots + 1);
    CHECK_EQUAL(last.faults_in_a_row, 1);
    CHECK(!last.is_other_image && last.account_is_readable);
    CHECK_EQUAL(last.account.operations, 7);
    CHECK_EQUAL(last.account.live_blocks, 2);
    CHECK_EQUAL(last.account.failures, 1);
    CHECK_EQUAL(last.account.misuses, 0);
    CHECK(last.account.arena_start != 0 && last.account.arena_top > last.account.arena_start);
    CHECK(last.account.largest_bytes != 0);
    static const enum obmalloc_blackbox_kind kinds[] = {
        OBMALLOC_BLACKBOX_FREE,         OBMALLOC_BLACKBOX_MALLOC,   OBMALLOC_BLACKBOX_REALLOC,
        OBMALLOC_BLACKBOX_REALLOC_FROM, OBMALLOC_BLACKBOX_MEMALIGN, OBMALLOC_BLACKBOX_CALLOC,
        OBMALLOC_BLACKBOX_MALLOC};
    static const uint32_t bytes[] = {0, PTRDIFF_MAX / 2, 70, 70, 60, 50, 40};
    CHECK_EQUAL(last.operation_count, 7);
    for (unsigned i = 0; i < 7; i++) {
        CHECK_EQUAL(last.operations[i].kind, kinds[i]);
        CHECK_EQUAL(last.operations[i].bytes, bytes[i] < OBMALLOC_BLACKBOX_BYTES_MAX
                                                  ? bytes[i]
                                                  : OBMALLOC_BLACKBOX_BYTES_MAX);
        CHECK_EQUAL(last.operations[i].number, 7 - i);
        CHECK(last.operations[i].caller != 0);
    }
    CHECK_EQUAL(last.operations[0].pointer, (uintptr_t)zeros);
    CHECK_EQUAL(last.operations[1].pointer, 0);
    CHECK(print_says("the last run stopped without a word, by a watchdog or a reset, fault 1 in a "
                     "row\n"));
    CHECK(print_says("  7 operations, 2 blocks live, 1 failures, 0 calls refused\n"));
    CHECK(print_says(" malloc      huge 0x00000000 from 0x"));
    CHECK(print_says("   old         70 0x") && print_says(" chunks, a free one of "));
}

/* More operations than are kept. */
TEST(the_latest_operations) {
    begin();
    for (unsigned i = 0; i < OBMALLOC_BLACKBOX_OPERATION_COUNT; i++) {
        free(malloc(24 + i));
    }
    boot();
    CHECK_EQUAL(last.operation_count, OBMALLOC_BLACKBOX_OPERATION_COUNT);
    CHECK_EQUAL(last.operations[0].number, 2 * OBMALLOC_BLACKBOX_OPERATION_COUNT);
    CHECK_EQUAL(last.operations[1].bytes, 24 + OBMALLOC_BLACKBOX_OPERATION_COUNT - 1);
    CHECK_EQUAL(last.account.live_blocks, 0);
}

TEST(a_run_that_faults) {
    static const char story[] = "a text that is longer than the box has room for, which is to say "
                                "sixty-three letters";
    begin();
    obmalloc_blackbox_fault(0x1001, 0x2002, story);
    obmalloc_blackbox_fault(0x3003, 0x4004, "the second does not count");
    boot();
    CHECK_EQUAL(last.end, OBMALLOC_BLACKBOX_FAULTED);
    CHECK(last.fault.happened && last.fault.is_readable && !last.damage.happened);
    CHECK(last.fault.caller == 0x1001 && last.fault.pointer == 0x2002 && last.fault.number == 0);
    CHECK_EQUAL(strlen(last.fault.text), OBMALLOC_BLACKBOX_TEXT_BYTES - 1);
    CHECK(strncmp(last.fault.text, story, OBMALLOC_BLACKBOX_TEXT_BYTES - 1) == 0);
    CHECK(!last.account_is_readable && last.operation_count == 0);
    CHECK(print_says("the last run ended with a fault, fault 1 in a row\n"));
    CHECK(print_says(", 0x00002002, after operation 0\n           from 0x00001001\n"));
    free(malloc(24));
    obmalloc_blackbox_fault(0, 0, "short");
    boot();
    CHECK_EQUAL(last.faults_in_a_row, 2);
    CHECK_EQUAL(last.fault.number, 2);
    CHECK(print_says("  fault:   short, after operation 2\n"));
}

TEST(too_many_faults_in_a_row) {
    begin();
    for (unsigned i = 1; i <= OBMALLOC_BLACKBOX_FAULTS_MAX; i++) {
        CHECK_EQUAL(obmalloc_boot_report().flag, 1);
        boot();
        CHECK_EQUAL(last.faults_in_a_row, i);
    }
    CHECK_EQUAL(obmalloc_boot_report().flag, 0);
    CHECK_EQUAL(obmalloc_boot_report().source, OBMALLOC_FROM_BLACKBOX);
    obmalloc_blackbox_healthy();
    boot();
    CHECK_EQUAL(last.faults_in_a_row, 1);
    CHECK_EQUAL(obmalloc_boot_report().flag, 1);
    /* Another image begins anew. */
    box.image ^= 1;
    seal_header();
    boot();
    CHECK(last.is_other_image && last.end == OBMALLOC_BLACKBOX_STOPPED);
    CHECK_EQUAL(last.faults_in_a_row, 0);
    CHECK(print_says("  it was another image: its ELF file has the names of the callers\n"));
}

TEST(a_misuse_and_a_damage) {
    begin();
    char *block = malloc(40);
    CHECK(malloc(40) != NULL);
    memset(block, 0x55, 40);
    free(block + 8);
    CHECK(realloc(block + 8, 10) == NULL);
    boot();
    CHECK_EQUAL(last.account.misuses, 2);
    CHECK_EQUAL(last.account.live_blocks, 2);
    CHECK(last.damage.happened && last.damage.pointer == (uintptr_t)(block + 8));
    CHECK(strncmp(last.damage.text, "free: no live block starts", 26) == 0);
    CHECK(print_says("  damage:  free: no live block starts at the address, 0x"));
    begin();
    free(malloc(40));
    obmalloc_heap.used_chunks += 1000;
    struct pools_finding finding;
    CHECK_EQUAL(obmalloc_check(&finding), POOLS_CORRUPT);
    boot();
    CHECK(last.damage.happened && strcmp(last.damage.text, finding.sentence) == 0);
    CHECK(last.damage.pointer == finding.address && last.damage.caller == 0);
    CHECK_EQUAL(last.account.misuses, 0);
}

/* Ends a run with one operation, and one fault. */
static void end_a_run(void) {
    begin();
    CHECK(malloc(40) != NULL);
    CHECK(malloc(48) != NULL);
    obmalloc_blackbox_fault(4, 8, "a fault");
}

TEST(words_that_are_damaged) {
    /* Of the header each. */
    for (unsigned i = 1; i < offsetof(struct blackbox, check) / 4 + 1; i++) {
        end_a_run();
        ((pools_word *)&box)[i] ^= 1u << i;
        boot();
        CHECK_EQUAL(last.end, OBMALLOC_BLACKBOX_DAMAGED);
        CHECK_EQUAL(last.boots, 1);
        CHECK(print_says("the record of the last run is damaged\n"));
    }
    end_a_run();
    box.magic ^= 4;
    boot();
    CHECK_EQUAL(last.end, OBMALLOC_BLACKBOX_NONE);
    end_a_run();
    this_run()->state ^= 4;
    boot();
    CHECK_EQUAL(last.end, OBMALLOC_BLACKBOX_DAMAGED);
    /* Of the two accounts the other one is read; without any, no operation. */
    for (unsigned which = 0; which < 3; which++) {
        end_a_run();
        this_run()->accounts[0].live_blocks ^= which != 1;
        this_run()->accounts[1].live_blocks ^= which != 0;
        boot();
        CHECK_EQUAL(last.account_is_readable, which != 2);
        CHECK_EQUAL(last.operation_count, which == 2 ? 0 : last.account.operations);
        CHECK(which == 2 || last.account.operations == 1 || last.account.operations == 2);
    }
    end_a_run();
    this_run()->operations[2].pointer ^= 8;
    this_run()->fault.number ^= 1;
    boot();
    CHECK_EQUAL(last.operation_count, 1);
    CHECK_EQUAL(last.operations[0].number, 1);
    CHECK(last.fault.happened && !last.fault.is_readable);
    CHECK(print_says("  fault:   its record is damaged\n"));
}

/* A kind that this build does not know. */
TEST(an_operation_of_another_kind) {
    end_a_run();
    boot();
    struct operation *operation = &last_run()->operations[2];
    operation->kind_and_bytes |= 7u << KIND_SHIFT;
    operation->check = check_of(operation, 3, 2);
    CHECK(print_says(" ?             48 0x"));
}

/* What the account says of the arena, for each bin that was the topmost with a chunk. */
TEST(the_largest_free_chunk) {
    end_a_run();
    boot();
    struct account *account = &last_run()->accounts[0];
    account->operations = 100;
    uint32_t end = (uint32_t)(uintptr_t)obmalloc_arena_end_of(&obmalloc_state.region);
    uint32_t start = (uint32_t)(uintptr_t)obmalloc_state.arena_start;
    account->arena_top = end;
    for (unsigned bin = 0; bin < POOLS_BIN_COUNT; bin++) {
        account->bins_filled = 0x80000000u >> bin | 0x80000000u;
        seal_account(account);
        obmalloc_blackbox_last(&last);
        CHECK_EQUAL(last.account.largest_bytes, (bin % 2 == 0 ? 16u : 24u) << bin / 2);
    }
    account->bins_filled = 0;
    account->arena_top = end - 400;
    seal_account(account);
    obmalloc_blackbox_last(&last);
    CHECK_EQUAL(last.account.largest_bytes, 400);
    account->bins_filled = 0x80000000u;
    seal_account(account);
    obmalloc_blackbox_last(&last);
    CHECK_EQUAL(last.account.largest_bytes, 400);
    const uint32_t outside[] = {0, start, end + 8};
    for (unsigned i = 0; i < 3; i++) {
        account->arena_top = outside[i];
        seal_account(account);
        obmalloc_blackbox_last(&last);
        CHECK(last.account_is_readable && last.account.arena_start == 0);
    }
    CHECK(!print_says("  arena "));
}

/* The words of an operation whose sum is 0, which stands for what was never written: 1 is written instead. */
TEST(a_sum_of_nothing) {
    begin();
    uint32_t caller = 0, sum = 0;
    do {
        caller += 2;
        sum = (1u + 1u) * 0x85EBCA6Bu; /* the first operation's number */
        sum = (sum ^ caller) * 0x01000193u;
        sum = (sum ^ 0x20000000u) * 0x01000193u;
    } while (sum >= OBMALLOC_BLACKBOX_BYTES_MAX);
    blackbox_allocated(WATCH_MALLOC, (void *)0x20000000u, sum, (void *)(uintptr_t)caller);
    CHECK_EQUAL(this_run()->operations[1].check, 1);
    boot();
    CHECK_EQUAL(last.operation_count, 1);
    CHECK(last.operations[0].bytes == sum && last.operations[0].caller == caller);
}

TEST_LIST = {TEST_ENTRY(nothing_before_the_boot),  TEST_ENTRY(a_run_that_stops),
             TEST_ENTRY(the_latest_operations),    TEST_ENTRY(a_run_that_faults),
             TEST_ENTRY(too_many_faults_in_a_row), TEST_ENTRY(a_misuse_and_a_damage),
             TEST_ENTRY(words_that_are_damaged),   TEST_ENTRY(an_operation_of_another_kind),
             TEST_ENTRY(the_largest_free_chunk),   TEST_ENTRY(a_sum_of_nothing)};
