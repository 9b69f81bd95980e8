// SPDX-License-Identifier: MIT
/* Frees and reallocs of what never was a block: refused with the right name, nothing changed. */
#include "fixture.h"

enum { SMALL_COUNT = 4, LARGE_COUNT = 2 };
static char *small[SMALL_COUNT];
static char *large[LARGE_COUNT];
static const size_t small_bytes[SMALL_COUNT] = {16, 24, 200, 512};
static const size_t large_bytes[LARGE_COUNT] = {513, 704};

static void prepare(void) {
    open_heap(4096);
    for (unsigned i = 0; i < SMALL_COUNT; i++) {
        small[i] = take(small_bytes[i]);
        memset(small[i], 0, small_bytes[i]);
    }
    for (unsigned i = 0; i < LARGE_COUNT; i++) {
        large[i] = take(large_bytes[i]);
        memset(large[i], 0, large_bytes[i]);
    }
}

static void refused(void *address, enum pools_status expected) {
    struct pools_statistics before = statistics();
    size_t bytes = 99;
    CHECK_EQUAL(give(address), expected);
    CHECK_EQUAL(pools_block_bytes(&heap, address, &bytes), expected);
    CHECK_EQUAL(bytes, 99);
    CHECK(resize(address, 32) == NULL);
    CHECK(resize(address, 0) == NULL);
    struct pools_statistics after = statistics();
    CHECK(memcmp(&before, &after, sizeof before) == 0);
}

/* Each case in both states: they take different paths. */
static void prepare_scarce(bool scarce) {
    prepare();
    if (scarce) {
        take_ballast(64);
    }
}

TEST(addresses_outside_of_the_region) {
    static uint64_t statically[4];
    uint64_t on_stack = 0;
    for (unsigned scarce = 0; scarce < 2; scarce++) {
        prepare_scarce(scarce);
        refused(NULL, POOLS_NOT_OWNED);
        refused(statically, POOLS_NOT_OWNED);
        refused(&on_stack, POOLS_NOT_OWNED);
        refused((void *)&statistics, POOLS_NOT_OWNED);
        refused((char *)(uintptr_t)heap.start - 8, POOLS_NOT_OWNED);
        refused((char *)(uintptr_t)heap.end, POOLS_NOT_OWNED);
        refused((char *)(uintptr_t)heap.end + 4, POOLS_NOT_OWNED);
        refused((void *)(uintptr_t)8, POOLS_NOT_OWNED);
        refused((void *)~(uintptr_t)7, POOLS_NOT_OWNED);
        refused((void *)(UINTPTR_MAX / 2), POOLS_NOT_OWNED);
    }
}

/* Addresses that a 32-bit difference would take for one in the region. */
TEST(addresses_above_4_gib) {
#if UINTPTR_MAX > 0xFFFFFFFFu
    prepare();
    for (unsigned bit = 32; bit < 64; bit++) {
        for (unsigned i = 0; i < SMALL_COUNT; i++) {
            refused((void *)((uintptr_t)small[i] + ((uintptr_t)1 << bit)), POOLS_NOT_OWNED);
            refused((void *)((uintptr_t)small[i] - ((uintptr_t)1 << bit)), POOLS_NOT_OWNED);
        }
        refused((void *)((uintptr_t)large[0] + ((uintptr_t)1 << bit)), POOLS_NOT_OWNED);
    }
#else
    SKIP("there are none on a 32-bit machine");
#endif
}

TEST(misaligned_addresses) {
    for (unsigned scarce = 0; scarce < 2; scarce++) {
        prepare_scarce(scarce);
        for (unsigned offset = 1; offset < 8; offset++) {
            for (unsigned i = 0; i < SMALL_COUNT; i++) {
                refused(small[i] + offset, POOLS_MISALIGNED);
            }
            for (unsigned i = 0; i < LARGE_COUNT; i++) {
                refused(large[i] + offset, POOLS_MISALIGNED);
            }
            refused((char *)(uintptr_t)heap.untouched + offset, POOLS_MISALIGNED);
        }
    }
}

TEST(addresses_inside_of_blocks) {
    for (unsigned scarce = 0; scarce < 2; scarce++) {
        prepare_scarce(scarce);
        for (unsigned i = 0; i < SMALL_COUNT; i++) {
            for (unsigned offset = 8; offset < small_bytes[i]; offset += 8) {
                refused(small[i] + offset, POOLS_NOT_A_BLOCK);
            }
        }
        for (unsigned i = 0; i < LARGE_COUNT; i++) {
            for (unsigned offset = 8; offset < large_bytes[i]; offset += 8) {
                refused(large[i] + offset, POOLS_NOT_A_BLOCK);
            }
        }
    }
}

/* Whatever the program has written into it, the key of a ready block among it. */
TEST(contents_do_not_make_an_address_a_block) {
    prepare();
    uint32_t words[] = {0, 1, 0xFFFFFFFFu, pools_key(&heap), 16, 16 | 1, heap.base, heap.untouched};
    for (unsigned w = 0; w < sizeof words / sizeof words[0]; w++) {
        for (unsigned i = 0; i < SMALL_COUNT; i++) {
            for (unsigned k = 0; k < small_bytes[i]; k += 4) {
                memcpy(small[i] + k, &words[w], 4);
            }
        }
        for (unsigned k = 0; k < large_bytes[0]; k += 4) {
            memcpy(large[0] + k, &words[w], 4);
        }
        for (unsigned offset = 8; offset < 512; offset += 8) {
            refused(small[3] + offset, POOLS_NOT_A_BLOCK);
            refused(large[0] + offset, POOLS_NOT_A_BLOCK);
        }
        refused(small[1] + 8, POOLS_NOT_A_BLOCK);
        refused(small[1] + 16, POOLS_NOT_A_BLOCK);
        refused(small[0] + 8, POOLS_NOT_A_BLOCK);
    }
}

TEST(what_the_allocator_keeps_for_itself) {
    for (unsigned scarce = 0; scarce < 2; scarce++) {
        prepare_scarce(scarce);
        /* The map is outside: pools_owns begins at base. */
        for (uint32_t address = heap.start; address < heap.base; address += 8) {
            refused((void *)(uintptr_t)address, POOLS_NOT_OWNED);
        }
        refused((void *)(uintptr_t)heap.base, POOLS_NOT_A_BLOCK);
        for (unsigned i = 0; i < LARGE_COUNT; i++) {
            refused(large[i] - POOLS_LARGE_HEADER_BYTES, POOLS_NOT_A_BLOCK);
        }
    }
}

TEST(what_was_never_handed_out) {
    for (unsigned scarce = 0; scarce < 2; scarce++) {
        prepare_scarce(scarce);
        for (uint32_t address = heap.untouched; address < heap.end; address += 8) {
            refused((void *)(uintptr_t)address, POOLS_NOT_A_BLOCK);
        }
    }
}

/* Each granule of the region, whatever it is: live blocks are live, and nothing else is. */
TEST(no_other_address_is_a_block) {
    prepare();
    CHECK_EQUAL(give(take(40)), POOLS_OK);
    unsigned live = 0;
    for (uint32_t address = heap.start - 64; address < heap.end + 64; address++) {
        size_t bytes = 0;
        live += pools_block_bytes(&heap, (void *)(uintptr_t)address, &bytes) == POOLS_OK;
    }
    CHECK_EQUAL(live, SMALL_COUNT + LARGE_COUNT);
}

/* What overran into a large block's header must not be believed. */
TEST(a_large_block_whose_header_is_damaged) {
    prepare();
    pools_word *header = word_at((uint32_t)(uintptr_t)large[0] - POOLS_LARGE_HEADER_BYTES);
    for (unsigned bit = 0; bit < 64; bit++) {
        if (bit == 32) {
            continue; /* it says that this is a large block */
        }
        size_t bytes;
        header[bit / 32] ^= 1u << bit % 32;
        CHECK_EQUAL(pools_free(&heap, large[0]), POOLS_CORRUPT);
        CHECK_EQUAL(pools_block_bytes(&heap, large[0], &bytes), POOLS_CORRUPT);
        CHECK(pools_realloc(&heap, large[0], 40) == NULL);
        header[bit / 32] ^= 1u << bit % 32;
        check_sound();
    }
    CHECK_EQUAL(give(large[0]), POOLS_OK);
}

TEST(a_block_of_another_heap) {
    static struct pools_heap other;
    char *region = test_region(4096);
    CHECK_EQUAL(pools_open(&heap, region, region + 2048), POOLS_OK);
    CHECK_EQUAL(pools_open(&other, region + 2048, region + 4096), POOLS_OK);
    refused(pools_malloc(&other, 24), POOLS_NOT_OWNED);
    refused(pools_malloc(&other, 300), POOLS_NOT_OWNED);
    refused(pools_malloc(&other, 600), POOLS_NOT_OWNED);
}

TEST_LIST = {
    TEST_ENTRY(addresses_outside_of_the_region),
    TEST_ENTRY(addresses_above_4_gib),
    TEST_ENTRY(misaligned_addresses),
    TEST_ENTRY(addresses_inside_of_blocks),
    TEST_ENTRY(contents_do_not_make_an_address_a_block),
    TEST_ENTRY(what_the_allocator_keeps_for_itself),
    TEST_ENTRY(what_was_never_handed_out),
    TEST_ENTRY(no_other_address_is_a_block),
    TEST_ENTRY(a_large_block_whose_header_is_damaged),
    TEST_ENTRY(a_block_of_another_heap),
};
