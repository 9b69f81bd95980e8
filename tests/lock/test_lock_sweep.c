// SPDX-License-Identifier: MIT
// test-locks: primask basepri
// test-libcs: nano
// test-icount: 8
// test-flags: 1
// test-link: -Wl,--defsym=__obmalloc_arena_size=1040
/*
 * An interrupt at every instruction of a call. A timer fires after 1, 2, 3... of its ticks, each time with
 * the heap opened anew in the same state, until it fires behind the call. The handler allocates, resizes
 * and frees; then all blocks' contents are looked at, and the heap is walked.
 *
 * How late the handler is tells how long interrupts were off: the longest is held to a budget.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "budget/budget.h"
#include "lock/interrupts.h"
#include "state.h"

enum {
    HANDLER_BYTES = 24,
    COPIED_BYTES = 3000,
    CLEARED_BYTES = 2000,
    LIBC_BYTES = 2048,
    LIBC_BLOCK_BYTES = 520,
    /* An instruction is 256 ns, a tick 40 of the mps2 boards' timers, 62.5 of the microbit's. */
    STEP_TICKS = 4,
    /* Less is over before the timer of the microbit runs. */
    FIRST_TICKS = 8
};

static struct pools_heap heap_at_boot;
static struct obmalloc_state state_at_boot;

/* What is as it was at the reset. Runs before main. */
__attribute__((constructor)) static void save_state(void) {
    heap_at_boot = obmalloc_heap;
    state_at_boot = obmalloc_state;
}

static void *block_of_call, *block_of_handler;
static size_t bytes_of_call;
static void *neighbours[3];

static bool handler_allocates = true;
static size_t handler_bytes;
static volatile bool in_call, fired, fired_in_call;
static volatile uint32_t ticks_late;
static uint32_t overhead_ticks;

void interrupts_tick(void) {
}

void interrupts_urgent(void) {
    ticks_late = interrupts_urgent_ticks_late();
    interrupts_urgent_stop();
    fired = true;
    fired_in_call = in_call;
    if (!in_call || !handler_allocates) {
        return;
    }
    block_of_handler = malloc(handler_bytes);
    void *other = malloc(handler_bytes);
    void *longer = realloc(other, handler_bytes + HANDLER_BYTES);
    void *waits = malloc(handler_bytes);
    free(longer != NULL ? longer : other);
    free(waits);
    if (block_of_handler != NULL) {
        memset(block_of_handler, 0x5A, handler_bytes);
    }
}

static void fill_call(size_t bytes) {
    bytes_of_call = bytes;
    memset(block_of_call, 0xC3, bytes);
}

static void check_filled(const void *block, int value, size_t bytes) {
    const unsigned char *byte = block;
    for (size_t i = 0; i < bytes; i++) {
        CHECK_EQUAL(byte[i], value);
    }
}

/* ---- the calls: how each state is made, and the call itself. A call leaves in block_of_call what is
 * live afterwards, or NULL, and in bytes_of_call what of it must hold 0xC3. */

static void set_up_ready(void) {
    budget_open_cleared();
    free(malloc(24));
}

static void set_up_cleared(void) {
    budget_open_cleared();
}

static void set_up_fresh(void) {
    budget_open();
}

static void set_up_chunk(void) {
    budget_open_cleared();
    free(budget_island(400));
}

/* Scarce, and blocks of another class wait. */
static void set_up_scarce(void) {
    budget_open_cleared();
    void *waits = malloc(104);
    free(waits);
    budget_make_scarce();
}

static void set_up_full(void) {
    set_up_scarce();
    while (malloc(600) != NULL) {
    }
    void *blocks[8];
    for (unsigned i = 0; i < 8; i++) {
        blocks[i] = malloc(32);
    }
    for (unsigned i = 0; i < 8; i++) {
        free(blocks[i]);
    }
    while (malloc(400) != NULL) {
    }
}

static void call_malloc_24(void) {
    block_of_call = malloc(24);
}

static void call_malloc_300(void) {
    block_of_call = malloc(300);
}

static void call_malloc_5000(void) {
    block_of_call = malloc(5000);
}

static void call_malloc_1000(void) {
    block_of_call = malloc(1000);
}

static void call_calloc(void) {
    block_of_call = calloc(1, CLEARED_BYTES);
}

static void call_memalign(void) {
    block_of_call = memalign(64, 300);
}

static void set_up_live(void) {
    budget_open_cleared();
    block_of_call = malloc(24);
}

static void call_free(void) {
    free(block_of_call);
    block_of_call = NULL;
}

/* In scarce memory, between two free chunks. */
static void set_up_between(size_t bytes) {
    budget_open_cleared();
    budget_make_scarce();
    budget_neighbours((const size_t[]){256, bytes, 264}, neighbours, 3);
    budget_neighbours((const size_t[]){256}, &block_of_call, 1);
    free(neighbours[0]);
    free(neighbours[2]);
    block_of_call = neighbours[1];
}

static void set_up_between_small(void) {
    set_up_between(104);
}

static void set_up_between_large(void) {
    set_up_between(600);
}

static void call_free_interior(void) {
    free((char *)block_of_call + 8);
}

static void call_realloc_in_place(void) {
    block_of_call = realloc(block_of_call, 110);
}

static void call_realloc_grows(void) {
    block_of_call = realloc(block_of_call, 300);
}

static void call_realloc_moves(void) {
    block_of_call = realloc(block_of_call, 100);
}

static void set_up_copied(void) {
    budget_open_cleared();
    block_of_call = budget_island(COPIED_BYTES);
    bytes_of_call = COPIED_BYTES;
}

static void call_realloc_copies(void) {
    block_of_call = realloc(block_of_call, COPIED_BYTES + 400);
}

/* A long block behind a free chunk, with something behind it that stays. */
static void set_up_sliding(void) {
    budget_open_cleared();
    neighbours[0] = malloc(600);
    block_of_call = malloc(COPIED_BYTES);
    neighbours[1] = malloc(600);
    while (malloc(800) != NULL) {
    }
    free(neighbours[0]);
    bytes_of_call = COPIED_BYTES;
}

static void call_realloc_slides(void) {
    block_of_call = realloc(block_of_call, COPIED_BYTES + 400);
}

static void set_up_short_copy(void) {
    budget_open_cleared();
    free(malloc(240));
    block_of_call = malloc(192);
    bytes_of_call = 192;
}

static void call_realloc_copies_short(void) {
    block_of_call = realloc(block_of_call, 240);
}

/* Beside a fixed arena. The library keeps its heap from one interleaving to the next. */
static void set_up_libc(void) {
    budget_open_cleared();
    struct obmalloc_state *state = &obmalloc_state;
    char *start = test_region(LIBC_BYTES);
    if (state->region.start != start) {
        state->region.start = start;
        state->heap_break = start;
        state->heap_break_high_water = start;
    }
    state->arena_start = start + LIBC_BYTES;
    state->whole_region_is_arena = false;
    handler_bytes = LIBC_BLOCK_BYTES;
}

static void set_up_libc_live(void) {
    set_up_libc();
    block_of_call = malloc(LIBC_BLOCK_BYTES);
    bytes_of_call = LIBC_BLOCK_BYTES;
    CHECK(!obmalloc_owns(block_of_call));
}

static void call_malloc_libc(void) {
    block_of_call = malloc(LIBC_BLOCK_BYTES);
}

static void call_realloc_libc(void) {
    void *block = realloc(block_of_call, LIBC_BLOCK_BYTES + 100);
    block_of_call = block != NULL ? block : block_of_call;
}

static void set_up_boot(void) {
    budget_open();
    obmalloc_heap = heap_at_boot;
    obmalloc_state = state_at_boot;
    budget_region.start = (void *)((uintptr_t)test_region(2048));
    budget_region.end = (char *)budget_region.start + 2048;
}

struct sweep {
    const char *name;
    void (*set_up)(void);
    void (*call)(void);
    uint32_t budget_v7m; /* instructions with interrupts off, one after another */
    uint32_t budget_v6m;
};

static const struct sweep sweeps[] = {
    {"malloc, ready block", set_up_ready, call_malloc_24, 6, 13},
    {"malloc, cut from untouched memory", set_up_cleared, call_malloc_24, 65, 234},
    {"malloc, map cleared", set_up_fresh, call_malloc_5000, 120, 348},
    {"malloc, free chunk split", set_up_chunk, call_malloc_300, 90, 357},
    {"malloc, another size's ready block", set_up_scarce, call_malloc_24, 80, 238},
    {"malloc, nothing left", set_up_full, call_malloc_1000, 263, 307},
    {"calloc of 2000 bytes", set_up_cleared, call_calloc, 62, 256},
    {"memalign", set_up_chunk, call_memalign, 312, 727},
    {"free, to its pool", set_up_live, call_free, 13, 32},
    {"free, merged with both neighbours", set_up_between_small, call_free, 101, 292},
    {"free of 600 bytes, merged with both", set_up_between_large, call_free, 119, 385},
    {"free of no block", set_up_live, call_free_interior, 95, 165},
    {"realloc, stays", set_up_between_small, call_realloc_in_place, 226, 513},
    {"realloc, grows in place", set_up_between_small, call_realloc_grows, 248, 578},
    {"realloc, moves", set_up_live, call_realloc_moves, 173, 372},
    {"realloc, to a ready block", set_up_short_copy, call_realloc_copies_short, 188, 367},
    {"realloc, 3000 bytes copied", set_up_copied, call_realloc_copies, 184, 343},
    {"realloc, 3000 bytes slide down", set_up_sliding, call_realloc_slides, 198, 467},
    {"libc: malloc of 520 bytes", set_up_libc, call_malloc_libc, 32, 37},
    {"libc: free of 520 bytes", set_up_libc_live, call_free, 119, 137},
    {"libc: realloc of 520 bytes", set_up_libc_live, call_realloc_libc, 57, 64},
    {"first call", set_up_boot, call_malloc_24, 177, 425},
};

enum { SWEEP_COUNT = sizeof sweeps / sizeof sweeps[0] };

static void make_ready(const struct sweep *sweep) {
    block_of_call = NULL;
    block_of_handler = NULL;
    bytes_of_call = 0;
    fired = false;
    handler_bytes = HANDLER_BYTES;
    test_region_reset();
    sweep->set_up();
    if (block_of_call != NULL) {
        size_t bytes = malloc_usable_size(block_of_call);
        fill_call(bytes_of_call != 0 ? bytes_of_call : bytes < 24 ? bytes : 24);
    }
}

/* A ready block that no pool has any more counts as live. */
static uint32_t live_blocks(void) {
    struct pools_statistics now;
    pools_statistics(&obmalloc_heap, &now);
    return now.small_used_blocks + now.large_used_blocks;
}

/* One interleaving. Returns false iff the timer fired behind the call. */
static bool interrupt_after(const struct sweep *sweep, uint32_t ticks) {
    make_ready(sweep);
    uint32_t others_count = live_blocks() - obmalloc_owns(block_of_call);
    in_call = true;
    interrupts_urgent_in_ticks(ticks);
    sweep->call();
    in_call = false;
    while (!fired) {
    }
    if (block_of_call != NULL) {
        check_filled(block_of_call, 0xC3, bytes_of_call);
        if (sweep->call == call_calloc) {
            check_filled(block_of_call, 0, CLEARED_BYTES);
        }
        /* Where the two overlap, the handler's is damaged. */
        memset(block_of_call, 0x11, malloc_usable_size(block_of_call));
    }
    if (block_of_handler != NULL) {
        check_filled(block_of_handler, 0x5A, handler_bytes);
        free(block_of_handler);
    }
    free(block_of_call);
    struct pools_finding finding;
    if (obmalloc_check(&finding) != POOLS_OK) {
        TEST_NOTE("%s", finding.sentence);
    }
    CHECK_EQUAL(finding.status, POOLS_OK);
    CHECK_EQUAL(live_blocks(), others_count);
    CHECK_EQUAL(obmalloc_state.libc_used_blocks, 0);
    return fired_in_call;
}

/* What a handler is late where nothing is locked, because of its first instructions. */
static void measure_overhead(void) {
    fired = false;
    interrupts_urgent_in_ticks(1000);
    while (!fired) {
    }
    overhead_ticks = ticks_late;
}

/* What the call takes without an interrupt. */
static uint32_t count(const struct sweep *sweep) {
    uintptr_t nothing;
    make_ready(sweep);
    uint32_t instructions = meter_count(METER_FUNCTION(sweep->call), 0, 0, &nothing);
    free(block_of_call);
    return instructions;
}

/* In ticks, beyond those. */
static uint32_t late(void) {
    return ticks_late > overhead_ticks ? ticks_late - overhead_ticks : 0;
}

static bool is_of_libc(const struct sweep *sweep) {
    return sweep->set_up == set_up_libc || sweep->set_up == set_up_libc_live;
}

/* Returns the longest time without interrupts, in instructions. */
static uint32_t sweep_one(const struct sweep *sweep) {
    uint32_t longest_ticks = 0, at_once_count = 0, delayed_count = 0;
    uint32_t instructions = count(sweep);
    for (uint32_t ticks = FIRST_TICKS;; ticks += STEP_TICKS) {
        if (!interrupt_after(sweep, ticks)) {
            break;
        }
        if (late() > longest_ticks) {
            longest_ticks = late();
        }
        if (interrupts_instructions(late()) == 0) {
            at_once_count++;
        } else {
            delayed_count++;
        }
    }
    uint32_t longest = interrupts_instructions(longest_ticks);
    uint32_t budget = __ARM_ARCH_ISA_THUMB >= 2 ? sweep->budget_v7m : sweep->budget_v6m;
    TEST_NOTE("off %u budget %u: %s (%u interrupts at once, %u delayed)", (unsigned)longest,
              (unsigned)budget, sweep->name, (unsigned)at_once_count, (unsigned)delayed_count);
    CHECK(at_once_count != 0 && delayed_count != 0);
    /* The timer fired in every step of the call, each shorter than an instruction. What the C library
     * takes depends on what it has kept from the time before. */
    uint32_t swept_ticks = (at_once_count + delayed_count) * STEP_TICKS + FIRST_TICKS;
    CHECK(is_of_libc(sweep) || interrupts_instructions(swept_ticks) + 1 >= instructions);
    if (longest > budget) {
        test_check_equal(__FILE__, __LINE__, sweep->name, longest, budget);
    }
    return longest;
}

TEST(interrupt_at_every_instruction) {
    budget_open();
    interrupts_start();
    measure_overhead();
    uint32_t longest = 0;
    for (unsigned i = 0; i < SWEEP_COUNT; i++) {
        uint32_t instructions = sweep_one(&sweeps[i]);
        longest = instructions > longest ? instructions : longest;
    }
    interrupts_stop();
    TEST_NOTE("interrupts are off for %u instructions at most", (unsigned)longest);
}

/* More urgent than the ceiling: never late. Such a handler must not allocate. */
TEST(urgent_interrupt_is_never_delayed) {
#ifndef OBMALLOC_LOCK_BASEPRI
    SKIP("under the policy primask every interrupt is delayed");
#else
    budget_open();
    interrupts_start();
    interrupts_set_urgent_priority(OBMALLOC_LOCK_BASEPRI / 2);
    handler_allocates = false;
    measure_overhead();
    for (unsigned i = 0; i < SWEEP_COUNT; i++) {
        if (is_of_libc(&sweeps[i])) {
            continue; /* the library's heap ended with the first case */
        }
        for (uint32_t ticks = FIRST_TICKS; interrupt_after(&sweeps[i], ticks);
             ticks += STEP_TICKS) {
            CHECK_EQUAL(interrupts_instructions(late()), 0);
        }
    }
    interrupts_stop();
    handler_allocates = true;
#endif
}

TEST_LIST = {TEST_ENTRY(interrupt_at_every_instruction),
             TEST_ENTRY(urgent_interrupt_is_never_delayed)};
