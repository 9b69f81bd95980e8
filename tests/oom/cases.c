// SPDX-License-Identifier: MIT
#include "oom/cases.h"

#include <setjmp.h>
#include <stdbool.h>

#include "harness/board_text.h"
#include "harness/test.h"
#include "obmalloc_heap.h"
#include "oom/again.h"
#include "oom/plan.h"

enum outcome { PASSED, FAILED, SKIPPED };

/* Of each case, from the run in which nothing fails. */
struct usual {
    uint16_t misuses;
    uint16_t left;
    bool counted;
};
static struct usual usual[TEST_ENTRY_COUNT_MAX] __attribute__((section(".noinit")));

static jmp_buf case_end;
static const char *case_name;
static enum outcome outcome;
static struct {
    unsigned cases, of_outcome[3], unasked, unsound, misused, left, uncounted;
    bool ended;
} tally;

int main(void);
/* What a call takes is not judged: what refuses requests stands in front of the allocator. */
void __wrap_budget_hold(int path, uint32_t instructions);

void __wrap_budget_hold(int path, uint32_t instructions) {
    (void)path;
    (void)instructions;
}

/* ---- what a case calls ----------------------------------------------------------------------- */

_Noreturn void test_fail(const char *file, int line, const char *text) {
    outcome = FAILED;
    text_print("FAIL %s %s:%d: %s\n", case_name, file, line, text);
    longjmp(case_end, 1);
}

_Noreturn void test_skip(const char *reason) {
    outcome = SKIPPED;
    text_print("skip %s: %s\n", case_name, reason);
    longjmp(case_end, 1);
}

void test_check_equal(const char *file, int line, const char *text, uintptr_t actual,
                      uintptr_t expected) {
    if (actual != expected) {
        text_print("%u, not %u: ", (unsigned)actual, (unsigned)expected);
        test_fail(file, line, text);
    }
}

/* ---- what holds behind it -------------------------------------------------------------------- */

static uint32_t misuses(void) {
    struct obmalloc_statistics statistics;
    obmalloc_statistics(&statistics);
    uint32_t sum = 0;
    for (unsigned kind = 0; kind < OBMALLOC_MISUSE_KIND_COUNT; kind++) {
        sum += statistics.misuse_count[kind];
    }
    return sum;
}

/* It does not count while all comes from the C library; and not what the budgets' images had before they open its heap
 * anew. */
extern struct obmalloc_region budget_region __attribute__((weak));

static bool counts_blocks(void) {
    struct obmalloc_statistics statistics;
    obmalloc_statistics(&statistics);
    return &budget_region != NULL || obmalloc_boot_report().arena_state != OBMALLOC_ARENA_OPEN ||
           cases_live_in_main_heap() == statistics.arena_used_blocks + statistics.libc_used_blocks;
}

static bool is_sound(void) {
    struct pools_finding finding;
    bool sound = obmalloc_check(&finding) == POOLS_OK;
    struct obmalloc_heap *heap = NULL;
    while (sound && (heap = obmalloc_heap_next(heap)) != NULL) {
        sound = obmalloc_heap_check(heap, &finding) == POOLS_OK;
    }
    if (!sound) {
        text_print("behind %s: %s, at %x\n", case_name, finding.sentence,
                   (unsigned)finding.address);
    }
    return sound;
}

static void note_first(unsigned *first, bool happened) {
    if (happened && *first == 0) {
        *first = tally.cases;
    }
}

static void judge(struct usual *of_case, uint32_t misuses_before) {
    uint32_t misuse_count = misuses() - misuses_before;
    uint32_t left_count = cases_live_taken();
    bool counted = counts_blocks();
    if (again_is_usual()) {
        *of_case = (struct usual){.misuses = (uint16_t)misuse_count,
                                  .left = (uint16_t)left_count,
                                  .counted = counted && (of_case == usual || of_case[-1].counted)};
    }
    note_first(&tally.unsound, !is_sound());
    note_first(&tally.unasked, outcome == FAILED && plan_counts.hits == 0);
    note_first(&tally.misused, misuse_count > of_case->misuses);
    note_first(&tally.left, outcome == PASSED && left_count > of_case->left);
    note_first(&tally.uncounted, of_case->counted && !counted);
}

static __attribute__((noinline)) void run_to_its_end(const struct test_entry *entry) {
    if (setjmp(case_end) == 0) {
        entry->run();
    }
}

static void run_case(const struct test_entry *entry, struct usual *of_case) {
    uint32_t misuses_before = misuses();
    case_name = entry->name;
    outcome = PASSED;
    tally.cases++;
    test_region_reset();
    cases_live_begin();
    run_to_its_end(entry);
    tally.of_outcome[outcome]++;
    judge(of_case, misuses_before);
}

int main(void) {
    for (unsigned i = 0; i < TEST_ENTRY_COUNT_MAX && test_list[i].run != NULL; i++) {
        run_case(&test_list[i], &usual[i]);
    }
    tally.ended = true;
    return 0;
}

void again_print_more(void) {
    text_print(" cases=%u passed=%u failed=%u skipped=%u ended=%d", tally.cases,
               tally.of_outcome[PASSED], tally.of_outcome[FAILED], tally.of_outcome[SKIPPED],
               tally.ended);
    text_print(" unasked=%u unsound=%u misused=%u left=%u uncounted=%u", tally.unasked,
               tally.unsound, tally.misused, tally.left, tally.uncounted);
}
