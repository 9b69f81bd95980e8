// SPDX-License-Identifier: MIT
/* The tier paranoid looks at all blocks at once: what the walk says of each kind of damage, what lies at an address,
 * and what the sums say of blocks that wait. */
// test-builds: paranoid
// test-flags: 1
// test-link: -Wl,--defsym=__obmalloc_arena_size=0
#include <malloc.h>

#include "chunk.h"
#include "coverage/tiers/told.h"
#include "explain.h"
#include "guard/block.h"
#include "guard/guard.h"
#include "state.h"

enum { SMALL = 40, LARGE = 2000 };

static bool walk_says(const char *sentence, const void *address) {
    struct pools_finding finding;
    CHECK_EQUAL(obmalloc_check(&finding), POOLS_CORRUPT);
    return strcmp(finding.sentence, sentence) == 0 && finding.address == (uintptr_t)address;
}

static const char before[] = "what is before a block has been written to";
static const char behind[] = "what is behind a block has been written to";
static const char after[] = "a freed block has been written to";

TEST(a_live_block) {
    static const size_t sizes[] = {SMALL, LARGE};
    for (unsigned i = 0; i < 2; i++) {
        char *block = malloc(sizes[i]);
        CHECK(block != NULL);
        check_sound();
        block[sizes[i] + 3] ^= 1;
        CHECK(walk_says(behind, block + sizes[i] + 3));
        block[sizes[i] + 3] ^= 1;
        char *inner = guard_inner_of(block);
        block[-1] ^= 1;
        CHECK(walk_says(before, inner));
        block[-1] ^= 1;
        /* Where its inner block begins: too near, no power of two, beyond its end. */
        static const uint32_t leads[] = {0, 8, 24, 4096};
        for (unsigned k = 0; k < sizeof leads / sizeof leads[0]; k++) {
            uint32_t lead_bytes = *(uint32_t *)(void *)inner;
            *(uint32_t *)(void *)inner = leads[k];
            CHECK(walk_says(before, inner));
            *(uint32_t *)(void *)inner = lead_bytes;
        }
        check_sound();
        free(block);
        const uint32_t places[] = {0, 9, guard_extent_bytes(sizes[i]) - 1};
        for (unsigned k = 0; k < 3; k++) {
            block[places[k]] ^= 1;
            CHECK(walk_says(after, block + places[k]));
            block[places[k]] ^= 1;
        }
        /* Somebody is about to free it: nothing is known yet. */
        const struct guard_header *header = guard_header_of(block);
        guard_seal(block, header->lead_bytes, header->request_bytes, NULL, GUARD_BUSY);
        check_sound();
        guard_seal(block, header->lead_bytes, header->request_bytes, NULL, GUARD_FREED);
        check_sound();
    }
    check_not_told();
}

/* What is wrong with the arena itself is said before anybody looks at guards; and who does look, stops there. */
TEST(a_damaged_arena) {
    char *block = malloc(LARGE);
    uint32_t *inner = guard_inner_of(block);
    CHECK(malloc(SMALL) != NULL);
    free(block);
    for (unsigned i = 0; i < 20; i++) {
        free(malloc(24)); /* until the large one has left the quarantine */
    }
    CHECK(obmalloc_heap.bins_filled != 0);
    uint32_t chunk = obmalloc_heap.bins[31 - __builtin_ctz(obmalloc_heap.bins_filled)];
    uint32_t bytes = *chunk_free_bytes(chunk);
    *chunk_free_bytes(chunk) = 0;
    CHECK(!walk_says(before, inner) && !walk_says(behind, inner) && !walk_says(after, inner));
    struct pools_finding finding = {.status = POOLS_OK};
    CHECK_EQUAL(guard_check(&finding), POOLS_CORRUPT);
    CHECK(strcmp(finding.sentence, "a chunk's size is impossible") == 0);
    CHECK_EQUAL(finding.address, chunk);
    *chunk_free_bytes(chunk) = bytes;
    check_sound();
}

/* A large block that waits, and one whose memory the pools do not know any longer. */
TEST(what_waits_is_free) {
    check_sound();
    struct obmalloc_statistics at_first = statistics();
    struct mallinfo info = mallinfo();
    /* Far behind its inner block, so that its header stays what it is. */
    char *small = memalign(64, SMALL), *large = malloc(LARGE);
    CHECK(small != NULL && large != NULL);
    CHECK_EQUAL(statistics().arena_used_blocks, at_first.arena_used_blocks + 2);
    free(small);
    free(large);
    CHECK_EQUAL(statistics().arena_used_blocks, at_first.arena_used_blocks);
    CHECK_EQUAL(statistics().arena_used_bytes, at_first.arena_used_bytes);
    CHECK_EQUAL(mallinfo().uordblks, info.uordblks);
    void *inner = guard_inner_of(small);
    CHECK_EQUAL(pools_free(&obmalloc_heap, inner), POOLS_OK);
    CHECK_EQUAL(statistics().arena_used_blocks, at_first.arena_used_blocks);
    CHECK(pools_malloc_fast(&obmalloc_heap, 64 + guard_extent_bytes(SMALL)) == inner);
    guard_seal(small, 64, SMALL, NULL, GUARD_FREED);
    check_sound();
}

static struct obmalloc_explanation explained(const void *address) {
    struct obmalloc_explanation at;
    obmalloc_explain_address(address, &at);
    return at;
}

TEST(what_lies_there) {
    char *block = malloc(SMALL);
    CHECK(block != NULL);
    struct obmalloc_explanation at = explained(block + SMALL - 1);
    CHECK(at.place == OBMALLOC_PLACE_LIVE && at.block == block && at.block_bytes == SMALL);
    CHECK(at.allocated_by != NULL && at.freed_by == NULL);
    CHECK_EQUAL(explained(block + SMALL).place, OBMALLOC_PLACE_GUARD);
    CHECK_EQUAL(explained(block - 1).place, OBMALLOC_PLACE_GUARD);
    block[-1] ^= 1;
    at = explained(block);
    CHECK(at.place == OBMALLOC_PLACE_LIVE && at.block == guard_inner_of(block));
    block[-1] ^= 1;
    uint32_t *inner = guard_inner_of(block);
    *inner = 0;
    CHECK(explained(block).block == inner);
    *inner = GUARD_LEAD_BYTES;
    const struct guard_header *header = guard_header_of(block);
    guard_seal(block, header->lead_bytes, SMALL, header->caller, GUARD_BUSY);
    CHECK_EQUAL(explained(block).place, OBMALLOC_PLACE_FREED);
    guard_seal(block, header->lead_bytes, SMALL, header->caller, GUARD_LIVE);
    free(block);
    at = explained(block);
    CHECK(at.place == OBMALLOC_PLACE_FREED && at.block == block && at.block_bytes == SMALL);
    CHECK(at.freed_by != NULL && at.allocated_by == NULL);
    check_sound();
}

TEST_LIST = {TEST_ENTRY(a_live_block), TEST_ENTRY(a_damaged_arena), TEST_ENTRY(what_waits_is_free),
             TEST_ENTRY(what_lies_there)};
