// SPDX-License-Identifier: MIT
/* The walk in slices: finds what the whole one finds, and takes nothing that calls change for damage. */
#include "damage.h"

enum { STEPS_MAX = 100000 };

/* In slices of so many steps, until it ends. Returns true iff something was found. */
static bool slices_find(uint32_t step_count_max) {
    struct pools_cursor cursor = {0};
    struct pools_finding finding;
    unsigned slices = 1;
    while (pools_check_some(&heap, &cursor, step_count_max, &finding)) {
        CHECK(slices++ < STEPS_MAX);
        CHECK_EQUAL(finding.status, POOLS_OK);
    }
    CHECK_EQUAL(cursor.chunk + cursor.granule + cursor.phase + cursor.index, 0);
    CHECK((finding.status == POOLS_OK) == (finding.sentence[0] == '\0'));
    return finding.status != POOLS_OK;
}

static bool whole_finds(void) {
    struct pools_finding finding;
    return pools_check(&heap, &finding) != POOLS_OK;
}

/* Whatever bit is flipped, of the heap or of the region. */
static void compare_flip(pools_word *word, unsigned bit) {
    *word ^= 1u << bit;
    bool found = slices_find(1 + bit % 5);
    bool is_wanted = whole_finds();
    *word ^= 1u << bit;
    if (found != is_wanted) {
        TEST_NOTE("word %x, bit %u: %d, not %d", (unsigned)(uintptr_t)word, bit, found, is_wanted);
    }
    CHECK_EQUAL(found, is_wanted);
}

TEST(slices_find_what_the_whole_walk_finds) {
    for (unsigned scarce = 0; scarce < 2; scarce++) {
        prepare_everything(scarce);
        CHECK(!slices_find(1));
        for (unsigned i = 0; i < sizeof heap / 4 * 32; i++) {
            compare_flip((pools_word *)&heap + i / 32, i % 32);
        }
        for (uint32_t address = heap.start; address < heap.end; address += 4) {
            for (unsigned bit = 0; bit < 32; bit++) {
                compare_flip(word_at(address), bit);
            }
        }
    }
}

TEST(slices_end_whatever_a_word_holds) {
    prepare_everything(false);
    uint32_t values[] = {0,
                         1,
                         8,
                         16,
                         0x80000000u,
                         heap.end,
                         heap.base,
                         heap.start,
                         heap.pools[3],
                         0xFFFFFFF8u,
                         24,
                         heap.pools[5],
                         heap.bins[2],
                         heap.untouched,
                         0xFFFFFFFFu};
    for (uint32_t address = heap.start; address < heap.end; address += 4) {
        uint32_t before = *word_at(address);
        for (unsigned i = 0; i < sizeof values / sizeof values[0]; i++) {
            *word_at(address) = values[i];
            (void)slices_find(3);
        }
        *word_at(address) = before;
    }
    check_sound();
}

enum { BLOCK_COUNT = 96 };
static void *blocks[BLOCK_COUNT];

/* One call of a program, on one of its blocks. Contents that look like the allocator's own words: sizes, links. */
static void call_something(uint32_t *random) {
    unsigned i = next_random(random) % BLOCK_COUNT;
    uint32_t what = next_random(random);
    size_t bytes = what % 16 == 0 ? what / 16 % 3000 : what / 16 % 4 == 0 ? 16 : what / 64 % 300;
    if (blocks[i] == NULL) {
        blocks[i] =
            what % 7 == 0 ? pools_memalign(&heap, 32, bytes) : pools_malloc_fast(&heap, bytes);
        if (blocks[i] == NULL) {
            blocks[i] = pools_malloc(&heap, bytes);
        }
    } else if (what % 5 == 0) {
        void *resized = pools_realloc(&heap, blocks[i], bytes);
        blocks[i] = resized != NULL ? resized : blocks[i];
    } else {
        CHECK(pools_free_fast(&heap, blocks[i]) || pools_free(&heap, blocks[i]) == POOLS_OK);
        blocks[i] = NULL;
    }
    if (blocks[i] != NULL) {
        size_t words = usable(blocks[i]) / 4;
        uint32_t content = next_random(random) % 2 == 0 ? next_random(random) % 40 * 8
                           : next_random(random) % 2 == 0
                               ? heap.base + next_random(random) % 512 * 8
                               : heap.bins[next_random(random) % POOLS_BIN_COUNT];
        for (size_t word = 0; word < words; word++) {
            ((pools_word *)blocks[i])[word] = content;
        }
    }
    if (what % 401 == 0) {
        pools_reclaim(&heap);
    }
}

TEST(nothing_is_found_in_a_heap_that_is_in_use) {
    static const size_t regions[] = {2048, 6000, 16384};
    unsigned whole_walks = 0;
    for (unsigned run = 0; run < 60; run++) {
        uint32_t random = 0x9E3779B9u * (run + 1);
        struct pools_cursor cursor = {0};
        struct pools_finding finding;
        if (regions[run % 3] > test_region_bytes_max()) {
            continue;
        }
        open_heap(regions[run % 3]);
        memset(blocks, 0, sizeof blocks);
        for (unsigned i = 0; i < 3000; i++) {
            call_something(&random);
            bool more = pools_check_some(&heap, &cursor, 1 + run % 6, &finding);
            if (finding.status != POOLS_OK) {
                TEST_NOTE("run %u, call %u: %s, at %x", run, i, finding.sentence,
                          (unsigned)finding.address);
            }
            CHECK_EQUAL(finding.status, POOLS_OK);
            whole_walks += !more;
        }
        check_sound();
    }
    /* It comes round, though every step finds another heap. */
    CHECK(whole_walks > 1000);
}

/* Wherever calls may have left it standing: at the inside of a chunk, at its second granule, at its end. */
TEST(a_walk_that_stands_anywhere_finds_nothing) {
    for (unsigned run = 0; run < 40; run++) {
        uint32_t random = 0x2545F491u * (run + 1);
        open_heap(run % 2 == 0 || test_region_bytes_max() < 6000 ? 2048 : 6000);
        memset(blocks, 0, sizeof blocks);
        for (unsigned i = 0; i < 400; i++) {
            call_something(&random);
            if (i % 40 != 0) {
                continue;
            }
            for (uint32_t address = heap.base; address < heap.end; address += 8) {
                struct pools_cursor cursor = {.chunk = address};
                struct pools_finding finding;
                (void)pools_check_some(&heap, &cursor, 6, &finding);
                CHECK_EQUAL(finding.status, POOLS_OK);
            }
        }
    }
}

/* Numbers in a program's block that make what is before it and a link behind it look like a free chunk. */
TEST(a_programs_numbers_are_no_free_chunk) {
    enum { REGION_BYTES = 12288, LONG_BYTES = 4096 };
    if (test_region_bytes_max() < REGION_BYTES) {
        SKIP("a region of 12 KiB does not fit");
    }
    open_heap(REGION_BYTES);
    void *before = take(64);
    uint32_t *numbers = take(16);
    void *behind = take(LONG_BYTES);
    CHECK(take(16) != NULL);
    CHECK_EQUAL(give(before), POOLS_OK);
    pools_reclaim(&heap);
    CHECK_EQUAL(give(behind), POOLS_OK);
    uint32_t chunk = (uint32_t)(uintptr_t)behind - POOLS_LARGE_HEADER_BYTES;
    CHECK_EQUAL(chunk - 24u, (uint32_t)(uintptr_t)numbers - POOLS_ALIGNMENT_BYTES);
    CHECK_EQUAL(link_peek_previous(&heap, chunk), 32);
    numbers[0] = *chunk_previous(chunk);
    for (uint32_t address = chunk - 24u; address <= chunk + 16u; address += 8) {
        struct pools_cursor cursor = {.chunk = address};
        struct pools_finding finding;
        (void)pools_check_some(&heap, &cursor, 1, &finding);
        CHECK_EQUAL(finding.status, POOLS_OK);
    }
}

/* Damage behind the point where the walk stands is found in the same round. */
TEST(damage_is_found_while_the_heap_is_in_use) {
    for (unsigned run = 0; run < 200; run++) {
        uint32_t random = 0x51ED270Bu * (run + 1);
        struct pools_cursor cursor = {0};
        struct pools_finding finding;
        open_heap(4096);
        memset(blocks, 0, sizeof blocks);
        for (unsigned i = 0; i < 300 + run; i++) {
            call_something(&random);
            (void)pools_check_some(&heap, &cursor, 2, &finding);
        }
        /* A large block at the far end, which nobody frees. */
        pools_reclaim(&heap);
        char *large = pools_malloc(&heap, 600);
        if (large == NULL || cursor.phase != 0 || cursor.chunk >= (uint32_t)(uintptr_t)large - 8) {
            continue;
        }
        *word_at((uint32_t)(uintptr_t)large - 8) ^= 1u << run % 32;
        unsigned slices = 0;
        do {
            CHECK(slices++ < 1000);
        } while (pools_check_some(&heap, &cursor, 2, &finding));
        CHECK_EQUAL(finding.status, POOLS_CORRUPT);
    }
}

TEST(a_closed_heap_is_nothing_to_walk) {
    struct pools_cursor cursor = {.chunk = 8, .phase = 1};
    struct pools_finding finding;
    memset(&heap, 0, sizeof heap);
    CHECK(!pools_check_some(&heap, &cursor, 10, &finding));
    CHECK_EQUAL(finding.status, POOLS_OK);
    CHECK_EQUAL(cursor.chunk, 0);
    open_heap(1024);
    heap.untouched = heap.base;
    CHECK(!pools_check_some(&heap, &cursor, 10, &finding));
    CHECK_EQUAL(finding.status, POOLS_CORRUPT);
}

TEST_LIST = {
    TEST_ENTRY(slices_find_what_the_whole_walk_finds),
    TEST_ENTRY(slices_end_whatever_a_word_holds),
    TEST_ENTRY(nothing_is_found_in_a_heap_that_is_in_use),
    TEST_ENTRY(a_walk_that_stands_anywhere_finds_nothing),
    TEST_ENTRY(a_programs_numbers_are_no_free_chunk),
    TEST_ENTRY(damage_is_found_while_the_heap_is_in_use),
    TEST_ENTRY(a_closed_heap_is_nothing_to_walk),
};
