// SPDX-License-Identifier: MIT
/*
 * One run of QEMU, some 300 boots: the box is asked after each kind of reset what the run before has left.
 * tests/host/test_blackbox.py reads what is printed.
 */
#include "obmalloc_blackbox.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "exception.h"
#include "obmalloc.h"
#include "registers.h"
#include "state.h"
#include "watch/blackbox_memory.h"

enum stage {
    POWER_ON,
    ENDED,
    FAULTED,
    STOPPED,
    WATCHED,
    FALLEN_BACK,
    HEALED,
    PLACES,
    HEADER,
    STAGE_COUNT
};

static const char *const stage_names[STAGE_COUNT] = {
    "power on",         "after a reset that was meant",
    "after a fault",    "after a reset without a word",
    "after a watchdog", "after three in a row",
    "healed",           "damaged places",
    "a damaged header"};

/* Over resets. */
static volatile struct {
    uint32_t magic, stage, step;
} course __attribute__((section(".noinit.course")));
enum { MAGIC = 0xC0035E11 };

static struct obmalloc_blackbox_report last;

static _Noreturn void fail(const char *what) {
    board_console_puts("FAIL ");
    board_console_puts(stage_names[course.stage]);
    board_console_puts(": ");
    board_console_puts(what);
    board_console_puts("\n");
    board_exit(1);
}

#define EXPECT(condition) ((condition) ? (void)0 : fail(#condition))

static _Noreturn void reset(void) {
    *REGISTER_AIRCR = REGISTER_AIRCR_SYSRESETREQ;
    for (;;) {
    }
}

static _Noreturn void go_on(enum stage stage) {
    board_console_puts("ok ");
    board_console_puts(stage_names[course.stage]);
    board_console_puts("\n");
    course.stage = stage;
    course.step = 0;
    if (stage == STAGE_COUNT) {
        board_console_puts("done\n");
        board_exit(0);
    }
    reset();
}

void board_exception_ends(void) {
    reset();
}

#ifdef BLACKBOX_WATCHDOG
/* The LM3S6965's, at 12 MHz or more: some milliseconds. */
static _Noreturn void reset_by_watchdog(void) {
    *REGISTER(0x40000C00) = 0x1ACCE551;
    *REGISTER(0x40000000) = 100000;
    *REGISTER(0x40000008) = 3;
    for (;;) {
    }
}
#else
static _Noreturn void reset_by_watchdog(void) {
    reset();
}
#endif

/* Eight operations, of which the box keeps all. */
static void *work(void) {
    char *first = malloc(24);
    char *second = calloc(5, 6);
    char *third = realloc(first, 100);
    char *aligned = memalign(32, 40);
    free(second);
    EXPECT(malloc(PTRDIFF_MAX) == NULL);
    memset(third, 0x5A, 100);
    free(aligned);
    return third;
}

static void expect_work(void) {
    static const struct {
        enum obmalloc_blackbox_kind kind;
        uint32_t bytes;
    } done[] = {{OBMALLOC_BLACKBOX_FREE, 0},      {OBMALLOC_BLACKBOX_MALLOC, 0x0FFFFFFF},
                {OBMALLOC_BLACKBOX_FREE, 0},      {OBMALLOC_BLACKBOX_MEMALIGN, 40},
                {OBMALLOC_BLACKBOX_REALLOC, 100}, {OBMALLOC_BLACKBOX_REALLOC_FROM, 100},
                {OBMALLOC_BLACKBOX_CALLOC, 30},   {OBMALLOC_BLACKBOX_MALLOC, 24}};
    EXPECT(last.operation_count == 8);
    for (unsigned i = 0; i < 8; i++) {
        const struct obmalloc_blackbox_operation *operation = &last.operations[i];
        EXPECT(operation->number == 8 - i);
        EXPECT(operation->kind == done[i].kind);
        EXPECT(operation->bytes == done[i].bytes);
        uint32_t offset = operation->caller - ((uint32_t)(uintptr_t)work & ~1u);
        EXPECT(offset < 256);
        EXPECT((operation->pointer == 0) == (operation->bytes == 0x0FFFFFFF));
    }
    EXPECT(last.operations[0].pointer == last.operations[3].pointer);
    EXPECT(last.operations[2].pointer == last.operations[6].pointer);
    EXPECT(last.operations[5].pointer == last.operations[7].pointer);
    EXPECT(last.account_is_readable);
    EXPECT(last.account.operations == 8 && last.account.live_blocks == 1);
    EXPECT(last.account.failures == 1 && last.account.misuses == 0);
}

static void expect_arena(void) {
    EXPECT(last.account.arena_start == obmalloc_heap.start);
    EXPECT(last.account.arena_end == obmalloc_heap.end);
    EXPECT(last.account.arena_top > obmalloc_heap.start &&
           last.account.arena_top <= obmalloc_heap.end);
    EXPECT(last.account.arena_chunks >= 1);
    EXPECT(last.account.largest_bytes >= 64 &&
           last.account.largest_bytes < obmalloc_heap.end - obmalloc_heap.start);
}

static __attribute__((noinline)) void fault_here(void) {
    __asm__ volatile("udf #0");
}

static void do_damage(void *block) {
    free(block);
    free(block);
    /* Found by the walk, and second: the first stays. */
    obmalloc_heap.drain_class = 0;
    struct pools_finding finding;
    EXPECT(obmalloc_check(&finding) == POOLS_CORRUPT);
    fault_here();
}

static void expect_fault(void) {
    EXPECT(last.fault.happened && last.fault.is_readable);
    EXPECT(last.fault.caller - ((uint32_t)(uintptr_t)fault_here & ~1u) < 8);
    EXPECT(last.damage.happened && last.damage.is_readable);
    EXPECT(strcmp(last.damage.text, "free: the block is free already") == 0);
    EXPECT(last.damage.pointer != 0 && last.damage.caller != 0);
    EXPECT(last.damage.number == 11);
    EXPECT(last.account.misuses == 1 && last.account.live_blocks == 0);
}

static bool reports_equal(const struct obmalloc_blackbox_report *now) {
    return memcmp(now, &last, sizeof last) == 0;
}

/* Each bit of what the run before has left: told right, or told to be damaged, or left out. */
static void damage_places(void) {
    struct run *run = &obmalloc_blackbox_memory.runs[~obmalloc_blackbox_memory.current & 1u];
    uint32_t *words = (uint32_t *)(void *)run->accounts;
    static struct obmalloc_blackbox_report now;
    unsigned told = 0;
    for (unsigned i = 0; i < (sizeof *run - offsetof(struct run, accounts)) * 8; i++) {
        words[i / 32] ^= 1u << i % 32;
        memset(&now, 0, sizeof now);
        obmalloc_blackbox_last(&now);
        words[i / 32] ^= 1u << i % 32;
        if (reports_equal(&now)) {
            continue; /* a place that holds nothing */
        }
        told++;
        bool less = now.operation_count < last.operation_count;
        /* Without the later account, the earlier one, which is true, too. */
        bool is_earlier = now.account.operations + 1 == last.account.operations;
        EXPECT(less || is_earlier || !now.account_is_readable || !now.damage.is_readable ||
               !now.fault.is_readable);
        for (unsigned o = 0; o < now.operation_count; o++) {
            bool is_one_of_them = false;
            for (unsigned l = 0; l < last.operation_count; l++) {
                is_one_of_them |=
                    memcmp(&now.operations[o], &last.operations[l], sizeof now.operations[o]) == 0;
            }
            EXPECT(is_one_of_them || is_earlier);
        }
    }
    EXPECT(told > 8 * 16 * 8);
}

/* One bit of the header a boot. */
static void damage_header(void) {
    enum { HEADER_BITS = offsetof(struct blackbox, runs) * 8 };
    uint32_t *words = (uint32_t *)(void *)&obmalloc_blackbox_memory;
    if (course.step != 0) {
        bool was_magic = course.step <= 32;
        EXPECT(last.end == (was_magic ? OBMALLOC_BLACKBOX_NONE : OBMALLOC_BLACKBOX_DAMAGED));
        EXPECT(last.boots == 1 && last.faults_in_a_row == 0);
        EXPECT(last.operation_count == 0 && !last.account_is_readable);
    }
    void *block = malloc(20);
    EXPECT(block != NULL);
    if (course.step < HEADER_BITS) {
        words[course.step / 32] ^= 1u << course.step % 32;
        course.step++;
        reset();
    }
    if (course.step < HEADER_BITS + 32) {
        obmalloc_blackbox_memory.runs[obmalloc_blackbox_memory.current].state ^=
            1u << course.step % 32;
        course.step++;
        reset();
    }
}

int main(void) {
    if (course.magic != MAGIC) {
        course.stage = POWER_ON;
        course.step = 0;
        course.magic = MAGIC;
    }
    obmalloc_blackbox_last(&last);
    if (course.stage < PLACES) {
        obmalloc_blackbox_print(board_console_puts);
    }
    EXPECT(!last.is_other_image);
    switch (course.stage) {
    case POWER_ON:
        EXPECT(last.end == OBMALLOC_BLACKBOX_NONE && last.boots == 1);
        EXPECT(work() != NULL);
        obmalloc_blackbox_end();
        go_on(ENDED);
    case ENDED:
        EXPECT(last.end == OBMALLOC_BLACKBOX_ENDED && last.boots == 2);
        EXPECT(last.faults_in_a_row == 0 && !last.fault.happened && !last.damage.happened);
        expect_work();
        void *block = work();
        if (obmalloc_boot_report().flag == 1) {
            expect_arena();
        }
        course.stage = FAULTED;
        do_damage(block);
        fail("a fault that was none");
    case FAULTED:
        EXPECT(last.end == OBMALLOC_BLACKBOX_FAULTED && last.faults_in_a_row == 1);
        expect_fault();
        EXPECT(work() != NULL);
        go_on(STOPPED);
    case STOPPED:
        EXPECT(last.end == OBMALLOC_BLACKBOX_STOPPED && last.faults_in_a_row == 2);
        expect_work();
        EXPECT(work() != NULL);
        course.stage = WATCHED;
        reset_by_watchdog();
    case WATCHED:
        EXPECT(last.end == OBMALLOC_BLACKBOX_STOPPED && last.faults_in_a_row == 3);
        expect_work();
        EXPECT(obmalloc_request_flag(1) == OBMALLOC_REQUEST_FALLEN_BACK);
        EXPECT(obmalloc_boot_report().flag == 0);
        EXPECT(obmalloc_boot_report().source == OBMALLOC_FROM_BLACKBOX);
        board_console_puts(obmalloc_boot_report().sentence);
        board_console_puts("\n");
        EXPECT(work() != NULL && !obmalloc_owns(work()));
        go_on(FALLEN_BACK);
    case FALLEN_BACK:
        EXPECT(last.faults_in_a_row == 4 && obmalloc_boot_report().flag == 0);
        EXPECT(last.account.arena_start == 0 && last.account.libc_bytes != 0);
        EXPECT(work() != NULL);
        obmalloc_blackbox_healthy();
        go_on(HEALED);
    case HEALED:
        EXPECT(last.faults_in_a_row == 1 && obmalloc_boot_report().flag == 1);
        expect_work();
        course.stage = PLACES;
        do_damage(work());
        fail("a fault that was none");
    case PLACES:
        damage_places();
        go_on(HEADER);
    case HEADER:
        damage_header();
        go_on(STAGE_COUNT);
    }
    fail("no such stage");
}
