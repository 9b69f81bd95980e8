// SPDX-License-Identifier: MIT
#include "lock/scene.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "budget/budget.h"
#include "bulk.h"
#include "state.h"

enum {
    INTRUDER_BYTES = 24,
    HEAP_BYTES = 2048,
    FILLED_BYTES_MAX = 24,
    OF_THE_CALL = 0xC3,
    OF_AN_INTRUDER = 0x5A,
    OF_NOBODY = 0x11
};

/* newlib-nano's allocator, in the port's private copy. */
extern void *libc___malloc_free_list, *libc___malloc_sbrk_start;

struct scene scene;

static struct {
    void *block;
    uint32_t failures, misuses, heaps, overflows;
} intruders[SCENE_INTRUDER_COUNT];

static uint32_t live_blocks_before, failures_before, heap_blocks_before, libc_blocks_before,
    overflows_before;
static struct obmalloc_region region_at_boot;
static struct pools_heap heap_at_boot;
static struct obmalloc_state state_at_boot, state_latched;

/* What is as it was at the reset. Runs before main. */
__attribute__((constructor)) static void save_state(void) {
    heap_at_boot = obmalloc_heap;
    state_at_boot = obmalloc_state;
}

/* Word by word, because much is filled and looked at: `bytes` bytes from a block's start. */
static void fill(void *block, int value, size_t bytes) {
    uint32_t *word = block;
    uint32_t pattern = (uint32_t)value * 0x01010101u;
    for (size_t words = bytes / 4; words != 0; words--) {
        *word++ = pattern;
    }
    memset(word, value, bytes % 4);
}

static bool is_filled(const void *block, int value, size_t bytes) {
    const uint32_t *word = block;
    uint32_t pattern = (uint32_t)value * 0x01010101u;
    for (size_t words = bytes / 4; words != 0; words--) {
        if (*word++ != pattern) {
            return false;
        }
    }
    const unsigned char *byte = (const unsigned char *)word;
    for (size_t i = 0; i < bytes % 4; i++) {
        if (byte[i] != value) {
            return false;
        }
    }
    return true;
}

void scene_resized(void *block) {
    scene.failures = block == NULL;
    if (block != NULL) {
        scene.block = block;
    }
}

/* ---- what set_up may want */

void scene_open_beside_libc(void) {
    budget_open_cleared();
    struct obmalloc_state *state = &obmalloc_state;
    char *start = test_region(SCENE_LIBC_BYTES);
    state->region.start = start;
    state->heap_break = start;
    state->heap_break_high_water = start;
    state->arena_start = start + SCENE_LIBC_BYTES;
    state->whole_region_is_arena = false;
    state->seal = obmalloc_seal_of(state);
    scene.intruder_bytes = SCENE_LIBC_BLOCK_BYTES;
}

void scene_open_at_reset(void) {
    budget_open();
    obmalloc_heap = heap_at_boot;
    obmalloc_state = state_at_boot;
    budget_region.start = test_region(SCENE_LIBC_BYTES);
    budget_region.end = (char *)budget_region.start + SCENE_LIBC_BYTES;
}

void scene_open_heap(void) {
    budget_open_cleared();
    char *start = test_region(HEAP_BYTES);
    (void)bulk_clear(start, HEAP_BYTES);
    CHECK_EQUAL(obmalloc_heap_create(start, start + HEAP_BYTES, &scene.heap), OBMALLOC_HEAP_OK);
    scene.heap_count = 1;
}

/* ---- blocks of the heap that the scene is about */

/* Whether the allocator that the request goes to first has not served it. */
static uint32_t overflows(const void *block, size_t bytes) {
    return block != NULL && (bytes <= POOLS_SMALL_BYTES_MAX) != obmalloc_owns(block);
}

static void *take(unsigned who, size_t bytes) {
    void *block = scene.heap != NULL ? obmalloc_heap_malloc(scene.heap, bytes) : malloc(bytes);
    intruders[who].failures += block == NULL;
    intruders[who].overflows += overflows(block, bytes);
    return block;
}

static void *resize(unsigned who, void *block, size_t bytes) {
    void *resized = scene.heap != NULL ? obmalloc_heap_realloc(scene.heap, block, bytes)
                                       : realloc(block, bytes);
    intruders[who].failures += resized == NULL;
    /* One that the C library has stays there. */
    intruders[who].overflows += obmalloc_owns(resized) && overflows(resized, bytes);
    return resized;
}

static void make_heap(unsigned who) {
    struct obmalloc_heap *heap;
    char *start = scene.heap_memory[who];
    if (start != NULL) {
        intruders[who].heaps +=
            obmalloc_heap_create(start, start + OBMALLOC_HEAP_BYTES_MIN, &heap) == OBMALLOC_HEAP_OK;
    }
}

/* What is only counted. */
static void be_refused(unsigned who, char *block) {
    volatile size_t impossible_bytes = (size_t)-1;
    if (!scene.libc_serves) {
        (void)take(who, impossible_bytes);
        free(obmalloc_owns(block) ? block + 8 : (char *)&scene + 8);
        intruders[who].misuses++;
    }
}

void scene_intrude(unsigned who) {
    size_t bytes = scene.intruder_bytes;
    void *kept = take(who, bytes);
    void *other = take(who, bytes);
    void *longer = resize(who, other, bytes + INTRUDER_BYTES);
    void *waits = take(who, bytes);
    free(longer != NULL ? longer : other);
    free(waits);
    if (scene.heap != NULL) {
        free(malloc(bytes));
    }
    be_refused(who, kept);
    make_heap(who);
    if (kept != NULL) {
        fill(kept, OF_AN_INTRUDER + (int)who, bytes);
    }
    intruders[who].block = kept;
}

/* ---- before and after */

/* A ready block that no pool has any more counts as live. */
static uint32_t live_blocks(void) {
    struct pools_statistics now;
    pools_statistics(&obmalloc_heap, &now);
    return now.small_used_blocks + now.large_used_blocks;
}

static uint32_t heap_blocks(void) {
    struct obmalloc_heap_statistics now = {0};
    (void)obmalloc_heap_statistics(scene.heap, &now);
    return now.live_blocks;
}

static uint32_t heap_count(void) {
    uint32_t count = 0;
    for (struct obmalloc_heap *heap = obmalloc_heap_next(NULL); heap != NULL;
         heap = obmalloc_heap_next(heap)) {
        count++;
    }
    return count;
}

static size_t libc_bytes(void) {
    struct obmalloc_statistics now;
    obmalloc_statistics(&now);
    return now.libc_used_bytes;
}

static uint32_t failures(void) {
    struct obmalloc_heap_statistics of_heap = {0};
    if (scene.heap != NULL) {
        (void)obmalloc_heap_statistics(scene.heap, &of_heap);
    }
    return obmalloc_state.failure_count + of_heap.failure_count;
}

static uint32_t overflow_count(void) {
    return obmalloc_state.overflow_small_to_libc + obmalloc_state.overflow_large_to_arena;
}

static uint32_t misuses(void) {
    uint32_t count = 0;
    for (unsigned kind = 0; kind < OBMALLOC_MISUSE_OTHER_HEAP; kind++) {
        count += obmalloc_state.misuse_count[kind];
    }
    return count;
}

/* And counted as one. */
static uint32_t is_of_libc(const void *block) {
    const char *start = obmalloc_state.region.start;
    return !scene.libc_serves && (const char *)block >= start &&
           (const char *)block < obmalloc_state.heap_break;
}

void scene_start(void) {
    budget_open();
    state_latched = obmalloc_state;
    region_at_boot = budget_region;
}

/* Whatever the last scene left: the pools serve. */
static void reset(void) {
    obmalloc_state = state_latched;
    budget_region = region_at_boot;
    libc___malloc_free_list = NULL;
    libc___malloc_sbrk_start = NULL;
    test_region_reset();
    char *start = test_region(BUDGET_REGION_BYTES);
    CHECK_EQUAL(pools_open(&obmalloc_heap, start, start + BUDGET_REGION_BYTES), POOLS_OK);
    test_region_reset();
}

static void end_heaps(void) {
    while (obmalloc_heap_next(NULL) != NULL) {
        CHECK_EQUAL(obmalloc_heap_destroy(obmalloc_heap_next(NULL), OBMALLOC_HEAP_RECLAIM, NULL),
                    OBMALLOC_HEAP_OK);
    }
}

void scene_make(const struct path *path) {
    end_heaps();
    reset();
    memset(&scene, 0, sizeof scene);
    memset(intruders, 0, sizeof intruders);
    scene.intruder_bytes = INTRUDER_BYTES;
    path->set_up();
    if (scene.block != NULL) {
        size_t bytes = malloc_usable_size(scene.block);
        if (scene.bytes == 0) {
            scene.bytes = bytes < FILLED_BYTES_MAX ? bytes : FILLED_BYTES_MAX;
        }
        fill(scene.block, OF_THE_CALL, scene.bytes);
    }
    bool is_of_heap = scene.heap != NULL && obmalloc_heap_of(scene.block) == scene.heap;
    live_blocks_before = live_blocks() - obmalloc_owns(scene.block);
    heap_blocks_before = scene.heap != NULL ? heap_blocks() - is_of_heap : 0;
    failures_before = failures();
    overflows_before = overflow_count();
    libc_blocks_before = obmalloc_state.libc_used_blocks - is_of_libc(scene.block);
}

static void check_sound(void) {
    struct pools_finding finding;
    if (obmalloc_check(&finding) != POOLS_OK) {
        TEST_NOTE("%s", finding.sentence);
    }
    CHECK_EQUAL(finding.status, POOLS_OK);
    for (struct obmalloc_heap *heap = obmalloc_heap_next(NULL); heap != NULL;
         heap = obmalloc_heap_next(heap)) {
        if (obmalloc_heap_check(heap, &finding) != POOLS_OK) {
            TEST_NOTE("%s", finding.sentence);
        }
        CHECK_EQUAL(finding.status, POOLS_OK);
    }
}

void scene_check(void) {
    if (scene.block != NULL) {
        CHECK(is_filled(scene.block, OF_THE_CALL, scene.bytes));
        CHECK(is_filled(scene.block, 0, scene.cleared_bytes));
        /* Where two overlap, the intruder's is damaged. */
        fill(scene.block, OF_NOBODY, malloc_usable_size(scene.block));
    }
    for (unsigned who = 0; who < SCENE_INTRUDER_COUNT; who++) {
        if (intruders[who].block != NULL) {
            CHECK(is_filled(intruders[who].block, OF_AN_INTRUDER + (int)who, scene.intruder_bytes));
            fill(intruders[who].block, OF_NOBODY, scene.intruder_bytes);
            free(intruders[who].block);
        }
    }
    free(scene.block);
    check_sound();
    CHECK_EQUAL(scene.status, 0);
    CHECK_EQUAL(heap_count(), scene.heap_count + intruders[0].heaps + intruders[1].heaps);
    CHECK_EQUAL(live_blocks(), live_blocks_before);
    if (scene.heap != NULL) {
        CHECK_EQUAL(heap_blocks(), heap_blocks_before);
    }
    CHECK_EQUAL(obmalloc_state.libc_used_blocks, libc_blocks_before);
    if (scene.counts_overflow) {
        CHECK_EQUAL(overflow_count() - overflows_before,
                    intruders[0].overflows + intruders[1].overflows + scene.overflows);
    }
    if (libc_blocks_before == 0) {
        CHECK_EQUAL(libc_bytes(), 0);
    }
    if (!scene.libc_serves) {
        CHECK_EQUAL(failures() - failures_before,
                    intruders[0].failures + intruders[1].failures + scene.failures);
        CHECK_EQUAL(misuses(), intruders[0].misuses + intruders[1].misuses + scene.misuses);
    }
}
