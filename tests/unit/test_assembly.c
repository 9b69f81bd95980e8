// SPDX-License-Identifier: MIT
/*
 * pools_malloc and pools_free as they are built for this board against the C they stand for: each call
 * is made twice from the same state, and every byte of heap and region must be the same afterwards, as
 * must the answer. Where they are C already, this compares C with itself.
 */
#ifndef POOLS_IN_C
#define POOLS_IN_C
#endif
#define pools_open         reference_open
#define pools_malloc       reference_malloc
#define pools_memalign     reference_memalign
#define pools_free         reference_free
#define pools_refused      reference_refused
#define pools_free_suspect reference_free_suspect
#define pools_block_bytes  reference_block_bytes
#define pools_reclaim      reference_reclaim
#include "../../pools/heap.c"
#undef pools_open
#undef pools_malloc
#undef pools_memalign
#undef pools_free
#undef pools_refused
#undef pools_free_suspect
#undef pools_block_bytes
#undef pools_reclaim

#include "harness/test.h"

enum pools_status pools_open(struct pools_heap *heap, void *start, void *end);
void *pools_malloc(struct pools_heap *heap, size_t request_bytes);
void *pools_memalign(struct pools_heap *heap, size_t alignment_bytes, size_t request_bytes);
enum pools_status pools_free(struct pools_heap *heap, void *block);
void pools_reclaim(struct pools_heap *heap);

/* Few enough for the smallest boards' RAM. */
#if defined(TEST_REGION_BYTES) && TEST_REGION_BYTES < 40000
enum { SLOT_COUNT = 40 };
#else
enum { SLOT_COUNT = 400 };
#endif

struct state {
    struct pools_heap heap;
    char *region;
};

static struct pools_heap heap;
static char *region;
static uint32_t region_bytes;
static struct state before;
static struct state after;
static uint32_t random_state;

static struct {
    char *block;
    uint32_t bytes;
} slots[SLOT_COUNT];

static uint32_t random_below(uint32_t limit) {
    random_state = random_state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)random_state * limit >> 32);
}

static void save(struct state *state) {
    state->heap = heap;
    bulk_copy(state->region, region, region_bytes);
}

static void restore(const struct state *state) {
    heap = state->heap;
    bulk_copy(region, state->region, region_bytes);
}

static void check_words(const void *actual, const void *expected, uint32_t bytes) {
    const uint32_t *first = actual;
    const uint32_t *second = expected;
    for (uint32_t i = 0; i < bytes / 4u; i++) {
        if (first[i] != second[i]) {
            TEST_NOTE("the word at +%u is %x, and %x in C", (unsigned)(i * 4u), (unsigned)second[i],
                      (unsigned)first[i]);
            CHECK_EQUAL(second[i], first[i]);
        }
    }
}

static void check_same(void) {
    check_words(&heap, &after.heap, sizeof heap);
    check_words(region, after.region, region_bytes);
}

typedef uintptr_t tested_function(struct pools_heap *heap, uintptr_t argument);

/* Calls function(heap, argument). *spoiled becomes 0 iff it keeps the registers that it must. */
uintptr_t call_and_look(struct pools_heap *of, uintptr_t argument, tested_function *function,
                        uint32_t *spoiled);

#ifdef __thumb2__
__asm__(".syntax unified\n"
        ".thumb\n"
        ".section .text.call_and_look, \"ax\", %progbits\n"
        ".thumb_func\n"
        ".type call_and_look, %function\n"
        "call_and_look:\n"
        "push {r3, r4-r11, lr}\n"
        "mov r4, #4\nmov r5, #5\nmov r6, #6\nmov r7, #7\n"
        "mov r8, #8\nmov r9, #9\nmov r10, #10\nmov r11, #11\n"
        "blx r2\n"
        "eor r12, r4, #4\n"
        "eor r5, #5\norr r12, r5\neor r6, #6\norr r12, r6\neor r7, #7\norr r12, r7\n"
        "eor r8, #8\norr r12, r8\neor r9, #9\norr r12, r9\neor r10, #10\norr r12, r10\n"
        "eor r11, #11\norr r12, r11\n"
        "ldr r3, [sp]\n"
        "str r12, [r3]\n"
        "pop {r3, r4-r11, pc}\n"
        ".previous\n");
#else
uintptr_t call_and_look(struct pools_heap *of, uintptr_t argument, tested_function *function,
                        uint32_t *spoiled) {
    *spoiled = 0;
    return function(of, argument);
}
#endif

static uintptr_t twice(uintptr_t argument, tested_function *tested, tested_function *reference) {
    uint32_t spoiled;
    save(&before);
    uintptr_t answer = call_and_look(&heap, argument, tested, &spoiled);
    save(&after);
    restore(&before);
    uintptr_t expected = reference(&heap, argument);
    CHECK_EQUAL(answer, expected);
    CHECK_EQUAL(spoiled, 0);
    check_same();
    return answer;
}

static char *malloc_twice(uint32_t bytes) {
    return (char *)twice(bytes, (tested_function *)(void (*)(void))pools_malloc,
                         (tested_function *)(void (*)(void))reference_malloc);
}

static uintptr_t free_twice(const void *block) {
    return twice((uintptr_t)block, (tested_function *)(void (*)(void))pools_free,
                 (tested_function *)(void (*)(void))reference_free);
}

/* Mostly few sizes, small ones; all that there are; now and then a large one. */
static uint32_t some_bytes(void) {
    switch (random_below(16)) {
    case 0:
        return random_below(POOLS_SMALL_BYTES_MAX + 20u);
    case 1:
        return 200u + random_below(80);
    case 2:
        /* Half of them about as long as what is cut off an end, in few bins. */
        return random_below(2) ? random_below(region_bytes / 4u) : 1400u + random_below(700);
    case 3:
        return random_below(8) != 0 ? 16u : random_below(2) ? region_bytes : 0xFFFFFFF0u;
    case 4:
    case 5:
        return 24u * (1u + random_below(4));
    default:
        return random_below(100);
    }
}

static void fill(unsigned i, char *block, uint32_t bytes) {
    slots[i].block = block;
    slots[i].bytes = bytes;
    uint32_t pattern = random_state;
    for (uint32_t k = 0; k + 4u <= bytes; k += 4u) {
        *word_at((uint32_t)(uintptr_t)block + k) = pattern;
    }
    if (bytes >= 8u && random_below(8) == 0) {
        /* Words that mean something to the allocator. */
        word_at((uint32_t)(uintptr_t)block)[1] = random_below(2)   ? pools_key(&heap)
                                                 : random_below(2) ? 16u
                                                                   : 521u;
    }
}

static void allocate(unsigned i) {
    uint32_t bytes = some_bytes();
    char *block;
    if (random_below(16) == 0) {
        block = pools_memalign(&heap, 16u << random_below(4), bytes);
    } else {
        block = random_below(4) != 0 ? pools_malloc_fast(&heap, bytes) : NULL;
        if (block == NULL) {
            block = malloc_twice(bytes);
        }
    }
    if (block != NULL) {
        fill(i, block, bytes);
    }
}

static void release(unsigned i) {
    char *block = slots[i].block;
    slots[i].block = NULL;
    uintptr_t status = free_twice(block);
    if (status == POOLS_DOUBLE_FREE) {
        /* It holds the key, and its pool is too long to be looked through. */
        CHECK_EQUAL(word_at((uint32_t)(uintptr_t)block)[1], pools_key(&heap));
        word_at((uint32_t)(uintptr_t)block)[1] = 0;
        status = free_twice(block);
    }
    CHECK_EQUAL(status, POOLS_OK);
    if (random_below(16) == 0) {
        /* As long as it is refused it may be freed again. */
        CHECK(free_twice(block) != POOLS_OK);
    }
}

static void resize(unsigned i) {
    uint32_t bytes = some_bytes();
    char *block = pools_realloc(&heap, slots[i].block, bytes);
    if (block != NULL) {
        fill(i, block, bytes);
    }
}

/* Addresses that are no live block, and a damaged header: refused, and nothing changes. */
static void check_refused(unsigned i) {
    char *block = slots[i].block;
    CHECK(free_twice(block + 4) != POOLS_OK);
    CHECK(free_twice(block + 1) != POOLS_OK);
    if (slots[i].bytes >= 16u) {
        CHECK(free_twice(block + 8) != POOLS_OK);
    }
    if (slots[i].bytes > POOLS_SMALL_BYTES_MAX) {
        CHECK(free_twice(block - 8) != POOLS_OK);
        *word_at((uint32_t)(uintptr_t)block - 8u) ^= 16u;
        CHECK_EQUAL(free_twice(block), POOLS_CORRUPT);
        *word_at((uint32_t)(uintptr_t)block - 8u) ^= 16u;
    }
    CHECK(free_twice((void *)(uintptr_t)heap.base) != POOLS_OK);
    CHECK(free_twice((void *)(uintptr_t)(heap.base - 8u)) != POOLS_OK);
    CHECK(free_twice((void *)(uintptr_t)heap.untouched) != POOLS_OK);
    CHECK(free_twice((void *)(uintptr_t)heap.end) != POOLS_OK);
}

static void step(unsigned allocations_of_8, unsigned slot_count) {
    unsigned i = random_below(slot_count);
    uint32_t what = random_below(64);
    if (slots[i].block == NULL) {
        if (random_below(8) < allocations_of_8) {
            allocate(i);
        }
    } else if (what < 4u) {
        resize(i);
    } else if (what == 4u) {
        check_refused(i);
    } else if (random_below(8) >= allocations_of_8) {
        release(i);
    }
}

static void release_all(void) {
    for (unsigned i = 0; i < SLOT_COUNT; i++) {
        if (slots[i].block != NULL) {
            release(i);
        }
    }
}

static void storm(uint32_t bytes, unsigned step_count, uint32_t seed) {
    random_state = seed;
    region_bytes = bytes;
    region = test_region(bytes);
    before.region = test_region(bytes);
    after.region = test_region(bytes);
    for (unsigned i = 0; i < SLOT_COUNT; i++) {
        slots[i].block = NULL;
    }
    CHECK_EQUAL(pools_open(&heap, region, region + bytes), POOLS_OK);
    unsigned allocations_of_8 = 6;
    unsigned slot_count = SLOT_COUNT;
    for (unsigned i = 0; i < step_count; i++) {
        if (i % 128u == 0) {
            allocations_of_8 = 1u + random_below(7);
            slot_count = 1u + random_below(random_below(2) ? 40 : SLOT_COUNT);
            if (random_below(4) == 0) {
                release_all(); /* memory is plenty again */
            }
            if (random_below(16) == 0) {
                pools_reclaim(&heap);
            }
        }
        step(allocations_of_8, slot_count);
        if (i % 32u == 0) {
            struct pools_finding finding;
            CHECK_EQUAL(pools_check(&heap, &finding), POOLS_OK);
        }
    }
}

TEST(same_as_c_in_2_kib) {
    storm(2048, 12000, 1);
}
TEST(same_as_c_in_4_kib) {
    storm(4096, 12000, 2);
}
TEST(same_as_c_in_12_kib) {
    storm(12288, 12000, 3);
}
TEST(same_as_c_in_much) {
    size_t most = test_region_bytes_max() / 3u & ~255u;
    storm(most < 21504u ? (uint32_t)most : 21504u, 12000, 4);
}

TEST_LIST = {TEST_ENTRY(same_as_c_in_2_kib), TEST_ENTRY(same_as_c_in_4_kib),
             TEST_ENTRY(same_as_c_in_12_kib), TEST_ENTRY(same_as_c_in_much)};
