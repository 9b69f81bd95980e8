// SPDX-License-Identifier: MIT
/*
 * The tier full where what was settled at boot, or the heap itself, has been written to: then nobody knows who may serve
 * or whose a block is. Each entry point that has to know refuses, says so, and changes nothing.
 */
// test-builds: full
// test-flags: 1 0
#include <malloc.h>

#include "coverage/tiers/told.h"
#include "guard/guard.h"
#include "heaps.h"
#include "private_libc.h"
#include "route.h"
#include "state.h"

enum { SMALL = 40, LARGE = 600, LOST_BIT = 0x80 };
static const volatile size_t too_many = SIZE_MAX / 2;
static struct obmalloc_state state_before;
static struct pools_heap heap_before;

void *_sbrk(ptrdiff_t increment_bytes);
extern int plain_errno __asm__("errno"); /* what the library carries into errno */

/* One of the words under the seal; no entry point looks at it itself. */
static void damage_state(void) {
    state_before = obmalloc_state;
    heap_before = obmalloc_heap;
    obmalloc_state.source ^= LOST_BIT;
    told_count = 0;
    errno = 0;
}

/* As it was, but for what is counted, and who is noted as the one who frees. */
static void check_lost(const char *entry_point, const void *pointer, uint32_t failures) {
    obmalloc_state.source ^= LOST_BIT;
    state_before.failure_count += failures;
    heap_before.freed_by = obmalloc_heap.freed_by;
    CHECK(memcmp(&obmalloc_state, &state_before, sizeof state_before) == 0);
    check_told(OBMALLOC_MISUSE_CORRUPT, entry_point, pointer);
    CHECK(told.address == &obmalloc_state);
    CHECK_EQUAL(errno, failures != 0 ? ENOMEM : 0);
    CHECK(memcmp(&obmalloc_heap, &heap_before, sizeof heap_before) == 0);
    check_sound();
    damage_state();
}

static void restore_state(void) {
    obmalloc_state.source ^= LOST_BIT;
    check_not_told();
}

TEST(nobody_serves) {
    free(malloc(LARGE));
    damage_state();
    CHECK(malloc(LARGE) == NULL);
    check_lost("malloc", NULL, 1);
    CHECK(calloc(too_many, 4) == NULL);
    check_lost("calloc", NULL, 1);
    CHECK(memalign(64, LARGE) == NULL);
    check_lost("memalign", NULL, 1);
    CHECK(aligned_alloc(64, SMALL) == NULL);
    check_lost("aligned_alloc", NULL, 1);
    /* Under flag 0 the library's own layer is told who serves by the heap, which is sound. */
    if (flag() == 1) {
        CHECK(valloc(SMALL) == NULL);
        check_lost("valloc", NULL, 1);
        CHECK(pvalloc(SMALL) == NULL);
        check_lost("pvalloc", NULL, 1);
    }
    void *block = &told;
    CHECK_EQUAL(posix_memalign(&block, 64, SMALL), ENOMEM);
    CHECK(block == &told && errno == 0);
    errno = ENOMEM;
    check_lost("aligned_alloc", NULL, 1);
    restore_state();
}

TEST(nobody_takes_back) {
    char *block = malloc(LARGE);
    CHECK(block != NULL && !obmalloc_owns(block));
    memset(block, 'x', LARGE);
    damage_state();
    free(block);
    check_lost("free", block, 0);
    CHECK(realloc(block, LARGE + 100) == NULL);
    check_lost("realloc", block, 1);
    CHECK_EQUAL(malloc_usable_size(block), 0);
    check_lost("malloc_usable_size", block, 0);
    restore_state();
    CHECK(malloc_usable_size(block) >= LARGE);
    for (unsigned i = 0; i < LARGE; i++) {
        CHECK(block[i] == 'x');
    }
    free(block);
    check_not_told();
    check_sound();
}

/* The arena is full: what it had served while it could is asked of the C library only by who knows that it may serve. */
TEST(nobody_serves_in_the_arenas_place) {
    if (flag() == 0) {
        SKIP("there is no arena");
    }
    void **first = NULL, **block = malloc(SMALL_BYTES_MAX);
    for (; is_in_arena(block); block = malloc(SMALL_BYTES_MAX)) {
        *block = first;
        first = block;
    }
    CHECK(is_in_libc_heap(block));
    damage_state();
    CHECK(malloc(SMALL_BYTES_MAX) == NULL);
    check_lost("malloc", NULL, 1);
    restore_state();
    free(block);
    while (first) {
        void **next = *first;
        free(first);
        first = next;
    }
    check_sound();
}

TEST(no_memory_for_the_library) {
    char *old_break = _sbrk(0);
    damage_state();
    plain_errno = 0;
    CHECK(_sbrk(8) == (void *)-1);
    CHECK_EQUAL(plain_errno, ENOMEM);
    CHECK(obmalloc_state.heap_break == old_break);
    restore_state();
    CHECK(_sbrk(0) == old_break);
}

/* Every mode with every flag: who serves follows from the flag. */
TEST(the_mode_follows_from_the_flag) {
    struct obmalloc_state state = obmalloc_state;
    CHECK(guard_state_holds(&state));
    for (unsigned i = 0; i < 16; i++) {
        state.mode = (uint8_t)(i % 4);
        state.flag = i / 4 % 2;
        state.arena_refused = i / 8 == 1;
        state.seal = state.mode == OBMALLOC_UNLATCHED ? 0 : obmalloc_seal_of(&state);
        bool should_serve = state.flag == 1 && !state.arena_refused;
        bool holds = state.mode == OBMALLOC_UNLATCHED ||
                     state.mode == (should_serve ? OBMALLOC_POOLS_SERVE : OBMALLOC_LIBC_SERVES);
        CHECK_EQUAL(guard_state_holds(&state), holds);
        state.seal ^= 1;
        CHECK(!guard_state_holds(&state));
    }
}

/* That there are other heaps is said by a word that may be wrong; this program links none. */
TEST(a_word_says_that_there_are_heaps) {
    free(malloc(SMALL));
    obmalloc_settle(true);
    CHECK(heaps_holding(&obmalloc_state, &told) == NULL);
    void *block = malloc(SMALL);
    CHECK(block != NULL);
    free(block);
    check_not_told();
    obmalloc_settle(false);
    check_sound();
}

/* ---- the heap */

/* Not a word of the program's memory. */
TEST(a_word_of_the_heap_is_told) {
    if (flag() == 0) {
        SKIP("the heap is closed");
    }
    void *block = malloc(SMALL);
    CHECK(block != NULL && malloc(SMALL) != NULL);
    free(block);
    uint32_t *pool = &obmalloc_heap.pools[SMALL / 8];
    CHECK_EQUAL(*pool, (uintptr_t)block);
    *pool ^= 0x40000000u;
    told_count = 0;
    void *other = malloc(SMALL);
    CHECK(is_in_arena(other) && other != block);
    check_told(OBMALLOC_MISUSE_CORRUPT, "malloc", pool);
    CHECK(told.address == pool && told.freed_by == NULL);
    check_sound();
    free(other);
    check_not_told();
}

static void check_corrupt(unsigned count, const char *entry_point, const void *block) {
    CHECK_EQUAL(told_count, count);
    told_count = 1;
    obmalloc_heap.near_seal ^= 4;
    const void *pointer = count == 1 ? block : &obmalloc_heap.base;
    check_told(OBMALLOC_MISUSE_CORRUPT, entry_point, pointer);
    CHECK(memcmp(&obmalloc_heap, &heap_before, sizeof heap_before) == 0);
    check_sound();
    obmalloc_heap.near_seal ^= 4;
}

/* The seal is broken: the arena serves nobody, and nobody can tell whose a block is. */
TEST(the_heap_itself) {
    if (flag() == 0) {
        SKIP("the heap is closed");
    }
    char *block = malloc(SMALL), *large = malloc(LARGE);
    CHECK(is_in_arena(block) && is_in_libc_heap(large));
    heap_before = obmalloc_heap;
    obmalloc_heap.near_seal ^= 4;
    told_count = 0;
    errno = 0;
    char *spilt = malloc(SMALL);
    CHECK(is_in_libc_heap(spilt));
    CHECK_EQUAL(told_count, 1);
    CHECK(told.address == &obmalloc_heap.base && told.kind == OBMALLOC_MISUSE_CORRUPT);
    told_count = 0;
    for (unsigned i = 0; i < 2; i++) {
        heap_before.freed_by = obmalloc_heap.freed_by;
        free(i == 0 ? block : large);
        heap_before.freed_by = obmalloc_heap.freed_by;
        check_corrupt(2, "free", NULL);
        CHECK(realloc(i == 0 ? block : large, LARGE + 100) == NULL);
        CHECK_EQUAL(errno, EINVAL);
        errno = 0;
        heap_before.freed_by = obmalloc_heap.freed_by;
        check_corrupt(2, "realloc", NULL);
    }
    obmalloc_heap.near_seal ^= 4;
    CHECK(malloc_usable_size(block) >= SMALL && malloc_usable_size(large) >= LARGE);
    free(block);
    free(large);
    free(spilt);
    check_not_told();
    check_sound();
}

TEST_LIST = {TEST_ENTRY(nobody_serves),
             TEST_ENTRY(nobody_takes_back),
             TEST_ENTRY(nobody_serves_in_the_arenas_place),
             TEST_ENTRY(no_memory_for_the_library),
             TEST_ENTRY(the_mode_follows_from_the_flag),
             TEST_ENTRY(a_word_says_that_there_are_heaps),
             TEST_ENTRY(a_word_of_the_heap_is_told),
             TEST_ENTRY(the_heap_itself)};
