// SPDX-License-Identifier: MIT
/* The tier full: each entry point that comes by damaged memory tells it once, of the main heap and of others. */
// test-builds: full
// test-flags: 1
#include <malloc.h>
#include <reent.h>

#include "coverage/pc/hooks.h"
#include "coverage/tiers/told.h"
#include "guard/guard.h"
#include "obmalloc_heap.h"
#include "state.h"

enum { BYTES = 40 };

static uint32_t *freed_by_now(void) {
    told_count = 0;
    uint32_t *block = malloc(BYTES);
    CHECK(block != NULL && malloc(BYTES) != NULL);
    free(block);
    return block;
}

/* The first block of its pool, written to after its free. */
static uint32_t *make_damage(void) {
    uint32_t *block = freed_by_now();
    block[0] ^= 1;
    check_not_told();
    return block;
}

/* The walk counts as live what the damage has cut off, and finds nothing else. */
static void check_after_free(const char *entry_point, const uint32_t *damaged) {
    check_told(OBMALLOC_MISUSE_AFTER_FREE, entry_point, damaged);
    CHECK(told.address == damaged);
    CHECK(told.freed_by != NULL);
    check_sound();
}

TEST(who_comes_by_tells) {
    void *grows = malloc(BYTES - 8);
    uint32_t *damaged = make_damage();
    CHECK(malloc(BYTES) != damaged);
    check_after_free("malloc", damaged);
    damaged = make_damage();
    CHECK(calloc(1, BYTES) != damaged);
    check_after_free("calloc", damaged);
    damaged = make_damage();
    CHECK(memalign(8, BYTES) != damaged);
    check_after_free("memalign", damaged);
    damaged = make_damage();
    CHECK(realloc(grows, BYTES) != damaged);
    check_after_free("realloc", damaged);
}

/* What newlib allocates for itself comes by what an earlier call has met. */
static void check_left_damage_told(const char *entry_point) {
    CHECK_EQUAL(told_count, 1);
    CHECK(strcmp(told.entry_point, entry_point) == 0);
    told_count = 0;
    obmalloc_heap.damage = obmalloc_heap.base + 8;
}

TEST(the_library_tells_within_its_own_calls) {
    struct _reent *reent = _REENT;
    uint32_t *damaged = make_damage();
    CHECK(_malloc_r(reent, BYTES) != damaged);
    check_left_damage_told("malloc");
    void *block = _calloc_r(reent, 1, BYTES);
    check_left_damage_told("calloc");
    block = _realloc_r(reent, block, 2 * BYTES);
    check_left_damage_told("realloc");
    _free_r(reent, block);
    check_left_damage_told("free");
    CHECK(_memalign_r(reent, 64, BYTES) != NULL);
    check_left_damage_told("memalign");
    CHECK(_valloc_r(reent, BYTES) != NULL);
    check_left_damage_told("valloc");
    CHECK(_pvalloc_r(reent, BYTES) != NULL);
    check_left_damage_told("pvalloc");
    obmalloc_heap.damage = 0;
    check_sound();
}

TEST(what_is_known_of_a_double_free) {
    uint32_t *block = freed_by_now();
    free(block);
    check_told(OBMALLOC_MISUSE_DOUBLE_FREE, "free", block);
    CHECK_EQUAL(told.block_bytes, BYTES);
    CHECK(told.freed_by != NULL && told.allocated_by == NULL);
    free(told_count == 0 ? &told : NULL);
    check_told(OBMALLOC_MISUSE_FOREIGN, "free", &told);
    CHECK_EQUAL(told.block_bytes, 0);
    CHECK(told.freed_by == NULL);
    check_sound();
}

static struct obmalloc_heap *open_another(void) {
    static _Alignas(8) char region[4096];
    static struct obmalloc_heap *heap;
    if (heap) {
        CHECK_EQUAL(obmalloc_heap_destroy(heap, OBMALLOC_HEAP_RECLAIM, NULL), OBMALLOC_HEAP_OK);
    }
    CHECK_EQUAL(obmalloc_heap_create(region, region + sizeof region, &heap), OBMALLOC_HEAP_OK);
    return heap;
}

/* Of a large block's chunk, which starts before it, a word within is no link: damage is told, not where. */
static void check_chunk_told(const char *entry_point) {
    CHECK_EQUAL(told_count, 1);
    CHECK_EQUAL(told.kind, OBMALLOC_MISUSE_AFTER_FREE);
    CHECK(strcmp(told.entry_point, entry_point) == 0);
    told_count = 0;
}

/* A block of more than 248 bytes is merged with its neighbours when it is freed. */
TEST(a_free_that_meets_a_damaged_chunk) {
    uint32_t *damaged = malloc(400);
    void *behind = malloc(400);
    CHECK(damaged != NULL && behind != NULL && malloc(BYTES) != NULL);
    free(damaged);
    damaged[0] ^= 1;
    free(behind);
    check_chunk_told("free");
}

TEST(another_heap) {
    struct obmalloc_heap *heap = open_another();
    uint32_t *damaged = obmalloc_heap_malloc(heap, BYTES);
    CHECK(damaged != NULL && obmalloc_heap_malloc(heap, 400) != NULL);
    free(damaged);
    free(damaged);
    check_told(OBMALLOC_MISUSE_DOUBLE_FREE, "free", damaged);
    CHECK_EQUAL(told.block_bytes, BYTES);
    CHECK(told.freed_by != NULL);
    damaged[0] ^= 1;
    CHECK(obmalloc_heap_malloc(heap, BYTES) != damaged);
    check_told(OBMALLOC_MISUSE_AFTER_FREE, "obmalloc_heap_malloc", damaged);
}

/* A free merges with a chunk, a realloc grows into one. */
TEST(damaged_chunks_of_another_heap) {
    for (unsigned is_realloc = 0; is_realloc < 2; is_realloc++) {
        struct obmalloc_heap *heap = open_another();
        void *before = obmalloc_heap_malloc(heap, 400);
        uint32_t *chunk = obmalloc_heap_malloc(heap, 400);
        CHECK(before != NULL && chunk != NULL && obmalloc_heap_malloc(heap, BYTES) != NULL);
        free(chunk);
        chunk[0] ^= 1;
        if (is_realloc) {
            void *grown = realloc(before, 500);
            CHECK(grown != NULL && grown != before);
        } else {
            free(before);
        }
        check_chunk_told(is_realloc ? "realloc" : "free");
    }
}

/* Of two who have come by, the other one is the first to have the lock, and tells. */
static void other_takes_it(void) {
    CHECK(pools_take_damage(&obmalloc_heap) != 0);
}

TEST(damage_is_told_once) {
    free(malloc(BYTES));
    obmalloc_heap.damage = obmalloc_heap.base + 8;
    pc_before_lock = other_takes_it;
    guard_tell_damage(&obmalloc_heap, "malloc", &told);
    CHECK(pc_before_lock == NULL);
    check_not_told();
    guard_tell_damage(&obmalloc_heap, "malloc", &told);
    check_not_told();
}

TEST_LIST = {TEST_ENTRY(who_comes_by_tells),
             TEST_ENTRY(the_library_tells_within_its_own_calls),
             TEST_ENTRY(what_is_known_of_a_double_free),
             TEST_ENTRY(another_heap),
             TEST_ENTRY(damaged_chunks_of_another_heap),
             TEST_ENTRY(damage_is_told_once),
             TEST_ENTRY(a_free_that_meets_a_damaged_chunk)};
