// SPDX-License-Identifier: MIT
#include "oom/units.h"

#include <setjmp.h>
#include <stdbool.h>
#include <string.h>

#include "board.h"
#include "harness/board_text.h"
#include "harness/test.h"
#include "oom/null_guard.h"
#include "oom/plan.h"
#include "pools.h"

enum { WORD_BYTES_MAX = 24, EVERY_DEFAULT = 20 };
enum outcome { HELD, FAILED, SKIPPED, REFUSED };

/* How a run ended. */
struct end {
    enum outcome outcome;
    bool sound, counted;
    uint32_t requests, hits;
};

static jmp_buf case_end;
static const char *case_name = "";
static uint32_t at; /* the request of this run, 0 = none */
static enum outcome outcome;
static bool shows, ended, changed;

int main(void);
void __wrap_test_note(const char *format, ...);
_Noreturn void __real_board_exit(int status);
_Noreturn void __wrap_board_exit(int status);

_Noreturn void __wrap_board_exit(int status) {
    if (!ended) {
        text_print("@@ stopped=%s at=%u status=%d\n", case_name, (unsigned)at, status);
    }
    __real_board_exit(status);
}

/* ---- what a case calls ----------------------------------------------------------------------- */

_Noreturn void test_fail(const char *file, int line, const char *text) {
    outcome = FAILED;
    if (shows || at == 0) {
        text_print("FAIL %s %s:%d: %s\n", case_name, file, line, text);
    }
    longjmp(case_end, 1);
}

_Noreturn void test_skip(const char *reason) {
    (void)reason;
    outcome = SKIPPED;
    longjmp(case_end, 1);
}

void test_check_equal(const char *file, int line, const char *text, uintptr_t actual,
                      uintptr_t expected) {
    if (actual != expected) {
        test_fail(file, line, text);
    }
}

void __wrap_test_note(const char *format, ...) {
    (void)format;
}

_Noreturn void units_refused(bool kept) {
    outcome = REFUSED;
    changed = !kept;
    longjmp(case_end, 1);
}

/* ---- runs ------------------------------------------------------------------------------------ */

static void run_to_its_end(const struct test_entry *entry) {
    if (setjmp(case_end) == 0) {
        entry->run();
    }
}

/* A heap on the stack is gone with its case. */
static void look_at_heap(struct end *end) {
    extern char __bss_end[];
    end->sound = end->counted = true;
    if (units_heap == NULL || (char *)units_heap >= __bss_end) {
        return;
    }
    struct pools_finding finding;
    struct pools_statistics statistics;
    end->sound = pools_check(units_heap, &finding) == POOLS_OK;
    pools_statistics(units_heap, &statistics);
    end->counted =
        statistics.small_used_blocks + statistics.large_used_blocks == (uint32_t)units_live_blocks;
    if (shows && !end->sound) {
        text_print("behind %s: %s, at %x\n", case_name, finding.sentence,
                   (unsigned)finding.address);
    }
}

static struct end run(const struct test_entry *entry) {
    plan_set(&(struct plan){.mode = PLAN_FULL, .at = at, .counts_side = {[PLAN_FIRMWARE] = true}});
    units_heap = NULL;
    outcome = HELD;
    changed = false;
    test_region_reset();
    run_to_its_end(entry);
    struct end end = {.outcome = outcome,
                      .requests = plan_counts.requests[PLAN_FIRMWARE],
                      .hits = plan_counts.hits};
    look_at_heap(&end);
    return end;
}

/* ---- a case ---------------------------------------------------------------------------------- */

static void note_first(uint32_t *first, bool happened) {
    if (happened && *first == 0) {
        *first = at;
    }
}

static void run_case(const struct test_entry *entry, uint32_t every) {
    uint32_t tried = 0, refused = 0, failed = 0;
    uint32_t unasked = 0, unsound = 0, was_changed = 0, uncounted = 0;
    case_name = entry->name;
    at = 0;
    struct end usual = run(entry);
    unasked = usual.outcome == FAILED;
    uint32_t step = usual.requests < 2 * every ? 1 : (usual.requests - every) / every;
    for (at = 1; at <= usual.requests; at += at < every ? 1 : step) {
        struct end end = run(entry);
        tried++;
        refused += end.outcome == REFUSED;
        failed += end.outcome == FAILED;
        note_first(&unasked, end.outcome == FAILED && end.hits == 0);
        note_first(&unsound, usual.sound && !end.sound);
        note_first(&was_changed, changed);
        note_first(&uncounted, usual.counted && !end.counted);
    }
    text_print("@@ case=%s requests=%u tried=%u refused=%u failed=%u ", case_name,
               (unsigned)usual.requests, (unsigned)tried, (unsigned)refused, (unsigned)failed);
    text_print("unasked=%u unsound=%u changed=%u uncounted=%u\n", (unsigned)unasked,
               (unsigned)unsound, (unsigned)was_changed, (unsigned)uncounted);
}

static bool is_word(const char *key, const char *value) {
    char word[WORD_BYTES_MAX];
    return board_argument(key, word, sizeof word) != 0 && strcmp(word, value) == 0;
}

static uint32_t number_word(const char *key, uint32_t otherwise) {
    char word[WORD_BYTES_MAX];
    uint32_t number = 0;
    for (size_t i = 0, length = board_argument(key, word, sizeof word); i < length; i++) {
        number = 10 * number + (uint32_t)(word[i] - '0');
    }
    return number != 0 ? number : otherwise;
}

int main(void) {
    null_guard_start(false);
    shows = is_word("show=", "1");
    uint32_t every = number_word("fail_every=", EVERY_DEFAULT);
    for (unsigned i = 0; i < TEST_ENTRY_COUNT_MAX && test_list[i].run != NULL; i++) {
        run_case(&test_list[i], every);
    }
    text_print("@@ end\n");
    ended = true;
    return 0;
}
