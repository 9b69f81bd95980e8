// SPDX-License-Identifier: MIT
// test-locks: primask basepri hooks
// test-libcs: nano
// test-icount: 8
// test-flags: 1
// test-link: -Wl,--defsym=__obmalloc_arena_size=1040
/* What a lock policy adds to the fast paths of malloc and free, beside tests/budget/table.inc's figures
 * without one. */
#include <stdlib.h>

#include "budget/budget.h"
#include "state.h"

enum { POOLED_BYTES_MAX = 248, FREED_BYTES_MAX = 192, ADDED_MAX = 6 };

/* Instructions without a policy, of ARMv7-M and ARMv6-M. */
static const uint32_t without[] = {
#if __ARM_ARCH_ISA_THUMB >= 2
#define BUDGET(path, target_v7m, budget_v7m, target_v6m, budget_v6m, what) budget_v7m,
#else
#define BUDGET(path, target_v7m, budget_v7m, target_v6m, budget_v6m, what) budget_v6m,
#endif
#include "budget/table.inc"
#undef BUDGET
};

/* What is added, exactly: the policy's own instructions, and malloc's look whether the flag is latched. */
#if defined(OBMALLOC_LOCK_HOOKS)
/* Two calls of functions that do nothing, and what C takes more than assembly. */
#if __ARM_ARCH_ISA_THUMB >= 2
enum { MALLOC_ADDS = 12, FREE_ADDS = 16 };
#else
enum { MALLOC_ADDS = 11, FREE_ADDS = 19 };
#endif

void obmalloc_lock_hook(void) {
}

void obmalloc_unlock_hook(void) {
}
#elif __ARM_ARCH_ISA_THUMB < 2
enum { MALLOC_ADDS = 4, FREE_ADDS = 3 };
#elif defined(OBMALLOC_LOCK_BASEPRI)
enum { MALLOC_ADDS = 6, FREE_ADDS = 5 };
#else
enum { MALLOC_ADDS = 5, FREE_ADDS = 3 };
#endif

static void hold(const char *name, enum budget_path path, uint32_t instructions, uint32_t adds) {
    int32_t added = (int32_t)(instructions - without[path]);
    TEST_NOTE("%s %u, %d more than without a lock", name, (unsigned)instructions, (int)added);
#ifdef OBMALLOC_LOCK_HOOKS
    CHECK(added <= (int32_t)adds);
#else
    CHECK_EQUAL(added, (int32_t)adds);
    CHECK(added <= ADDED_MAX);
#endif
}

/* Every one takes the same, but for requests of up to 8 bytes. */
static uint32_t malloc_of(size_t first_bytes, size_t last_bytes) {
    uint32_t worst = 0;
    for (size_t bytes = first_bytes; bytes <= last_bytes; bytes++) {
        budget_open();
        void *block = malloc(bytes);
        free(block);
        void *again;
        uint32_t instructions = budget_malloc(bytes, &again);
        CHECK_EQUAL(again, block);
        worst = instructions > worst ? instructions : worst;
    }
    return worst;
}

TEST(malloc_of_a_ready_block) {
    hold("malloc", BUDGET_malloc_fast, malloc_of(9, POOLED_BYTES_MAX), MALLOC_ADDS);
    hold("malloc of up to 8 bytes", BUDGET_malloc_fast_to_8, malloc_of(0, 8), MALLOC_ADDS);
}

static uint32_t free_of(size_t bytes) {
    budget_open_cleared();
    return budget_free(budget_island(bytes));
}

TEST(free_to_a_pool) {
    hold("free of 16 bytes", BUDGET_free_fast_16, free_of(16), FREE_ADDS);
    hold("free of 64 bytes", BUDGET_free_fast_64, free_of(64), FREE_ADDS);
}

TEST_LIST = {TEST_ENTRY(malloc_of_a_ready_block), TEST_ENTRY(free_to_a_pool)};
