// SPDX-License-Identifier: MIT
/*
 * Frees of addresses in a free chunk, of every length: its first granule, its second, where a large
 * block would begin, its last, and those between. Each is refused, whatever the memory held.
 */
#include "fixture.h"

static char *hole;
static size_t hole_bytes;

/* A free chunk between two live blocks, in memory that held `word` all over. */
static void prepare(size_t bytes, uint32_t word, bool with_list) {
    open_heap(4096);
    char *other = take(bytes);
    CHECK(take(16) != NULL);
    hole = take(bytes);
    hole_bytes = usable(hole);
    CHECK(take(16) != NULL);
    for (size_t i = 0; i < hole_bytes; i += 4) {
        memcpy(hole + i, &word, 4);
        memcpy(other + i, &word, 4);
    }
    if (hole_bytes > POOLS_SMALL_BYTES_MAX) {
        hole -= POOLS_LARGE_HEADER_BYTES;
        hole_bytes += POOLS_LARGE_HEADER_BYTES;
    }
    /* Freed first, the other one has the link back. */
    CHECK_EQUAL(give(hole + hole_bytes - usable(hole + (bytes > 512 ? 8 : 0))), POOLS_OK);
    if (with_list) {
        CHECK_EQUAL(give(other), POOLS_OK);
    }
    pools_reclaim(&heap);
    CHECK(is_plenty());
}

static void refused(char *address) {
    struct pools_statistics before = statistics();
    enum pools_status status = pools_free(&heap, address);
    CHECK(status == POOLS_DOUBLE_FREE || status == POOLS_NOT_A_BLOCK);
    check_sound();
    CHECK(pools_realloc(&heap, address, 40) == NULL);
    check_sound();
    struct pools_statistics after = statistics();
    CHECK(memcmp(&before, &after, sizeof before) == 0);
}

static void refuse_all(size_t bytes) {
    uint32_t words[] = {0, 1, 16, 0xFFFFFFFFu, pools_key(&heap)};
    for (unsigned w = 0; w < sizeof words / sizeof words[0]; w++) {
        for (unsigned with_list = 0; with_list < 2; with_list++) {
            prepare(bytes, words[w], with_list);
            for (size_t offset = 0; offset < hole_bytes; offset += 8) {
                refused(hole + offset);
            }
        }
    }
}

TEST(by_the_full_path) {
    for (size_t bytes = 16; bytes <= 640; bytes += 8) {
        refuse_all(bytes);
    }
}

TEST(by_the_fast_path) {
    for (size_t bytes = 16; bytes <= 640; bytes += 8) {
        uint32_t words[] = {0, 1, 16, 0xFFFFFFFFu};
        for (unsigned w = 0; w < sizeof words / sizeof words[0]; w++) {
            prepare(bytes, words[w], w % 2 != 0);
            for (size_t offset = 0; offset < hole_bytes; offset += 8) {
                if (pools_free_fast(&heap, hole + offset)) {
                    TEST_NOTE("free chunk of %u bytes, offset %u", (unsigned)hole_bytes,
                              (unsigned)offset);
                    CHECK(!"the fast path frees no address in a free chunk");
                }
            }
            check_sound();
        }
    }
}

/* The way there that a program can take: a large block freed twice, its memory used in between. */
TEST(a_large_block_freed_again_when_its_memory_has_served_small_ones) {
    for (size_t bytes = 16; bytes <= 512; bytes += 8) {
        open_heap(4096);
        char *large = take(600);
        CHECK(take(16) != NULL);
        CHECK_EQUAL(give(large), POOLS_OK);
        char *small = take(bytes);
        CHECK(small == large - 8);
        char *rest = take(608 - bytes - 16);
        CHECK(rest != NULL);
        memset(small, 0, bytes);
        CHECK_EQUAL(give(small), POOLS_OK);
        pools_reclaim(&heap);
        check_sound();
        CHECK(give(large) != POOLS_OK);
    }
}

/* A live block behind a free chunk has the same bit before it as the second granule within one. */
TEST(a_live_block_behind_a_free_chunk_is_one) {
    for (size_t bytes = 16; bytes <= 640; bytes += 8) {
        prepare(bytes, 0xFFFFFFFFu, true);
        char *behind = hole + hole_bytes;
        CHECK_EQUAL(usable(behind), 16);
        CHECK(resize(behind, 14) == behind);
        CHECK_EQUAL(give(behind), POOLS_OK);
        CHECK(give(behind) != POOLS_OK);
    }
}

TEST_LIST = {
    TEST_ENTRY(by_the_full_path),
    TEST_ENTRY(by_the_fast_path),
    TEST_ENTRY(a_large_block_freed_again_when_its_memory_has_served_small_ones),
    TEST_ENTRY(a_live_block_behind_a_free_chunk_is_one),
};
