// SPDX-License-Identifier: MIT
/* The walk in slices that begins in the middle, on lists that are wrong where the chunks are right; and the largest
 * request where a free chunk is among the longest, or too short to be one. */
// test-flags: 1
#include "largest.h"
#include "space.h"
#include "unit/damage.h"

enum { BINS = 1, POOLS = 2, FREE_BYTES = 40, MIB = 1 << 20 };

static struct pools_finding finding;

/* One step of the walk that stands there. Returns its sentence, "" iff nothing was found. */
static const char *step_from(struct pools_cursor *cursor) {
    (void)pools_check_some(&heap, cursor, 1, &finding);
    return finding.sentence;
}

static bool step_says(struct pools_cursor cursor, const char *sentence) {
    return strcmp(step_from(&cursor), sentence) == 0;
}

/* A free chunk with blocks in use around it. */
static uint32_t make_free_chunk(void) {
    open_heap(4096);
    CHECK(take(24) != NULL);
    void *block = take(600);
    CHECK(take(24) != NULL);
    CHECK_EQUAL(give(block), POOLS_OK);
    return (uint32_t)(uintptr_t)block - POOLS_LARGE_HEADER_BYTES;
}

TEST(a_bins_first_chunk_is_its_own) {
    static const char wrong[] = "a bin holds a chunk that is not its own";
    uint32_t chunk = make_free_chunk();
    unsigned bin = space_bin_of(*chunk_free_bytes(chunk));
    struct pools_cursor cursor = {.phase = BINS, .index = (uint8_t)bin};
    CHECK_EQUAL(heap.bins[bin], chunk);
    CHECK(step_says(cursor, ""));
    uint32_t bytes = *chunk_free_bytes(chunk);
    *chunk_free_bytes(chunk) = 8;
    CHECK(step_says(cursor, wrong));
    CHECK_EQUAL(finding.address, chunk);
    *chunk_free_bytes(chunk) = 16;
    CHECK(step_says(cursor, wrong));
    *chunk_free_bytes(chunk) = bytes;
    *chunk_previous(chunk) ^= 2;
    CHECK(step_says(cursor, wrong));
    *chunk_previous(chunk) ^= 2;
    /* The inside of the chunk, where nothing starts; and a block in use. */
    heap.bins[bin] = chunk + 16;
    CHECK(step_says(cursor, wrong));
    heap.bins[bin] = heap.base + POOLS_ALIGNMENT_BYTES;
    CHECK(step_says(cursor, wrong));
    heap.bins[bin] = chunk;
    CHECK(step_says(cursor, ""));
    check_sound();
}

/* The numbers of a block behind a large one say that a free chunk starts where the large one does. */
TEST(a_large_block_is_no_free_chunk_whatever_lies_behind_it) {
    open_heap(4096);
    void *large = take(600);
    uint32_t *behind = take(24);
    uint32_t chunk = (uint32_t)(uintptr_t)large - POOLS_LARGE_HEADER_BYTES;
    CHECK_EQUAL(chunk + chunk_large_bytes(chunk), (uintptr_t)behind);
    behind[1] = (uint32_t)(uintptr_t)behind + 8u - chunk;
    CHECK_EQUAL(chunk_bytes_before((uint32_t)(uintptr_t)behind + 8u), behind[1]);
    struct pools_cursor cursor = {.chunk = (uint32_t)(uintptr_t)behind};
    CHECK(strcmp(step_from(&cursor), "") == 0);
    check_sound();
}

static uint32_t make_ready(void *blocks[3]) {
    open_heap(4096);
    for (unsigned i = 0; i < 3; i++) {
        blocks[i] = take(FREE_BYTES);
    }
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQUAL(give(blocks[i]), POOLS_OK);
    }
    uint32_t first = heap.pools[FREE_BYTES / POOLS_ALIGNMENT_BYTES];
    CHECK_EQUAL(first, (uintptr_t)blocks[2]);
    return first;
}

/* A list that leads back to its start ends nowhere; each step alone finds nothing wrong. */
TEST(a_circle_of_ready_blocks) {
    void *blocks[3];
    uint32_t first = make_ready(blocks);
    struct pools_cursor cursor = {.phase = POOLS, .index = FREE_BYTES / POOLS_ALIGNMENT_BYTES};
    uint32_t nil = *word_at((uint32_t)(uintptr_t)blocks[0]);
    *word_at((uint32_t)(uintptr_t)blocks[0]) = first;
    unsigned steps = 0;
    while (strcmp(step_from(&cursor), "") == 0) {
        CHECK(steps++ < 4096 / POOLS_CHUNK_BYTES_MIN + 1);
    }
    CHECK(steps > 3);
    CHECK(strcmp(finding.sentence, "a pool's list leads out of the ready blocks") == 0);
    *word_at((uint32_t)(uintptr_t)blocks[0]) = nil;
    check_sound();
}

/* Blocks that were taken and given back under the walk have been counted too often: no damage. */
TEST(a_list_that_was_followed_for_long_and_has_an_end) {
    void *blocks[3];
    (void)make_ready(blocks);
    unsigned index = FREE_BYTES / POOLS_ALIGNMENT_BYTES;
    struct pools_cursor cursor = {.phase = POOLS, .index = (uint8_t)index, .granule = 4096};
    CHECK(strcmp(step_from(&cursor), "") == 0);
    CHECK_EQUAL(cursor.index, index + 1);
    CHECK_EQUAL(cursor.granule, 0);
}

/* The block on which the walk stood is taken: its pool is begun anew, once. */
TEST(a_block_that_is_taken_under_the_walk_twice) {
    void *blocks[3];
    uint32_t first = make_ready(blocks);
    unsigned index = FREE_BYTES / POOLS_ALIGNMENT_BYTES;
    struct pools_cursor cursor = {.phase = POOLS, .index = (uint8_t)index};
    CHECK(strcmp(step_from(&cursor), "") == 0);
    CHECK_EQUAL(cursor.chunk, first);
    CHECK_EQUAL((uintptr_t)take(FREE_BYTES), first);
    CHECK(strcmp(step_from(&cursor), "") == 0);
    CHECK(cursor.is_again && cursor.chunk == (uintptr_t)blocks[1]);
    CHECK_EQUAL((uintptr_t)take(FREE_BYTES), (uintptr_t)blocks[1]);
    CHECK(strcmp(step_from(&cursor), "") == 0);
    CHECK(cursor.index > index && !cursor.is_again);
    check_sound();
}

static void check_largest(uint32_t bytes) {
    CHECK_EQUAL(pools_largest_request_bytes(&heap), bytes);
    CHECK(pools_malloc(&heap, bytes + 1) == NULL);
    void *block = bytes != 0 ? pools_malloc(&heap, bytes) : NULL;
    CHECK_EQUAL(block != NULL, bytes != 0);
    CHECK(block == NULL || give(block) == POOLS_OK);
    check_sound();
}

TEST(the_longest_free_chunk_is_in_the_last_bin) {
    open_heap(12 * MIB);
    void *block = take(8 * MIB);
    CHECK(block != NULL && take(600) != NULL);
    CHECK_EQUAL(give(block), POOLS_OK);
    CHECK(heap.bins[POOLS_BIN_COUNT - 1] != 0);
    check_largest(8 * MIB);
}

TEST(eight_bytes_are_no_chunk) {
    open_heap(4096);
    CHECK(take(space_untouched_bytes(&heap) - POOLS_LARGE_HEADER_BYTES - 8) != NULL);
    CHECK_EQUAL(space_untouched_bytes(&heap), 8);
    check_largest(0);
}

TEST_LIST = {TEST_ENTRY(a_bins_first_chunk_is_its_own),
             TEST_ENTRY(a_large_block_is_no_free_chunk_whatever_lies_behind_it),
             TEST_ENTRY(a_circle_of_ready_blocks),
             TEST_ENTRY(a_list_that_was_followed_for_long_and_has_an_end),
             TEST_ENTRY(a_block_that_is_taken_under_the_walk_twice),
             TEST_ENTRY(the_longest_free_chunk_is_in_the_last_bin),
             TEST_ENTRY(eight_bytes_are_no_chunk)};
